"""Stores under crashes, changed passwords and strangers, on the real cluster."""

import base64
import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cluster_stores import Namespace, Stack, finish, is_ready, server_process, status_of, until

pytestmark = pytest.mark.cluster

PODS = Path(__file__).parent / "pods"
LOGIN_VARIABLE = {"postgres": "PGPASSWORD", "redis": "REDISCLI_AUTH"}
PORTS = {"postgres": 5432, "redis": 6379}


def write(stores: Stack) -> str:
    """Something new in both stores."""
    value = f"written at {time.time_ns()}"
    # A script, because its writes are a transaction in the server's log.
    stores.redis(
        "eval", "for _, key in ipairs(KEYS) do redis.call('set', key, ARGV[1]) end", "2", "kept", "also", value
    )
    stores.sql(f"create table if not exists kept (value text); insert into kept values ('{value}')")
    return value


def holds(stores: Stack, value: str) -> bool:
    return (
        stores.redis("get", "kept") == value and stores.sql(f"select count(*) from kept where value = '{value}'") == "1"
    )


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_data_survives_the_death_of_the_server_process(stores: Stack, kind: str) -> None:
    value = write(stores)
    process = server_process(stores, kind)
    if process is None:
        pytest.skip("the processes of this cluster's pods are not visible from this machine")
    restarts = status_of(stores, f"{kind}-0", kind)["restartCount"]
    os.kill(process, signal.SIGKILL)

    def back() -> bool:
        seen = status_of(stores, f"{kind}-0", kind)
        return seen["restartCount"] > restarts and seen["ready"]

    until(back, f"{kind} is back")
    assert holds(stores, value)
    if kind == "postgres":
        assert "database system was not properly shut down" in stores.logs("postgres-0", "postgres")


def idle_client(stores: Stack) -> "subprocess.Popen[str]":
    """A client of PostgreSQL that is connected and does nothing until its input is closed."""
    command = 'exec psql -X "$DATABASE_URL" -At'
    process = stores.start("exec", "--stdin", "client", "--container", "postgres", "--", "bash", "-c", command)
    until(lambda: "app" in stores.sql("select usename from pg_stat_activity where state = 'idle'"), "an idle client")
    return process


def test_a_deleted_pod_ends_in_order_despite_an_idle_client_and_nothing_is_lost(stores: Stack) -> None:
    value = write(stores)
    client = idle_client(stores)
    try:
        began = time.monotonic()
        stores.kubectl("delete", "pod", "postgres-0", "redis-0")
        assert time.monotonic() - began < 20
    finally:
        client.communicate(timeout=30)
    for pod in ("postgres-0", "redis-0"):
        until(lambda pod=pod: is_ready(stores, pod), pod)
    assert holds(stores, value)
    said = stores.logs("postgres-0", "postgres")
    assert "database system was shut down at" in said
    assert "was not properly shut down" not in said


def test_a_pod_deleted_by_force_comes_back_with_what_was_acknowledged(stores: Stack) -> None:
    value = write(stores)
    stores.replace_pods("postgres-0", "redis-0", force=True)
    assert holds(stores, value)


def test_a_volume_grows_in_place_and_never_shrinks(stores: Stack) -> None:
    def pods() -> set[str]:
        return {it["metadata"]["uid"] for it in stores.get("pods")["items"]}

    def request() -> str:
        return stores.get("persistentvolumeclaim", "data-postgres-0")["spec"]["resources"]["requests"]["storage"]

    value, before = write(stores), pods()
    larger = {**stores.sections["postgres"], "storage_gib": 2}
    finish(stores.with_sections(postgres=larger).begin())
    assert request() == "2Gi"
    assert pods() == before
    assert holds(stores, value)
    smaller = stores.begin()
    said, _ = smaller.communicate(timeout=120)
    assert smaller.returncode != 0
    assert "PersistentVolumeClaim data-postgres-0: the cluster refused it" in said
    assert request() == "2Gi"


def log_in(stores: Stack, kind: str, password: str | None = None) -> bool:
    """Whether the application gets in: with the password of the connection Secret, or another one."""
    variable = [f"{LOGIN_VARIABLE[kind]}={password}"] if password else []
    script = (PODS / f"log-in-{kind}.sh").read_text()
    answers = {"\n42\n": True, "password authentication failed": False, "WRONGPASS": False}

    def answer() -> list[bool]:
        # A Service forgets an old pod and learns a new one only after a moment.
        done = stores.execute("client", kind, "env", *variable, "bash", "-c", script)
        said = f"\n{done.stdout}{done.stderr}"
        return [answer for words, answer in answers.items() if words in said]

    return until(answer, f"an answer of {kind}")[0]


