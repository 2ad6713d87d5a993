"""Tries what the cluster must refuse: only that shows whether its rules are enforced.

Network policies: two short-lived pods try a store's port. They differ by one label, the one that asks for the store:
the pod that has it must get through (else nothing is proven), the pod that has it not must not.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Annotated, Protocol

from components import labels
from components.store import StoreArgs
from infra.cluster_api import Reader, Shape, at, message
from ladder.cluster_view import Pod

KNOCK = (resources.files("ladder.doctor") / "scripts" / "knock.sh").read_text()
FORBIDDEN_TRIES = 3
ALLOWED_TRIES = 10
"""A new pod's label may take some seconds to be known on every node."""
DEADLINE_SECONDS = 90
NAME = "ladder-doctor"


class Hands(Reader, Protocol):
    """Reads and writes objects of one cluster."""

    def send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> tuple[int, bytes]:
        """Ask once and return status and body."""
        ...


class Verdict(StrEnum):
    """What came of it."""

    ENFORCED = "enforced"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A verdict, and why where it is unknown."""

    verdict: Verdict
    why: str = ""


class Service(Shape):
    """How a store is reached."""

    address: Annotated[str, at("spec/clusterIP")]
    port: Annotated[int, at("spec/ports/0/port")]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A store that runs.

    Attributes:
        store: As the settings name it.
        member: One of its pods that is ready; the probes run where it runs, with its image, which is there already.
    """

    store: StoreArgs
    member: Pod

    @property
    def namespace(self) -> str:
        """Where it lives."""
        return self.store.placement.namespace


def pod_security(cluster: Hands, namespace: str) -> Result:
    """Ask for a privileged pod without making it (a dry run); the namespace must refuse it.

    Raises:
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not make pods.
    """
    container = {"name": "probe", "image": "none", "securityContext": {"privileged": True}}
    body = {"metadata": {"name": _name("privileged", secrets.token_hex(4))}, "spec": {"containers": [container]}}
    status, answer = cluster.send("POST", _pods(namespace), {"dryRun": "All"}, body)
    words = message(answer)
    if status == 403 and "PodSecurity" in words:
        return Result(verdict=Verdict.ENFORCED)
    if status < 300:
        return Result(verdict=Verdict.OPEN)
    return Result(verdict=Verdict.UNKNOWN, why=f"the cluster answered {status}: {words}")


def network_policy(cluster: Hands, target: Target, pause: Callable[[float], None] = time.sleep) -> Result:
    """Knock at a store with and without its label; takes some ten seconds and leaves nothing behind.

    Raises:
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not make pods or network policies.
    """
    service = cluster.get(f"/api/v1/namespaces/{target.namespace}/services/{target.store.name}", Service)
    if service is None:
        return Result(verdict=Verdict.UNKNOWN, why=f"{target.store.name} has no Service")
    run = secrets.token_hex(4)
    with ExitStack() as cleanup:
        for path, name, extra, spec in _objects(target, service, run):
            # Registered first: an answer that is lost on its way may still have made the object.
            cleanup.callback(cluster.send, "DELETE", f"{path}/{name}", {"gracePeriodSeconds": "0"})
            metadata = {"name": name, "labels": {**labels.labels(NAME, run), **extra}}
            status, answer = cluster.send("POST", path, {}, {"metadata": metadata, "spec": spec})
            if status >= 300:
                return Result(verdict=Verdict.UNKNOWN, why=f"no probe could be made: {message(answer)}")
        return _watch(cluster, target, run, pause)


def _watch(cluster: Reader, target: Target, run: str, pause: Callable[[float], None]) -> Result:
    """Wait until both probes ended, or the forbidden one got through."""
    allowed = forbidden = None
    for _ in range(DEADLINE_SECONDS):
        forbidden = cluster.get(f"{_pods(target.namespace)}/{_name('forbidden', run)}", Pod)
        allowed = cluster.get(f"{_pods(target.namespace)}/{_name('allowed', run)}", Pod)
        if forbidden and forbidden.phase == "Succeeded":
            return Result(verdict=Verdict.OPEN)
        if all(pod is None or pod.phase in {"Succeeded", "Failed"} for pod in (allowed, forbidden)):
            break
        pause(1)
    if allowed is None or allowed.phase != "Succeeded":
        why = "even the connection that is allowed did not come about"
        return Result(verdict=Verdict.UNKNOWN, why=f"{why} ({_fate(allowed)})")
    if forbidden is None or not any(held.exit_code == 1 for held in forbidden.statuses):
        return Result(verdict=Verdict.UNKNOWN, why=f"the probe did not run to its end ({_fate(forbidden)})")
    return Result(verdict=Verdict.ENFORCED)


def _fate(pod: Pod | None) -> str:
    if pod is None:
        return "its pod was removed"
    waiting = [held.waiting for held in pod.statuses if held.waiting]
    unscheduled = [held.message for held in pod.conditions if held.type == "PodScheduled" and held.status == "False"]
    return "; ".join([f"its pod is {pod.phase}", *waiting, *unscheduled])


def _objects(
    target: Target, service: Service, run: str
) -> list[tuple[str, str, Mapping[str, str], Mapping[str, object]]]:
    """Let both probes out, so that only the store's own policy stands between it and them; then the probes.

    Returns:
        Of each its collection's path, its name, its labels beside the common ones, and its spec.
    """
    pods = _pods(target.namespace)
    uses = {labels.uses(target.store.kind): "true"}
    return [
        (_policies(target.namespace), _name("way-out", run), {}, _way_out(target, service.port, run)),
        (pods, _name("allowed", run), uses, _knocker(target, service, ALLOWED_TRIES)),
        (pods, _name("forbidden", run), {}, _knocker(target, service, FORBIDDEN_TRIES)),
    ]


def _way_out(target: Target, port: int, run: str) -> Mapping[str, object]:
    store = {"podSelector": {"matchLabels": labels.selector(target.store.kind, target.store.name)}}
    return {
        "podSelector": {"matchLabels": labels.selector(NAME, run)},
        "policyTypes": ["Egress"],
        "egress": [{"to": [store], "ports": [{"protocol": "TCP", "port": port}]}],
    }


def _knocker(target: Target, service: Service, tries: int) -> Mapping[str, object]:
    same_node = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [target.member.node]}]}
    container = {
        "name": "knock",
        "image": next(held.image for held in target.member.containers if held.name == target.store.kind),
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", "-c", KNOCK, "knock", service.address, str(service.port), str(tries)],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": DEADLINE_SECONDS,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [same_node]}}
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": target.store.run_image.uid,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }


def _name(role: str, run: str) -> str:
    return f"{NAME}-{role}-{run}"


def _pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def _policies(namespace: str) -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
