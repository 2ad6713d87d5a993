"""What the tests of the cluster tier share: the stacks, who visits them, and the record of what was seen."""

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import cluster_seen
import pytest
from cluster_seen import Seen
from cluster_stores import (
    CACHE,
    ROOT,
    STORES,
    VISITORS,
    WATCHED,
    Fetch,
    Machine,
    Namespace,
    Stack,
    client,
    finish,
    image,
    is_ready,
    pod,
    remove,
    until,
)

NAMESPACES = (STORES, CACHE, WATCHED, VISITORS)
SEEN_FILE = ROOT / "docs" / "seen.md"
FETCH = (Path(__file__).parent / "pods" / "fetch.py").read_text()

SEEN: list[Seen] = []
SERVERS: dict[str, str] = {}
NOBODY: list[str] = []
MODULES: set[str] = set()


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """The cluster of this machine; one run of these tests at a time."""
    told = subprocess.run([ROOT / "local/settings"], check=True, capture_output=True, text=True)
    with (Path(tempfile.gettempdir()) / "ladder-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = Machine(**json.loads(told.stdout))
        remove(found, *NAMESPACES)
        yield found
        remove(found, *NAMESPACES)


@pytest.fixture(scope="session")
def visitors(machine: Machine) -> Namespace:
    """Pods that belong to no stack: `guest` can do what the application's image can."""
    levels = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn")]
    assert machine.kubectl("create", "namespace", VISITORS).returncode == 0
    machine.kubectl("label", "namespace", VISITORS, *levels)
    found = Namespace(machine=machine, name=VISITORS)
    until(lambda: found.attempt("get", "serviceaccount", "default").returncode == 0, "the namespace's account")
    guest = {"name": "guest", "image": machine.images["app"]["ref"], "command": ["sleep", "3600"]}
    found.apply(pod("guest", [guest]))
    until(lambda: is_ready(found, "guest"), "guest")
    return found


@pytest.fixture(scope="session")
def stores(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """PostgreSQL and a Redis-compatible store that must not forget, with a client that asked for both."""
    stack = Stack(machine=machine, name=STORES, folder=tmp_path_factory.mktemp("stores")).with_sections(
        postgres={"storage_gib": 1, "cpu": 0.1, **image(machine, "postgres")},
        redis={"storage_gib": 1, "cpu": 0.1, "memory_mib": 64, **image(machine, "redis")},
        app={"image": machine.images["app"]["ref"], "replicas": {"min": 1, "max": 3}},
    )
    finish(stack.begin())
    stack.apply(client(stack))
    until(lambda: is_ready(stack, "client"), "client")
    SERVERS.update(cluster_seen.servers(stack))
    NOBODY.extend(cluster_seen.unseen(built_node=machine.node_built_here, left_out=list(machine.left_out)))
    return stack


@pytest.fixture(scope="session")
def fetch(visitors: Namespace) -> Fetch:
    """Asks from another namespace, through the Service."""

    def get(stack: Stack, path: str) -> tuple[int, str]:
        said = visitors.inside("guest", "guest", "python3", "-c", FETCH, f"http://app.{stack.name}.svc{path}")
        status, _, body = said.partition(" ")
        return int(status), body

    return get


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how every test of this tier ended."""
    report = yield
    ended = report.when == "call" or report.outcome != "passed"
    if ended and item.get_closest_marker("cluster"):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        stand_in = str(dict(report.user_properties).get(cluster_seen.STAND_IN, ""))
        MODULES.add(item.path.stem)
        name = cluster_seen.sentence(item.nodeid)
        SEEN.append(Seen(sentence=name, outcome=report.outcome, stand_in=stand_in, reason=reason))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record where the whole tier ran and held, and somebody asked for it."""
    del session
    whole = {path.stem for path in Path(__file__).parent.glob("test_*.py")} <= MODULES
    if os.environ.get("LADDER_WRITE_SEEN") == "1" and whole and all(it.outcome != "failed" for it in SEEN):
        SEEN_FILE.write_text(cluster_seen.page(SEEN_FILE.read_text(), SERVERS, SEEN, NOBODY))
