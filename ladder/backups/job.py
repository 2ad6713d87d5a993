"""Starts a job from the CronJob that describes it, and follows it to its end.

What runs by hand is what runs by night: the same pod, image, script and rights; only its environment may differ.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from components import labels
from infra.cluster_api import ClusterError, Items, Shape, at, message
from ladder.backups.started import REAL, Clock, Cluster, Condition, Job, path_of
from ladder.cluster_view import Pod
from ladder.errors import Exit, LadderError

START_SECONDS = 300
"""How long a pod may take to run: an image must be pulled, a node may have to be made."""


class Result(Shape):
    """The line by which a job is judged; `code` is that of the script, 0 when it is good."""

    ok: bool
    run: str = ""
    code: int = 0
    why: str = ""
    fix: str = ""
    seconds: int = 0
    bytes: int = 0
    lines: int = 0
    amount: int = 0
    ended: int = 0
    into: str = ""
    saved: str = ""
    kept: str = ""
    at: str = ""
    receipt: str = ""
    rows: int = 0
    keys: int = 0
    fingerprint: str = ""
    copy_seconds: Annotated[float, Field(alias="copy_seconds")] = 0
    pause_seconds: Annotated[float, Field(alias="pause_seconds")] = 0
    open: bool | None = None
    obstacles: tuple[tuple[str, str], ...] = ()


class Run(Shape):
    """A run in the repository, as the job `list` tells it; sizes in bytes before deduplication."""

    run: str
    time: datetime
    state: str
    bytes: int
    lines: int
    verified: datetime | None = None


class Stretch(Shape):
    """Between these every moment can be had; the job `list` tells it."""

    since: Annotated[datetime, at("from")]
    until: Annotated[datetime, at("to")]


class _Template(Shape):
    uid: Annotated[str, at("metadata/uid")]
    spec: Annotated[dict[str, JsonValue], at("spec/jobTemplate/spec")]
    labels: Annotated[dict[str, str], at("spec/jobTemplate/metadata/labels")] = Field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Following:
    """A job that was started.

    Attributes:
        cluster: Where it runs.
        namespace: Of the stack.
        name: Of the job.
        container: Whose log counts.
        tell: Is given each new line of its log.
        clock: Time.
    """

    cluster: Cluster
    namespace: str
    name: str
    container: str
    tell: Callable[[str], None]
    clock: Clock = REAL

    def result(self) -> tuple[Result, Sequence[str]]:
        """Wait for its end.

        Returns:
            What it said of itself, and its whole log.

        Raises:
            LadderError: It ended without a word, or never ran.
        """
        shown: list[str] = []
        began = self.clock.now()
        while True:
            job = self.cluster.get(f"{path_of(self.namespace)}/{self.name}", Job)
            pod = self._pod()
            if pod is not None:
                shown += self._new_lines(pod, len(shown))
            if job is None:
                raise self._failed("was deleted while it ran")
            if job.ended:
                return self._judge(job.ended, pod, shown), shown
            if not shown and self.clock.now() - began > START_SECONDS:
                raise self._failed(f"did not begin within {START_SECONDS} s ({_fate(pod)}); it was left as it is")
            self.clock.sleep(1)

    def told(self) -> Result | None:
        """What one that has ended said of itself, where that is still known."""
        pod = self._pod()
        return _report(held.last_words for held in pod.statuses) if pod else None

    def _judge(self, ended: Condition, pod: Pod | None, log: Sequence[str]) -> Result:
        told = [held.last_words for held in pod.statuses] if pod else []
        if found := _report((*told, *reversed(log))):
            return found
        raise self._failed(f"ended without a word: {ended.reason} {ended.message} ({_fate(pod)})".strip())

    def _new_lines(self, pod: Pod, known: int) -> list[str]:
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod.name}/log"
        try:
            text = self.cluster.text(path, container=self.container) or ""
        except ClusterError:
            return []  # its node is not ready to tell; the job goes on all the same
        # What has no end yet may be half a line.
        new = text[: text.rfind("\n") + 1].splitlines()[known:]
        for line in new:
            if not line.startswith("{"):
                self.tell(line)
        return new

    def _pod(self) -> Pod | None:
        """The newest pod of the job."""
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        found = self.cluster.get(path, Items[Pod], labelSelector=f"job-name={self.name}")
        return found.items[-1] if found and found.items else None

    def _failed(self, why: str) -> LadderError:
        look = f"kubectl --namespace {self.namespace} describe job {self.name}"
        return LadderError(Exit.FAILED, f"job {self.name} {why}\n    fix: {look}")


def _report(lines: Iterable[str]) -> Result | None:
    for line in lines:
        try:
            return Result.model_validate_json(line)
        except ValidationError:
            continue
    return None


def start(
    cluster: Cluster,
    namespace: str,
    cron_job: str,
    env: Mapping[str, str],
    tell: Callable[[str], None],
    clock: Clock = REAL,
    missing: str = "this store is not backed up",
    fix: str = "set ladder:vault, and run pulumi up",
) -> Following:
    """Start a job as `cron_job` describes it, once, with these environment variables instead of its own.

    `missing` and `fix` are what a person is told where there is no such CronJob.

    Raises:
        LadderError: There is no such CronJob, or the cluster does not take the job.
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not make jobs.
    """
    template = cluster.get(f"/apis/batch/v1/namespaces/{namespace}/cronjobs/{cron_job}", _Template)
    if template is None:
        raise LadderError(
            Exit.MISSING,
            f"{namespace} has no CronJob {cron_job}: {missing}, or `pulumi up` has not finished\n    fix: {fix}",
        )
    name = f"{cron_job}-{secrets.token_hex(4)}"
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron_job, "uid": template.uid, "controller": True}
    metadata = {
        "name": name,
        "labels": template.labels | {labels.MANAGED_BY: "ladder"},
        "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
        # The CronJob's own limits then remove old ones, and a run by the clock waits for one by hand.
        "ownerReferences": [owner],
    }
    # A person watches: the first failure is told, not tried again.
    spec, container = _with_env(template.spec, env)
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec | {"backoffLimit": 0}}
    status, answer = cluster.send("POST", path_of(namespace), {}, body)
    if status >= 300:
        raise LadderError(Exit.FAILED, f"the cluster does not take the job {name}: {message(answer)}")
    return Following(cluster=cluster, namespace=namespace, name=name, container=container, tell=tell, clock=clock)


def runs(log: Sequence[str]) -> list[Run]:
    """The runs that a job `list` printed, oldest first."""
    return [Run.model_validate_json(line) for line in log if line.startswith('{"run"')]


def stretches(log: Sequence[str]) -> list[Stretch]:
    """What a job `list` printed of the shipped log, oldest first."""
    return [Stretch.model_validate_json(line) for line in log if line.startswith('{"from"')]


def written(at: datetime) -> str:
    """A moment as jobs take it: of one width, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _with_env(spec: Mapping[str, JsonValue], env: Mapping[str, str]) -> tuple[dict[str, object], str]:
    """The spec of a job with other values of environment variables, and the name of its container.

    Raises:
        LadderError: A variable is not the job's: it comes from another version of Ladder.
    """
    changed = json.loads(json.dumps(spec))
    (container,) = changed["template"]["spec"]["containers"]
    held = {it["name"]: it for it in container.get("env", ())}
    if missing := sorted(set(env) - set(held)):
        raise LadderError(
            Exit.FAILED,
            f"the job does not know {', '.join(missing)}: the stack was brought up by another version of Ladder\n"
            "    fix: run pulumi up, and try again",
        )
    for name, value in env.items():
        held[name]["value"] = value
    return changed, container["name"]


def _fate(pod: Pod | None) -> str:
    """What is known of a pod that told nothing."""
    return ", ".join(_words(pod)) if pod else "no pod was made"


def _words(pod: Pod) -> Iterator[str]:
    yield f"its pod is {pod.phase or 'unknown'}"
    for held in (*pod.init_statuses, *pod.statuses):
        if held.waiting and held.waiting != "PodInitializing":
            yield f"{held.name}: {held.waiting} {held.waiting_message}".strip()
        if held.ended and held.exit_code:
            yield f"{held.name}: {held.ended}, exit code {held.exit_code}"
    for condition in pod.conditions:
        if condition.type == "PodScheduled" and condition.status == "False":
            yield condition.message
