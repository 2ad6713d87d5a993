"""A cache that may forget, a MongoDB-compatible store that somebody else runs, and the page that uses both."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cluster_ferretdb
import pytest
from cluster_ferretdb import FerretDb
from cluster_stores import CACHE, Fetch, Machine, Stack, deploy_decrypted, finish, image, is_ready, until

pytestmark = pytest.mark.cluster

PODS = Path(__file__).parent / "pods"


@pytest.fixture(scope="module")
def ferretdb(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FerretDb | None]:
    """On the machine's end of the way to the node; None where there is none to start."""
    if not (machine.node_built_here and shutil.which("ferretdb")):
        yield None
        return
    nodes = json.loads(machine.kubectl("get", "nodes", "--output", "json").stdout)["items"]
    node = next(it["address"] for it in nodes[0]["status"]["addresses"] if it["type"] == "InternalIP")
    with socket.create_connection((node, 6443), timeout=5) as way:
        address = way.getsockname()[0]
    with cluster_ferretdb.serving(address, tmp_path_factory.mktemp("ferretdb")) as found:
        yield found


@pytest.fixture(scope="module")
def cache(machine: Machine, ferretdb: FerretDb | None, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack of a cache and the page, and FerretDB where there is one."""
    external = {"uri": ferretdb.uri, "ca": ferretdb.ca} if ferretdb else {}
    mongodb = {"mongodb": {"backend": "external", "external": external}} if ferretdb else {}
    app = {"image": machine.images["app"]["ref"], "replicas": {"min": 1, "max": 1}}
    redis = {"role": "cache", "cpu": 0.1, "memory_mib": 64, **image(machine, "redis")}
    folder = tmp_path_factory.mktemp("cache")
    stack = Stack(machine=machine, name=CACHE, folder=folder).with_sections(redis=redis, app=app, **mongodb)
    if ferretdb:
        deploy_decrypted(stack, frozenset({"ladder:mongodb"}))
    else:
        finish(stack.begin())
    return stack


def of_store(cache: Stack, fetch: Fetch, name: str) -> Any:
    """What the application says of one of its stores."""
    status, body = fetch(cache, "/api/stores")
    assert status == 200
    return next(it for it in json.loads(body)["stores"] if it["store"] == name)


def test_a_cache_has_no_volume_and_forgets_with_its_pod(cache: Stack) -> None:
    assert cache.get("persistentvolumeclaims")["items"] == []
    assert cache.redis("set", "kept", "no") == "OK"
    cache.replace_pods("redis-0")
    assert cache.redis("get", "kept") == ""


def test_a_full_cache_makes_room_by_forgetting(cache: Stack) -> None:
    script = (PODS / "fill-redis.sh").read_text()
    assert cache.inside("redis-0", "redis", "bash", "-c", script, "fill", "60") == "wrote 60"
    evicted = next(line for line in cache.redis("info", "stats").splitlines() if line.startswith("evicted_keys:"))
    assert int(evicted.split(":")[1]) > 0
    cache.redis("flushall")


def test_the_page_answers_while_the_cache_is_down_and_uses_it_again_afterwards(cache: Stack, fetch: Fetch) -> None:
    until(lambda: of_store(cache, fetch, "redis")["reached"], "the cache reached")
    assert of_store(cache, fetch, "redis")["tls"]["verified"] is True
    cache.kubectl("scale", "statefulset", "redis", "--replicas=0")
    try:
        until(lambda: not of_store(cache, fetch, "redis")["reached"], "the cache noticed as lost")
        for path in ("/readyz", "/?city=Porto", "/api/weather?city=Porto"):
            assert fetch(cache, path)[0] == 200
        assert is_ready(
            cache, cache.get("pods", "--selector", "app.kubernetes.io/name=app")["items"][0]["metadata"]["name"]
        )
    finally:
        cache.kubectl("scale", "statefulset", "redis", "--replicas=1")
    until(lambda: of_store(cache, fetch, "redis")["reached"], "the cache reached again")
    fetch(cache, "/api/weather?city=Braga")
    assert json.loads(fetch(cache, "/api/weather?city=Braga")[1])["cache"]["hit"] is True


def test_the_page_keeps_its_history_in_a_mongodb_that_somebody_else_runs(
    ferretdb: FerretDb | None,
    cache: Stack,
    fetch: Fetch,
    record_property: Callable[[str, object], None],
) -> None:
    if ferretdb is None:
        pytest.skip("no ferretdb on PATH, or no way from the cluster's pods to this machine")
    record_property("stand-in", f"FerretDB {ferretdb.version}")
    until(lambda: of_store(cache, fetch, "mongodb")["reached"], "mongodb reached")
    assert of_store(cache, fetch, "mongodb")["tls"]["verified"] is True
    assert fetch(cache, "/api/weather?city=Coimbra")[0] == 200
    assert any(it.get("city") == "Coimbra" for it in ferretdb.documents())
    assert "Coimbra" in fetch(cache, "/api/history")[1]
    keys = set(cache.get("secret", "ladder-connections")["data"])
    assert {"MONGODB_URI", "REDIS_URL", "ca.crt"} == keys