def set_password(stores: Stack, kind: str, password: str) -> str:
    """Change the application's password in the Secret that the server reads; return the old one."""
    old = base64.b64decode(stores.get("secret", f"{kind}-auth")["data"]["app-password"]).decode()
    patch = json.dumps({"stringData": {"app-password": password}})
    stores.kubectl("patch", "secret", f"{kind}-auth", "--patch", patch)
    return old


def test_a_changed_password_is_taken_at_the_next_start_and_the_old_one_refused(stores: Stack) -> None:
    new = "test-password-of-tomorrow"
    value = write(stores)
    assert all(log_in(stores, kind) for kind in LOGIN_VARIABLE)
    old = {kind: set_password(stores, kind, new) for kind in LOGIN_VARIABLE}
    try:
        stores.replace_pods("postgres-0", "redis-0")
        for kind in LOGIN_VARIABLE:
            assert log_in(stores, kind, new)
            assert not log_in(stores, kind)
        assert holds(stores, value)
    finally:
        for kind, password in old.items():
            set_password(stores, kind, password)
        stores.replace_pods("postgres-0", "redis-0")
    assert all(log_in(stores, kind) for kind in LOGIN_VARIABLE)


def reaches(namespace: Namespace, pod: str, container: str, host: str, port: int) -> bool:
    command = "exec 3<>/dev/tcp/$0/$1"
    return namespace.execute(pod, container, "timeout", "3", "bash", "-c", command, host, str(port)).returncode == 0


def test_a_store_lets_in_who_asked_and_nobody_else(stores: Stack, visitors: Namespace) -> None:
    for kind, port in PORTS.items():
        host = f"{kind}.{stores.name}.svc"
        address = stores.get("pod", f"{kind}-0")["status"]["podIP"]
        assert until(lambda host=host, port=port: reaches(stores, "client", "redis", host, port), host)
        # The visitor's own namespace forbids nothing: it is the store that refuses.
        assert not reaches(visitors, "guest", "guest", host, port)
        assert not reaches(visitors, "guest", "guest", address, port)


def test_a_stores_pod_reaches_neither_the_api_server_nor_another_pod(stores: Stack, visitors: Namespace) -> None:
    guest = visitors.get("pod", "guest")["status"]["podIP"]
    api = visitors.machine.kubectl("get", "service", "kubernetes", "--output", "jsonpath={.spec.clusterIP}").stdout
    listener = (
        "import http.server; http.server.HTTPServer(('', 8099), http.server.BaseHTTPRequestHandler).serve_forever()"
    )
    visitors.execute("guest", "guest", "bash", "-c", f'nohup python3 -c "{listener}" >/dev/null 2>&1 &')
    assert until(lambda: reaches(visitors, "guest", "guest", guest, 8099), "a listener")
    assert reaches(visitors, "guest", "guest", api, 443)
    for kind, port in PORTS.items():
        assert reaches(stores, f"{kind}-0", kind, f"{kind}.{stores.name}.svc", port)
        assert not reaches(stores, f"{kind}-0", kind, guest, 8099)
        assert not reaches(stores, f"{kind}-0", kind, api, 443)


def test_a_full_redis_store_refuses_writes_and_forgets_nothing(stores: Stack) -> None:
    value = write(stores)
    try:
        said = stores.inside("redis-0", "redis", "bash", "-c", (PODS / "fill-redis.sh").read_text(), "fill", "60")
        assert "OOM command not allowed" in said
        assert holds(stores, value)
        assert stores.redis("info", "stats").count("evicted_keys:0") == 1
    finally:
        stores.redis("eval", "for n=1,60 do redis.call('unlink', 'filler:'..n) end", "0")


def test_postgres_has_checksums_and_a_log_that_can_be_followed(stores: Stack) -> None:
    assert stores.sql("show data_checksums") == "on"
    assert stores.sql("show wal_level") == "logical"


def test_the_fill_of_a_volume_is_what_the_file_system_says(stores: Stack) -> None:
    line = json.loads(stores.logs("postgres-0", "fill").splitlines()[-1])
    told = stores.inside("postgres-0", "postgres", "df", "--output=size,used", "--block-size=1", line["path"])
    size, used = map(int, told.splitlines()[-1].split())
    assert line["bytes"] == size
    assert abs(line["bytes_used"] - used) < size / 10
    age = datetime.now(UTC) - datetime.fromisoformat(line["time"])
    assert -5 < age.total_seconds() < 90
