"""Starts on volumes in every state that people fear, by the real scripts in pods of their own."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cluster_stores import Stack, status_of, until

pytestmark = pytest.mark.cluster

PODS = Path(__file__).parent / "pods"
STATES = {"redis": ("gone", "tail", "middle"), "postgres": ("half-made", "stranger", "older")}


@pytest.fixture(scope="module", autouse=True)
def starts(stores: Stack) -> Iterator[None]:
    """A pod like the store's for every state of a volume; all at once, to save time."""
    found = {kind: stores.get("statefulset", kind) for kind in ("redis", "postgres")}
    made = [_start(found[kind], kind, state) for kind, states in STATES.items() for state in states]
    stores.apply(*made)
    yield
    stores.kubectl("delete", "pod", *(it["metadata"]["name"] for it in made), "--force", "--grace-period=0")


def _start(stateful_set: Any, kind: str, state: str) -> dict[str, Any]:
    """The pod of a StatefulSet, on a volume that was prepared; `look` sees the volume after the server's end."""
    spec = deepcopy(stateful_set["spec"]["template"]["spec"])
    server = next(it for it in spec["containers"] if it["name"] == kind)
    server["resources"]["requests"]["cpu"] = "10m"
    alike = {key: server[key] for key in ("image", "env", "securityContext", "volumeMounts")}
    script = (PODS / f"{kind}-volume.sh").read_text()
    prepare = {**alike, "name": "prepare", "command": ["bash", "-c", script, f"{kind}-volume.sh", state]}
    look = {**alike, "name": "look", "command": ["sleep", "3600"]}
    volumes = [*spec["volumes"], {"name": "data", "emptyDir": {}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{kind}-{state}"},
        "spec": {
            **spec,
            "restartPolicy": "Never",
            "initContainers": [prepare],
            "containers": [server, look],
            "volumes": volumes,
        },
    }


def serves(stores: Stack, pod: str, kind: str) -> None:
    until(lambda: status_of(stores, pod, kind).get("ready"), f"{pod} serves")


def ended(stores: Stack, pod: str, kind: str) -> int:
    """The exit code of a server."""
    found = until(lambda: status_of(stores, pod, kind).get("state", {}).get("terminated"), f"{pod} ended")
    return found["exitCode"]


def test_a_redis_store_that_lost_its_append_only_folder_refuses_to_come_up_empty_until_told_to(stores: Stack) -> None:
    until(lambda: "accept-empty" in stores.logs("redis-gone", "redis"), "a refusal")
    said = stores.logs("redis-gone", "redis")
    assert "REFUSED: this volume held data" in said
    assert not status_of(stores, "redis-gone", "redis").get("ready")
    # The message names the command; it is taken from there.
    command = said.split("kubectl exec ")[1].splitlines()[0].split(" -- ")
    assert command[0] == "redis-gone"
    stores.inside("redis-gone", "redis", *command[1].split())
    serves(stores, "redis-gone", "redis")
    assert stores.redis("dbsize", pod="redis-gone") == "0"


def test_a_truncated_tail_of_the_append_only_file_costs_the_last_write_alone(stores: Stack) -> None:
    serves(stores, "redis-tail", "redis")
    assert stores.redis("dbsize", pod="redis-tail") == "19"
    assert stores.redis("get", "key:19", pod="redis-tail") == "value 19"


def test_a_damaged_middle_of_the_append_only_file_is_copied_before_it_is_repaired(stores: Stack) -> None:
    serves(stores, "redis-middle", "redis")
    assert 0 < int(stores.redis("dbsize", pod="redis-middle")) < 20
    copy = stores.inside("redis-middle", "look", "bash", "-c", "sha256sum < /data/damaged-*; cat /data/as-damaged")
    kept, damaged = copy.splitlines()
    assert kept == damaged


def test_a_crash_of_initdb_is_made_good_by_the_next_start(stores: Stack) -> None:
    serves(stores, "postgres-half-made", "postgres")
    assert "PG_VERSION" in stores.logs("postgres-half-made", "prepare")
    left = stores.inside("postgres-half-made", "look", "ls", "/var/lib/postgresql/data")
    assert left == "pgdata"


@pytest.mark.parametrize(
    ("state", "words"),
    [("stranger", "is not empty, yet holds no PG_VERSION"), ("older", "was written by PostgreSQL 15")],
)
def test_a_folder_that_is_not_this_servers_database_is_refused_and_left_alone(
    stores: Stack, state: str, words: str
) -> None:
    pod = f"postgres-{state}"
    assert ended(stores, pod, "postgres") != 0
    said = stores.logs(pod, "postgres")
    assert "REFUSED" in said
    assert words in said
    assert stores.inside(pod, "look", "cat", "/var/lib/postgresql/data/pgdata/letters") == "precious"
