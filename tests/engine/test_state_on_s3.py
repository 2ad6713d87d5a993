"""State on S3: an `up` that was killed, and one that was cancelled, are gone on with as docs/state.md says."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine.engine_project import ROOT, Project
from kubernetes import client, config

pytestmark = pytest.mark.engine

STACK = "on-s3"
NAMESPACE = f"ladder-{STACK}"
KEYS = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


class Bucket:
    """A bucket of a server on this machine, whose objects are files."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"s3://state?endpoint=http://127.0.0.1:{port}&use_path_style=true&region=us-east-1"

    @property
    def locks(self) -> list[Path]:
        return list((self.folder / ".pulumi/locks").rglob("*.json"))

    @property
    def pending(self) -> set[str]:
        """Types of the resources that the engine had begun with and not finished."""
        file = self.folder / f".pulumi/stacks/ladder/{STACK}.json"
        if not file.exists():
            return set()
        latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        return {it["resource"]["type"] for it in latest.get("pending_operations", ())}


@pytest.fixture(scope="module")
def machine() -> Any:
    found = subprocess.run(["local/settings"], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def bucket(machine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    built = Path(machine["kubeconfig"]).parent / "bin"
    program = shutil.which("versitygw", path=f"{built}:{os.environ['PATH']}")
    if not program:
        pytest.skip("no versitygw, which local/ builds where no Docker runs, and none on PATH")
    folder = tmp_path_factory.mktemp("s3")
    (folder / "data/state").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [program, "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(folder / "data")],
        env={"ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]},
        stdout=subprocess.DEVNULL,
    )
    until(lambda: listens(port), "the server listens")
    yield Bucket(folder / "data/state", port)
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def cluster(machine: Any) -> Iterator[Any]:
    """The core and the apps of the cluster's API; the namespace goes with the tests."""
    kubeconfig = os.environ.get("KUBECONFIG") or machine["kubeconfig"]
    api = config.new_client_from_config(kubeconfig, context=machine["context"])
    core: Any = client.CoreV1Api(api)
    yield core, client.AppsV1Api(api)
    for volume in core.list_persistent_volume().items:
        if volume.spec.claim_ref and volume.spec.claim_ref.namespace == NAMESPACE:
            # Deleted with its class's policy, the object would go and the files stay.
            core.patch_persistent_volume(volume.metadata.name, {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
    if any(it.metadata.name == NAMESPACE for it in core.list_namespace().items):
        core.delete_namespace(NAMESPACE)


@pytest.fixture(scope="module")
def project(machine: Any, bucket: Bucket, cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Project:
    kubeconfig = os.environ.get("KUBECONFIG") or machine["kubeconfig"]
    made = Project(tmp_path_factory.mktemp("state"), backend=bucket.url, KUBECONFIG=kubeconfig, **KEYS)
    made.init(STACK, settings(machine, good=True))
    return made


def settings(machine: Any, *, good: bool) -> str:
    """A store that must not forget; of an image that there is not, its pod never starts."""
    image = machine["images"]["redis"] if good else {"ref": "local/none:1", "uid": machine["images"]["redis"]["uid"]}
    place = {"kind": "existing", **{key: machine[key] for key in ("context", "identifier", "storage_class")}}
    redis = {"role": "store", "protect": False, "spread": "soft", "storage_gib": 1, "image": image}
    held = {"stage": "bootstrap", "cloud": "local", "cluster": place, "redis": redis}
    return "".join(f"  ladder:{key}: {json.dumps(value)}\n" for key, value in held.items())


def listens(port: int) -> bool:
    with socket.socket() as to:
        return to.connect_ex(("127.0.0.1", port)) == 0


def until(true: Callable[[], bool], what: str, seconds: int = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def begun(project: Project, bucket: Bucket) -> subprocess.Popen[bytes]:
    """An `up` that waits for a pod which never starts."""
    started = subprocess.Popen(
        ["pulumi", "up", "--yes", "--non-interactive", *project.of(STACK)],
        cwd=ROOT,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: bucket.pending == {"kubernetes:apps/v1:StatefulSet"}, "the StatefulSet is waited for")
    return started


def kill(started: subprocess.Popen[bytes]) -> None:
    """What becomes of it when its machine dies: it and all its plugins end at once."""
    found = subprocess.run(["pgrep", "-P", str(started.pid)], check=True, capture_output=True, text=True)
    started.kill()
    started.wait()
    for plugin in found.stdout.split():
        os.kill(int(plugin), signal.SIGKILL)


def comes_up(project: Project) -> None:
    project.on(STACK, "up", "--yes", "--non-interactive")
    project.on(STACK, "preview", "--non-interactive", "--expect-no-changes")


def test_an_up_that_was_killed_is_gone_on_with(project: Project, bucket: Bucket, machine: Any, cluster: Any) -> None:
    core, apps = cluster
    project.write(STACK, settings(machine, good=False))
    kill(begun(project, bucket))
    claim = core.read_namespaced_persistent_volume_claim("data-redis-0", NAMESPACE).metadata.uid
    project.write(STACK, settings(machine, good=True))

    locked = project.on(STACK, "up", "--yes", "--non-interactive", check=False)
    assert "the stack is currently locked by 1 lock(s)" in locked.stdout + locked.stderr
    project.run("cancel", "--yes", "--stack", STACK, cwd=project.folder)
    assert bucket.locks == []

    again = project.on(STACK, "up", "--yes", "--non-interactive", check=False)
    assert again.returncode != 0
    assert "interrupted while creating" in again.stdout + again.stderr
    assert '"redis" already exists' in again.stdout + again.stderr

    apps.delete_namespaced_stateful_set("redis", NAMESPACE)
    project.on(STACK, "refresh", "--yes", "--non-interactive", "--clear-pending-creates")
    assert bucket.pending == set()
    comes_up(project)
    assert core.read_namespaced_persistent_volume_claim("data-redis-0", NAMESPACE).metadata.uid == claim


def test_an_up_that_was_cancelled_gives_its_lock_back(
    project: Project, bucket: Bucket, machine: Any, cluster: Any
) -> None:
    core, _ = cluster
    project.write(STACK, settings(machine, good=False))
    started = begun(project, bucket)
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=60) != 0
    assert bucket.locks == []
    project.write(STACK, settings(machine, good=True))
    project.on(STACK, "refresh", "--yes", "--non-interactive")
    comes_up(project)
    pod = core.read_namespaced_pod("redis-0", NAMESPACE)
    assert machine["images"]["redis"]["ref"] in {it.image for it in pod.spec.containers}


def test_the_bucket_holds_no_secret_in_plain_text(project: Project, bucket: Bucket, cluster: Any) -> None:
    core, _ = cluster
    held = core.read_namespaced_secret("redis-auth", NAMESPACE).data
    secrets = {base64.b64decode(it).decode() for it in held.values()}
    files = [it.read_text(errors="replace") for it in bucket.folder.rglob("*") if it.is_file()]
    assert any(NAMESPACE in it for it in files)
    assert secrets
    assert not [1 for it in files for secret in secrets if json.dumps(secret)[1:-1] in it]


def test_it_goes_as_it_came(project: Project) -> None:
    project.on(STACK, "destroy", "--yes", "--non-interactive")
    project.run("stack", "rm", "--yes", STACK, cwd=project.folder)
