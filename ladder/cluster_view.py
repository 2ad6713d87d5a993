"""What a stack's namespace holds, as far as somebody who looks at its health wants to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol, TypeVar

from pydantic import Field, ValidationError

from components import labels
from components.catalog import Kind
from infra.cluster_api import Items, Reader, Shape, at


class LogReader(Reader, Protocol):
    """Reads objects and logs of one cluster."""

    def text(self, path: str, **query: str) -> str | None:
        """What `path` holds as text, or None where there is nothing."""
        ...


class ContainerStatus(Shape):
    """A container as its node sees it."""

    name: str
    image: str = ""
    restart_count: int = 0
    ready: bool = False
    waiting: Annotated[str, at("state/waiting/reason")] = ""
    waiting_message: Annotated[str, at("state/waiting/message")] = ""
    ended: Annotated[str, at("state/terminated/reason")] = ""
    exit_code: Annotated[int | None, at("state/terminated/exitCode")] = None
    last_words: Annotated[str, at("state/terminated/message")] = ""
    last_ended: Annotated[str, at("lastState/terminated/reason")] = ""
    last_exit_code: Annotated[int | None, at("lastState/terminated/exitCode")] = None


class Condition(Shape):
    """A statement of the cluster about an object."""

    type: str
    status: str
    message: str = ""


class Container(Shape):
    """A container as it was asked for."""

    name: str
    image: str


class Pod(Shape):
    """A pod."""

    name: Annotated[str, at("metadata/name")]
    labels: Annotated[dict[str, str], at("metadata/labels")] = Field(default_factory=dict[str, str])
    deleted: Annotated[str | None, at("metadata/deletionTimestamp")] = None
    phase: Annotated[str, at("status/phase")] = ""
    node: Annotated[str, at("spec/nodeName")] = ""
    uid: Annotated[int | None, at("spec/securityContext/runAsUser")] = None
    containers: Annotated[tuple[Container, ...], at("spec/containers")] = ()
    conditions: Annotated[tuple[Condition, ...], at("status/conditions")] = ()
    init_statuses: Annotated[tuple[ContainerStatus, ...], at("status/initContainerStatuses")] = ()
    statuses: Annotated[tuple[ContainerStatus, ...], at("status/containerStatuses")] = ()

    @property
    def ready(self) -> bool:
        """Whether it may be sent work."""
        return any(held.type == "Ready" and held.status == "True" for held in self.conditions)

    def of(self, kind: Kind | str, name: str) -> bool:
        """Whether it is a member of the store, or a replica of the application, and no job beside it."""
        return labels.selector(kind, name).items() <= self.labels.items() and labels.COMPONENT not in self.labels


class Workload(Shape):
    """A StatefulSet or Deployment."""

    name: Annotated[str, at("metadata/name")]
    labels: Annotated[dict[str, str], at("metadata/labels")] = Field(default_factory=dict[str, str])
    wanted: Annotated[int, at("spec/replicas")] = 1
    ready: Annotated[int, at("status/readyReplicas")] = 0


class Claim(Shape):
    """A volume claim; sizes as Kubernetes spells them."""

    name: Annotated[str, at("metadata/name")]
    phase: Annotated[str, at("status/phase")] = ""
    requested: Annotated[str, at("spec/resources/requests/storage")] = "0"


class Metric(Shape):
    """A metric of an autoscaler, percent of what was requested."""

    percent: Annotated[int | None, at("resource/current/averageUtilization")] = None


class Autoscaler(Shape):
    """A HorizontalPodAutoscaler."""

    name: Annotated[str, at("metadata/name")]
    least: Annotated[int, at("spec/minReplicas")] = 1
    most: Annotated[int, at("spec/maxReplicas")]
    metrics: Annotated[tuple[Metric, ...], at("status/currentMetrics")] = ()

    @property
    def cpu_percent(self) -> int | None:
        """Of the processor time that was requested; None while no metrics are seen."""
        return next((metric.percent for metric in self.metrics if metric.percent is not None), None)


class Event(Shape):
    """Something that the cluster tells about an object."""

    about: Annotated[str, at("involvedObject/name")] = ""
    reason: str = ""
    message: str = ""
    seen: Annotated[datetime | None, at("lastTimestamp")] = None


class Fill(Shape):
    """A line of the fill sidecar's log."""

    time: datetime
    size: Annotated[int, at("bytes")]
    used: Annotated[int, at("bytes_used")]
    inodes: int | None = None
    inodes_used: Annotated[int | None, at("inodes_used")] = None


S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything that was read of a namespace at once."""

    sets: Mapping[str, Workload]
    deployments: Mapping[str, Workload]
    claims: Mapping[str, Claim]
    autoscalers: Mapping[str, Autoscaler]
    pods: Sequence[Pod]
    warnings: Sequence[Event]


def read(cluster: Reader, namespace: str) -> View:
    """Read a namespace in six calls.

    Raises:
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not read it.
    """

    def listed(group: str, plural: str, shape: type[S], **query: str) -> list[S]:
        found = cluster.get(f"/{group}/namespaces/{namespace}/{plural}", Items[shape], **query)
        return found.items if found else []

    return View(
        sets={held.name: held for held in listed("apis/apps/v1", "statefulsets", Workload)},
        deployments={held.name: held for held in listed("apis/apps/v1", "deployments", Workload)},
        claims={held.name: held for held in listed("api/v1", "persistentvolumeclaims", Claim)},
        autoscalers={held.name: held for held in listed("apis/autoscaling/v2", "horizontalpodautoscalers", Autoscaler)},
        pods=[pod for pod in listed("api/v1", "pods", Pod) if pod.deleted is None],
        warnings=listed("api/v1", "events", Event, fieldSelector="type=Warning"),
    )


GIB = 2**30


def gib(quantity: str) -> float:
    """What Kubernetes spells as a quantity, for example `50Gi`, in GiB."""
    from kubernetes.utils import parse_quantity  # pyright: ignore[reportUnknownVariableType] (it has no annotations)

    return float(parse_quantity(quantity)) / GIB


def log(cluster: LogReader, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False) -> str:
    """The last lines of a container's log; empty where it has none, or had no earlier run."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
    query = {"container": container, "tailLines": str(lines), "previous": str(previous).lower()}
    return cluster.text(path, **query) or ""


def last_fill(text: str) -> Fill | None:
    """The newest complete line of a fill sidecar's log."""
    for line in reversed(text.splitlines()):
        try:
            return Fill.model_validate_json(line)
        except ValidationError:
            continue
    return None
