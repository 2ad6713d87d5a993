"""MySQL under crashes and strangers, on the real cluster."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_ferretdb import certificates
from cluster_stores import Machine, Stack, finish, image, is_ready, pod, remove, server_process, status_of, until

pytestmark = pytest.mark.cluster

NAMESPACE = "ladder-test-mysql"
ASK = (Path(__file__).parent / "pods" / "ask-mysql.sh").read_text()


@pytest.fixture(scope="module")
def stack(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A store, and a client that has the connection Secret and the store's own tools."""
    if "mysql" in machine.left_out:
        pytest.skip(machine.left_out["mysql"])
    section: dict[str, object] = {"storage_gib": 1, "cpu": 0.1, **image(machine, "mysql")}
    if "mysql" in machine.images:
        section["version"] = str(machine.images["mysql"]["ref"]).rpartition(":")[2]
    made = Stack(machine=machine, name=NAMESPACE, folder=tmp_path_factory.mktemp("mysql")).with_sections(mysql=section)
    try:
        finish(made.begin())
        client = {
            "name": "mysql",
            "image": made.get("statefulset", "mysql")["spec"]["template"]["spec"]["containers"][0]["image"],
            "command": ["sleep", "3600"],
            "envFrom": [{"secretRef": {"name": "ladder-connections"}}],
            "volumeMounts": [{"name": "connections", "mountPath": "/etc/ladder"}],
        }
        asks = pod("client", [client], labels={"ladder/uses-mysql": "true"})
        asks["spec"]["volumes"] = [{"name": "connections", "secret": {"secretName": "ladder-connections"}}]
        made.apply(asks)
        until(lambda: is_ready(made, "client"), "a client")
        yield made
    finally:
        remove(machine, NAMESPACE)


def ask(stack: Stack, query: str, how: str = "as-given", other: str = "") -> str:
    """What the application is told, by the connection Secret alone."""
    done = stack.execute("client", "mysql", "env", f"OTHER_AUTHORITY={other}", "bash", "-c", ASK, "ask", how, query)
    return f"{done.stdout}{done.stderr}".strip()


def wrote(stack: Stack, value: str) -> None:
    """A row that the server has acknowledged."""
    assert ask(stack, f"create table if not exists kept (value varchar(40)); insert into kept values ('{value}')") == ""


def holds(stack: Stack, value: str) -> bool:
    """Whether it is there; a Service learns a new pod only after a moment."""
    query = f"select count(*) from kept where value = '{value}'"
    return bool(until(lambda: ask(stack, query) == "1", f"a count of {value}"))


def test_the_application_reaches_it_by_the_secret_and_trusts_it(stack: Stack, tmp_path: Path) -> None:
    assert ask(stack, "select current_user(), @@hostname") == "app@%\tmysql-0"
    assert "SSL connection error" in ask(stack, "select 1", "wrong-authority", certificates("192.0.2.1", tmp_path))
    assert "insecure transport are prohibited" in ask(stack, "select 1", "plaintext")


def test_a_killed_server_has_what_it_acknowledged(stack: Stack) -> None:
    wrote(stack, "before the kill")
    process = server_process(stack, "mysql")
    if process is None:
        pytest.skip("the processes of this cluster's pods are not visible from this machine")
    restarts = status_of(stack, "mysql-0", "mysql")["restartCount"]
    os.kill(process, signal.SIGKILL)
    until(lambda: status_of(stack, "mysql-0", "mysql")["restartCount"] > restarts, "another start")
    until(lambda: is_ready(stack, "mysql-0"), "mysql is back")
    assert holds(stack, "before the kill")


def test_a_pod_deleted_by_force_comes_back_with_what_was_acknowledged(stack: Stack) -> None:
    wrote(stack, "before the force")
    stack.replace_pods("mysql-0", force=True)
    assert holds(stack, "before the force")


def test_a_deleted_pod_comes_back_with_everything(stack: Stack) -> None:
    wrote(stack, "before the end")
    stack.replace_pods("mysql-0")
    assert holds(stack, "before the end")
