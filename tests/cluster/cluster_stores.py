"""Stacks, pods and waits of the cluster tier."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from infra.cluster_api import ClusterApi
from ladder import plan
from ladder.engine.real_values import RealValues
from ladder.render import apply
from ladder.render import manifests as render
from ladder.stack import stackfile
from ladder.stack.stackfile import StackFile

ROOT = Path(__file__).parents[2]
STORES = "ladder-test-stores"
CACHE = "ladder-test-cache"
WATCHED = "ladder-test-watched"
VISITORS = "ladder-test-visitors"
"""A namespace without network policies: who comes from it is stopped by the stores' own."""

SERVERS = {"postgres": ("postgres",), "redis": ("valkey-server", "redis-server"), "mysql": ("mysqld",)}
"""What the first process of a store's container is called."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What `local/settings` says of this machine's cluster."""

    context: str
    kubeconfig: str
    identifier: str
    storage_class: str
    images: Mapping[str, Mapping[str, Any]]
    left_out: Mapping[str, str]

    @property
    def node_built_here(self) -> bool:
        """Whether the node is made of processes of this machine, not of a container."""
        return (Path(self.kubeconfig).parent / "way").read_text().strip() == "node"

    def command(self, *words: str) -> list[str]:
        """The kubectl beside the cluster, else the one on PATH."""
        beside = Path(self.kubeconfig).parent / "bin" / "kubectl"
        program = str(beside) if beside.exists() else "kubectl"
        return [program, "--kubeconfig", self.kubeconfig, "--context", self.context, *words]

    def kubectl(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """One call, whatever comes of it."""
        return subprocess.run(
            self.command(*words),
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
            timeout=180,
        )


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """A namespace of the tests."""

    machine: Machine
    name: str

    def attempt(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl here, whatever comes of it."""
        return self.machine.kubectl("--namespace", self.name, *words, stdin=stdin)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Run kubectl here until its input is closed."""
        pipe = subprocess.PIPE
        command = self.machine.command("--namespace", self.name, *words)
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """What kubectl printed; it must succeed."""
        done = self.attempt(*words, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def get(self, *words: str) -> Any:
        """An object, or a list of them."""
        return json.loads(self.kubectl("get", *words, "--output", "json"))

    def apply(self, *objects: Mapping[str, object]) -> None:
        """Make objects."""
        self.kubectl(
            "apply", "--filename", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )

    def execute(self, pod: str, container: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a container, whatever comes of it."""
        return self.attempt("exec", pod, "--container", container, "--", *command)

    def inside(self, pod: str, container: str, *command: str) -> str:
        """What a command in a container printed; it must succeed."""
        done = self.execute(pod, container, *command)
        assert done.returncode == 0, f"{pod}: {' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def logs(self, pod: str, container: str) -> str:
        """What a container said since it started."""
        return self.attempt("logs", pod, "--container", container).stdout

    def replace_pods(self, *pods: str, force: bool = False) -> None:
        """Delete pods, in order or by force, and wait for the ones that come after them."""
        before = {pod: self.get("pod", pod)["metadata"]["uid"] for pod in pods}
        self.kubectl("delete", "pod", *pods, *(("--force", "--grace-period=0") if force else ()))
        for pod in pods:
            until(lambda pod=pod: is_ready(self, pod) and self.get("pod", pod)["metadata"]["uid"] != before[pod], pod)

    def decoded(self, secret: Mapping[str, Any], key: str) -> str:
        """A text of a Secret."""
        return base64.b64decode(secret["data"][key]).decode()

    def sql(self, query: str) -> str:
        """Ask PostgreSQL as its administrator, in the pod."""
        psql = ("psql", "-X", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "app", "-v", "ON_ERROR_STOP=1")
        return self.inside("postgres-0", "postgres", *psql, "-Atqc", query)

    def redis(self, *command: str, pod: str = "redis-0") -> str:
        """Ask the Redis-compatible server as Ladder's own user, in the pod."""
        return self.inside(pod, "redis", "bash", "/etc/ladder/client.sh", *command)


@dataclass(frozen=True, kw_only=True)
class Stack(Namespace):
    """A stack of the program on the local cluster."""

    folder: Path
    sections: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def with_sections(self, **sections: object) -> "Stack":
        """The same stack with other settings."""
        return replace(self, sections={**self.sections, **sections})

    def write(self) -> StackFile:
        """Write the stack file and read it as the command does."""
        cluster = ("context", "kubeconfig", "identifier", "storage_class")
        config: dict[str, object] = {
            "ladder:stage": "bootstrap",
            "ladder:cloud": "local",
            "ladder:namespace": self.name,
            "ladder:cluster": {"kind": "existing", **{key: getattr(self.machine, key) for key in cluster}},
            **{f"ladder:{name}": section for name, section in self.sections.items()},
        }
        path = self.folder / "Pulumi.test.yaml"
        path.write_text(json.dumps({"config": config}))
        return stackfile.load("test", path, ROOT)

    def begin(self) -> "subprocess.Popen[str]":
        """Start `ladder render --apply`, as `make up` does where no Pulumi CLI can be had."""
        path = self.write().path
        command = [ROOT / ".venv/bin/ladder", "render", "--apply", "--stack", "test", "--config-file", path]
        # The values are kept in the folder of the test, and go with it.
        environment = {**os.environ, "LADDER_LOCAL_DIR": str(self.folder)}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


Fetch = Callable[[Stack, str], tuple[int, str]]
"""Status and body of an address of a stack's application."""


def finish(process: "subprocess.Popen[str]") -> None:
    """Wait for `begin`; it must succeed."""
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said


def deploy_decrypted(stack: Stack, secret_keys: frozenset[str]) -> None:
    """Apply a stack file as the engine would hand it over: `secret_keys` decrypted.

    The command itself refuses secrets, which only the Pulumi CLI can read; what it does after that is the same.
    """
    file = replace(stack.write(), secret_keys=secret_keys)
    wanted = plan.read_settings(file)
    values = RealValues(stack.folder / "values.json")
    apply.deploy(render.manifests(file, values), wanted, ClusterApi(wanted.cluster), lambda _: None)


def until(found: Callable[[], T], what: str, seconds: float = 90) -> T:
    """Poll until something is found, and return it."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.3)
    return result


def server_process(stores: Namespace, kind: str) -> int | None:
    """The first process of a server's container as this machine sees it, or None where it cannot."""
    uid = stores.get("pod", f"{kind}-0")["metadata"]["uid"]
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            groups = (process / "cgroup").read_text().replace("_", "-")
            status = (process / "status").read_text()
            inner = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1]
            name = (process / "comm").read_text().strip()
            if uid in groups and inner == "1" and name in SERVERS[kind]:
                return int(process.name)
    return None


def status_of(namespace: Namespace, pod: str, container: str) -> Any:
    """How a container is; empty while nobody knows."""
    found = namespace.attempt("get", "pod", pod, "--output", "json")
    statuses = json.loads(found.stdout)["status"].get("containerStatuses", []) if found.returncode == 0 else []
    return next((it for it in statuses if it["name"] == container), {})


def is_ready(namespace: Namespace, pod: str) -> bool:
    """Whether all containers of a pod are ready and nobody is deleting it."""
    found = namespace.attempt("get", "pod", pod, "--output", "json")
    if found.returncode:
        return False
    seen = json.loads(found.stdout)
    statuses = seen["status"].get("containerStatuses", [])
    return bool(statuses) and all(it["ready"] for it in statuses) and "deletionTimestamp" not in seen["metadata"]


def pod(
    name: str, containers: Sequence[Mapping[str, object]], *, uid: int = 999, labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A pod that the restricted level admits."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": uid,
                "fsGroup": uid,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{"imagePullPolicy": "IfNotPresent", "securityContext": security, **it} for it in containers],
        },
    }


def remove(machine: Machine, *names: str) -> None:
    """Remove namespaces of the tests with everything in them, volumes included."""
    mine = set(names)
    listed = json.loads(machine.kubectl("get", "persistentvolumes", "--output", "json").stdout)["items"]
    volumes = [it["metadata"]["name"] for it in listed if it["spec"].get("claimRef", {}).get("namespace") in mine]
    for volume in volumes:
        # The class retains; told to delete, the provisioner removes the files too.
        patch = '{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}'
        machine.kubectl("patch", "persistentvolume", volume, "--patch", patch)
    for name in names:
        inside = ("--namespace", name, "delete", "--all", "--ignore-not-found")
        # What makes pods first, then the pods, whose time to end in order nobody needs any more.
        machine.kubectl(*inside, "--cascade=orphan", "statefulsets,deployments,replicasets")
        machine.kubectl(*inside, "--force", "--grace-period=0", "pods")
    machine.kubectl("delete", "namespace", *names, "--ignore-not-found", "--timeout=120s")
    until(lambda: not _existing(machine, "persistentvolume", volumes), f"volumes gone: {volumes}")


def _existing(machine: Machine, kind: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if machine.kubectl("get", kind, name).returncode == 0]


def image(machine: Machine, store: str) -> dict[str, object]:
    """What runs here instead of the official image, as a setting."""
    return {"image": dict(machine.images[store])} if store in machine.images else {}


def client(stack: Stack) -> dict[str, Any]:
    """A pod that asked for the stores and has the connection Secret: a container with each store's own tools."""
    containers = [
        {
            "name": store,
            "image": stack.get("statefulset", store)["spec"]["template"]["spec"]["containers"][0]["image"],
            "command": ["sleep", "3600"],
            "envFrom": [{"secretRef": {"name": "ladder-connections"}}],
            "volumeMounts": [{"name": "connections", "mountPath": "/etc/ladder"}],
        }
        for store in ("postgres", "redis")
    ]
    made = pod("client", containers, labels={"ladder/uses-postgres": "true", "ladder/uses-redis": "true"})
    made["spec"]["volumes"] = [{"name": "connections", "secret": {"secretName": "ladder-connections"}}]
    return made
