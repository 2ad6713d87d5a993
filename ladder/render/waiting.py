"""Waits for workloads, and says meanwhile what their pods wait for."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import Field

from infra.cluster_api import Shape
from ladder.engine import plain
from ladder.engine.properties import mapping
from ladder.errors import Exit, LadderError
from ladder.render.manifests import Manifest

POLL_SECONDS = 1.0
TELL_SECONDS = 15.0

S = TypeVar("S", bound=Shape)


class Cluster(Protocol):
    """What is asked of a cluster here; `infra.cluster_api.ClusterApi` is one."""

    def get(self, path: str, shape: type[S], **query: str) -> S | None:
        """The object at `path`, or None."""
        ...

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, bytes]:
        """Status and body of one request."""
        ...


class Meta(Shape):
    """Name, labels and generation of an object."""

    name: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    generation: int = 0


class Object(Shape):
    """Any object."""

    metadata: Meta


class Condition(Shape):
    """Something that a controller says of an object."""

    type: str
    status: str
    message: str = ""


class Progress(Shape):
    """How far a workload has come."""

    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    conditions: list[Condition] = Field(default_factory=list[Condition])


class Wanted(Shape):
    """How many pods a workload shall have."""

    replicas: int = 1


class Workload(Shape):
    """A StatefulSet, Deployment or Job."""

    metadata: Meta
    spec: Wanted = Wanted()
    status: Progress = Progress()


class Waiting(Shape):
    """Why a container does not run."""

    reason: str = ""
    message: str = ""


class ContainerState(Shape):
    """What a container is doing."""

    waiting: Waiting | None = None


class ContainerStatus(Shape):
    """A container of a pod."""

    name: str
    state: ContainerState = ContainerState()


class PodStatus(Shape):
    """How a pod is."""

    phase: str = ""
    conditions: list[Condition] = Field(default_factory=list[Condition])
    init_container_statuses: list[ContainerStatus] = Field(default_factory=list[ContainerStatus])
    container_statuses: list[ContainerStatus] = Field(default_factory=list[ContainerStatus])


class Pod(Shape):
    """A pod."""

    metadata: Meta
    status: PodStatus = PodStatus()


class Pods(Shape):
    """Several of them."""

    items: list[Pod]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time, so that tests need none."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def path_of(manifest: Manifest) -> str:
    """Where the API server keeps an object."""
    root = "/api/v1" if manifest.api_version == "v1" else f"/apis/{manifest.api_version}"
    inside = f"/namespaces/{manifest.namespace}" if manifest.namespace else ""
    return f"{root}{inside}/{plural(manifest.kind)}/{manifest.name}"


def plural(kind: str) -> str:
    """The resource of a kind, by the rule that Kubernetes' own kinds follow."""
    low = kind.lower()
    if low.endswith("s"):
        return f"{low}es"
    return f"{low[:-1]}ies" if low.endswith("y") else f"{low}s"


def until_ready(manifest: Manifest, cluster: Cluster, say: Callable[[str], None], clock: Clock) -> None:
    """Return when a workload is ready.

    Raises:
        LadderError: When it failed, or is not ready in its time.
    """
    begun = told = clock.now()
    while True:
        seen = cluster.get(path_of(manifest), Workload)
        if seen and (failed := _failed(seen)):
            raise LadderError(Exit.FAILED, f"{manifest} failed: {failed}\n{_pods(manifest, cluster)}")
        if seen and ready(manifest.kind, seen):
            say(f"{manifest} is ready")
            return
        now = clock.now()
        if now - begun > manifest.minutes * 60:
            raise LadderError(
                Exit.FAILED,
                f"{manifest} is not ready after {manifest.minutes} minutes; volumes were not touched\n"
                f"{_pods(manifest, cluster)}\n    fix: correct what the pods wait for and run this again",
            )
        if now - told >= TELL_SECONDS:
            say(f"waiting for {manifest} ({now - begun:.0f} s)\n{_pods(manifest, cluster)}")
            told = now
        clock.sleep(POLL_SECONDS)


def ready(kind: str, seen: Workload) -> bool:
    """Whether a workload does what its newest specification says."""
    status = seen.status
    if kind == "Job":
        return any(it.type == "Complete" and it.status == "True" for it in status.conditions)
    current = status.observed_generation >= seen.metadata.generation
    serving = status.available_replicas if kind == "Deployment" else status.ready_replicas
    return current and status.updated_replicas == status.replicas == seen.spec.replicas <= serving


def _failed(seen: Workload) -> str | None:
    return next((it.message for it in seen.status.conditions if it.type == "Failed" and it.status == "True"), None)


def _pods(manifest: Manifest, cluster: Cluster) -> str:
    """What its pods wait for, a line each."""
    spec = mapping(plain(manifest.body.get("spec")))
    wanted = mapping(mapping(mapping(spec.get("template")).get("metadata")).get("labels"))
    selector = ",".join(f"{key}={value}" for key, value in wanted.items())
    listed = cluster.get(f"/api/v1/namespaces/{manifest.namespace}/pods", Pods, labelSelector=selector)
    lines = [f"    {pod.metadata.name}: {_words(pod.status)}" for pod in (listed.items if listed else [])]
    return "\n".join(lines) or "    it has no pods yet"


def _words(status: PodStatus) -> str:
    waiting = [
        f"{it.name}: {it.state.waiting.reason} {it.state.waiting.message}".strip()
        for it in (*status.init_container_statuses, *status.container_statuses)
        if it.state.waiting
    ]
    unscheduled = [it.message for it in status.conditions if it.type == "PodScheduled" and it.status == "False"]
    return "; ".join(unscheduled or waiting) or status.phase or "not started"
