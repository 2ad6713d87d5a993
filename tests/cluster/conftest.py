"""What the tests of stores share. A pytest plugin: test modules name it in `pytest_plugins`."""

import fcntl
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_stores import (
    ROOT,
    VISITORS,
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


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """The cluster of this machine; one run of these tests at a time."""
    told = subprocess.run([ROOT / "local/settings"], check=True, capture_output=True, text=True)
    with (Path(tempfile.gettempdir()) / "ladder-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Machine(**json.loads(told.stdout))


@pytest.fixture(scope="session")
def visitors(machine: Machine) -> Iterator[Namespace]:
    """Pods that belong to no stack: `guest` can do what the application's image can."""
    remove(machine, VISITORS)
    label = "pod-security.kubernetes.io/enforce=restricted"
    assert machine.kubectl("create", "namespace", VISITORS).returncode == 0
    machine.kubectl("label", "namespace", VISITORS, label)
    found = Namespace(machine=machine, name=VISITORS)
    until(lambda: found.attempt("get", "serviceaccount", "default").returncode == 0, "the namespace's account")
    guest = {"name": "guest", "image": machine.images["app"]["ref"], "command": ["sleep", "3600"]}
    found.apply(pod("guest", [guest]))
    until(lambda: is_ready(found, "guest"), "guest")
    yield found
    remove(machine, VISITORS)


@pytest.fixture(scope="session")
def stores(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL and a Redis-compatible store that must not forget, with a client that asked for both."""
    stack = Stack(machine=machine, name="ladder-test-stores", folder=tmp_path_factory.mktemp("stores")).with_sections(
        postgres={"storage_gib": 1, "cpu": 0.1, **image(machine, "postgres")},
        redis={"storage_gib": 1, "cpu": 0.1, "memory_mib": 64, **image(machine, "redis")},
    )
    remove(machine, stack.name)
    finish(stack.begin())
    stack.apply(client(stack))
    until(lambda: is_ready(stack, "client"), "client")
    yield stack
    remove(machine, stack.name)
