"""What keeps pods from being ready, in words that name the setting to change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ladder import cluster_view
from ladder.cluster_view import ContainerStatus, Event, LogReader, Pod

NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
REFUSED = "REFUSED:"
"""How our start scripts begin the lines in which they say why they do not start a server."""
LONGEST = 200
"""Characters of a message of the cluster's that are shown."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose pods they are.

    Attributes:
        namespace: Where they live.
        key: The settings that shape them, for example `ladder:postgres`.
        name: Of their StatefulSet or Deployment.
    """

    namespace: str
    key: str
    name: str


def of(cluster: LogReader, place: Place, pods: Sequence[Pod], warnings: Sequence[Event]) -> list[str]:
    """Everything that keeps `pods` from being ready, worst first known; a pod that only starts is no trouble."""
    found = [words for pod in pods if not pod.ready for words in _pod(cluster, place, pod, warnings)]
    if not pods and (told := _told(place.name, warnings)):
        found.append(f"{place.name}: no pod was made: {told}")
    return list(dict.fromkeys(found))


def _pod(cluster: LogReader, place: Place, pod: Pod, warnings: Sequence[Event]) -> Iterator[str]:
    for condition in pod.conditions:
        if condition.type == "PodScheduled" and condition.status == "False":
            yield f"{pod.name}: no node takes it: {_short(condition.message)}"
    statuses = (*pod.init_statuses, *pod.statuses)
    told = [words for status in statuses if (words := _container(cluster, place, pod.name, status))]
    yield from told
    # A volume that cannot be mounted shows only in the events.
    starting = any(status.waiting in {"ContainerCreating", "PodInitializing"} for status in statuses)
    if starting and not told and (event := _told(pod.name, warnings)):
        yield f"{pod.name}: {event}"


def _container(cluster: LogReader, place: Place, pod: str, status: ContainerStatus) -> str | None:
    if status.waiting in NO_IMAGE:
        why = _short(status.waiting_message) or status.waiting
        return f"{pod}: image {status.image} cannot be pulled: {why} → {place.key}.image"
    if status.waiting in {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}:
        return f"{pod}: container {status.name} cannot be started: {_short(status.waiting_message)}"
    if status.ready or status.restart_count == 0:
        return None
    if "OOMKilled" in (status.ended, status.last_ended):
        return f"{pod}: killed for using more memory than it may → {place.key}.memory_mib"
    return f"{pod}: {status.name} ended {_times(status.restart_count)}: {_last_words(cluster, place, pod, status)}"


def _last_words(cluster: LogReader, place: Place, pod: str, status: ContainerStatus) -> str:
    """Why the server says that it did not start; only our own scripts are quoted, never a server's log."""
    text = cluster_view.log(cluster, place.namespace, pod, status.name, lines=50, previous=True)
    said = [line.removeprefix(REFUSED).strip() for line in text.splitlines() if line.startswith(REFUSED)]
    if said:
        return _short(" ".join(said))
    code = status.exit_code if status.exit_code is not None else status.last_exit_code
    return f"exit code {code}; read kubectl -n {place.namespace} logs {pod} -c {status.name} --previous"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _told(about: str, warnings: Sequence[Event]) -> str | None:
    """The newest warning about an object."""
    told = [event for event in warnings if event.about == about and event.seen]
    newest = max(told, key=lambda event: event.seen.timestamp() if event.seen else 0, default=None)
    return f"{newest.reason}: {_short(newest.message)}" if newest else None


def _short(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
