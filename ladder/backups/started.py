"""The jobs that a cluster holds, and the time in which they run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol

from infra.cluster_api import Items, Shape, at
from ladder.cluster_view import LogReader


class Cluster(LogReader, Protocol):
    """Reads objects and logs of one cluster, and writes jobs."""

    def send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> tuple[int, bytes]:
        """Ask once and return status and body."""
        ...


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time, so that tests need none."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


REAL = Clock()


class Condition(Shape):
    """How a job ended, or what else is known of it."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


class _Variable(Shape):
    name: str
    value: str = ""


class Job(Shape):
    """A job in the cluster."""

    name: Annotated[str, at("metadata/name")] = ""
    created: Annotated[datetime | None, at("metadata/creationTimestamp")] = None
    deleted: Annotated[datetime | None, at("metadata/deletionTimestamp")] = None
    container: Annotated[str, at("spec/template/spec/containers/0/name")] = ""
    variables: Annotated[tuple[_Variable, ...], at("spec/template/spec/containers/0/env")] = ()
    conditions: Annotated[tuple[Condition, ...], at("status/conditions")] = ()

    @property
    def env(self) -> dict[str, str]:
        """What it was started with."""
        return {it.name: it.value for it in self.variables}

    @property
    def ended(self) -> Condition | None:
        """How it ended; None while it goes on."""
        return next((it for it in self.conditions if it.type in {"Complete", "Failed"} and it.status == "True"), None)


def started(cluster: Cluster, namespace: str, cron_job: str) -> list[Job]:
    """The jobs that were made of `cron_job` and are still there, oldest first."""
    held = cluster.get(path_of(namespace), Items[Job])
    found = [it for it in held.items if it.name.rpartition("-")[0] == cron_job] if held else []
    return sorted(found, key=lambda it: (it.created or datetime.min.replace(tzinfo=UTC), it.name))


def delete(cluster: Cluster, namespace: str, name: str, clock: Clock = REAL) -> None:
    """End a job, and wait until its pods are gone."""
    path = f"{path_of(namespace)}/{name}"
    cluster.send("DELETE", path, {"propagationPolicy": "Foreground"})
    while cluster.get(path, Job) is not None:
        clock.sleep(1)


def path_of(namespace: str) -> str:
    """Where the jobs of a namespace are."""
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"
