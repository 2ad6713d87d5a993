"""The application under rollouts, load and a node that goes away for a while."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_stores import ROOT, Fetch, Machine, Namespace, Stack, is_ready, until

pytestmark = pytest.mark.cluster

PODS = Path(__file__).parent / "pods"


@contextmanager
def polling(
    stores: Stack, visitors: Namespace, path: str, *, threads: int, pause: float
) -> Iterator[dict[str, list[str] | int]]:
    """Ask the application through its Service until the block ends; what came of it is there afterwards."""
    url = f"http://app.{stores.name}.svc{path}"
    script = (PODS / "poll.py").read_text()
    command = (
        "exec",
        "--stdin",
        "guest",
        "--container",
        "guest",
        "--",
        "python3",
        "-c",
        script,
        url,
        str(threads),
        str(pause),
    )
    result: dict[str, list[str] | int] = {}
    process = visitors.start(*command)
    try:
        yield result
    finally:
        said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    result.update(json.loads(said))


def test_the_page_reaches_every_store_over_verified_tls(stores: Stack, fetch: Fetch) -> None:
    def reached() -> bool:
        found = {it["store"]: it for it in json.loads(fetch(stores, "/api/stores")[1])["stores"] if it["configured"]}
        ours = [found[kind] for kind in ("postgres", "redis")]
        return all(it["reached"] and it["tls"]["verified"] is True for it in ours)

    until(reached, "both stores reached over verified TLS")
    assert fetch(stores, "/?city=Berlin")[0] == 200


def test_no_request_fails_while_the_application_is_rolled_out(stores: Stack, visitors: Namespace, fetch: Fetch) -> None:
    assert fetch(stores, "/healthz")[0] == 200
    before = {it["metadata"]["uid"] for it in stores.get("pods", "--selector", "app.kubernetes.io/name=app")["items"]}
    with polling(stores, visitors, "/api/stores", threads=2, pause=0.02) as result:
        stores.kubectl("rollout", "restart", "deployment/app")
        stores.kubectl("rollout", "status", "deployment/app", "--timeout=120s")

        def old_ones_gone() -> bool:
            pods = stores.get("pods", "--selector", "app.kubernetes.io/name=app")["items"]
            return not before & {it["metadata"]["uid"] for it in pods}

        until(old_ones_gone, "the old pods gone")
    assert isinstance(result["asked"], int)
    assert result["asked"] > 200
    assert result["failures"] == []


def replicas(stores: Stack) -> int:
    return int(stores.get("deployment", "app")["status"].get("readyReplicas", 0))


def test_the_application_scales_out_under_load_and_back_again(stores: Stack, visitors: Namespace, fetch: Fetch) -> None:
    assert fetch(stores, "/healthz")[0] == 200
    with polling(stores, visitors, "/?show=Berlin", threads=3, pause=0.01):
        until(lambda: replicas(stores) >= 2, "a second replica", seconds=120)
    until(lambda: replicas(stores) == 1, "one replica again", seconds=120)


def test_stores_and_page_serve_on_while_the_kubelet_is_away_and_nothing_is_lost(
    machine: Machine, stores: Stack
) -> None:
    if not machine.node_built_here:
        pytest.skip("the kubelet of this cluster is not a process of this machine")
    service = stores.get("service", "app")["spec"]["clusterIP"]
    uids = {name: stores.get("pod", name)["metadata"]["uid"] for name in ("postgres-0", "redis-0")}
    body = json.dumps({"city": "Évora"}).encode()
    request = urllib.request.Request(f"http://{service}/api/favourites", data=body, method="POST")
    subprocess.run([ROOT / "local/node/stop", "kubelet"], check=True, capture_output=True)
    try:
        assert stores.attempt("exec", "redis-0", "--", "true").returncode != 0
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (the tests' own address)
            assert answer.status == 201
    finally:
        subprocess.run([ROOT / "local/up"], check=True, capture_output=True)
    for name, uid in uids.items():
        until(lambda name=name: is_ready(stores, name), name)
        assert stores.get("pod", name)["metadata"]["uid"] == uid
    assert stores.sql("select count(*) from favourites where city = 'Évora'") == "1"
