"""The cluster: Jobs, CronJobs, Pods and the fill of volumes are read, one ConfigMap is written."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from . import loose
from .model import CronFact, FillFact, Job, JobFact, JobState, ShipperFact, Store

TIMEOUT_SECONDS = 10
HEALTH = "ladder-health"
REPORT = "report.json"
OURS = "app.kubernetes.io/name=ladder-backup"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
JOB_NAME = "batch.kubernetes.io/job-name"


class Unreadable(Exception):  # noqa: N818 (what the cluster is)
    """The cluster did not answer, or not with what was asked for."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The API server, asked as the pod's own service account.

    Attributes:
        url: Without a slash at its end.
        token: File of the token; read at each call, because the kubelet renews it.
        namespace: The only one that is asked about.
        trust: In the server's certificate.
    """

    url: str
    token: Path
    namespace: str
    trust: ssl.SSLContext | None = None

    def listed(self, group: str, plural: str) -> list[object]:
        """Every object of Ladder's backups."""
        path = f"/{group}/namespaces/{self.namespace}/{plural}?{urlencode({'labelSelector': OURS})}"
        return list(loose.values(loose.parse(self._ask("GET", path)), "items"))

    def log(self, pod: str, container: str, lines: int) -> str:
        """The last lines of a container's log; empty where it has none yet, or there is no such pod."""
        query = urlencode({"container": container, "tailLines": lines})
        return self._ask("GET", f"/api/v1/namespaces/{self.namespace}/pods/{quote(pod)}/log?{query}", absent=(400, 404))

    def report(self) -> str:
        """What was last written."""
        return loose.text(loose.parse(self._ask("GET", self._health)), "data", REPORT)

    def write(self, report: str) -> None:
        """Write it; the object itself was made by whoever made this pod."""
        body = {"data": {REPORT: report}}
        self._ask("PATCH", f"{self._health}?fieldManager=ladder-watchdog", body)

    @property
    def _health(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/configmaps/{HEALTH}"

    def _ask(self, method: str, path: str, body: object = None, absent: Iterable[int] = ()) -> str:
        request = urllib.request.Request(  # noqa: S310 (the address is the pod's own API server)
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={
                "Authorization": f"Bearer {self.token.read_text().strip()}",
                "Accept": "application/json, */*",
                "Content-Type": "application/merge-patch+json",
            },
        )
        where = path.partition("?")[0]
        try:
            with urllib.request.urlopen(  # noqa: S310 (as above)
                request, timeout=TIMEOUT_SECONDS, context=self.trust
            ) as answer:
                return str(answer.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                said = loose.text(loose.parse(error.read().decode(errors="replace")), "message")
            if error.code in absent:
                return ""
            raise Unreadable(f"{method} {where} was answered with {error.code}: {said}") from None
        except OSError as error:
            raise Unreadable(f"{method} {where}: {getattr(error, 'reason', error)}") from None


def cron_jobs(api: Api) -> dict[tuple[str, Job], CronFact]:
    """By name of the store and job."""
    found: dict[tuple[str, Job], CronFact] = {}
    for one in api.listed("apis/batch/v1", "cronjobs"):
        store, _, job = loose.text(one, "metadata", "name").rpartition("-")
        created = loose.moment(one, "metadata", "creationTimestamp")
        if job in list(Job) and created:
            found[store, Job(job)] = CronFact(
                created=created,
                suspended=loose.yes(one, "spec", "suspend"),
                scheduled=loose.moment(one, "status", "lastScheduleTime"),
            )
    return found


def shippers(api: Api) -> dict[str, ShipperFact]:
    """The newest pod that ships, by name of the store."""
    found: dict[str, ShipperFact] = {}
    for pod in sorted(api.listed("api/v1", "pods"), key=lambda one: loose.text(one, "metadata", "creationTimestamp")):
        labels = loose.mapping(pod, "metadata", "labels")
        created = loose.moment(pod, "metadata", "creationTimestamp")
        if loose.text(labels, COMPONENT) != "ship" or created is None:
            continue
        conditions = loose.values(pod, "status", "conditions")
        ready = next((it for it in conditions if loose.text(it, "type") == "Ready"), None)
        said = _of_pod(pod)
        found[loose.text(labels, INSTANCE)] = ShipperFact(
            ready=loose.text(ready, "status") == "True",
            since=loose.moment(ready, "lastTransitionTime") or created,
            why=said.why or said.waiting,
            fix=said.fix,
        )
    return found


def jobs(api: Api) -> list[tuple[str, JobFact]]:
    """Every Job of Ladder's backups, with the name of its store."""
    words = _words(api.listed("api/v1", "pods"))
    return [fact for one in api.listed("apis/batch/v1", "jobs") if (fact := _job(one, words))]


def _job(value: object, words: "Mapping[str, _Words]") -> tuple[str, JobFact] | None:
    labels = loose.mapping(value, "metadata", "labels")
    kind, name = loose.text(labels, COMPONENT), loose.text(value, "metadata", "name")
    started = loose.moment(value, "status", "startTime") or loose.moment(value, "metadata", "creationTimestamp")
    if kind not in list(Job) or started is None:
        return None
    said = words.get(name, _Words())
    failure = _condition(value, "Failed")
    state = JobState.FAILED if failure else JobState.GOOD if _condition(value, "Complete") else JobState.ACTIVE
    ended = failure or _condition(value, "Complete") or {}
    return loose.text(labels, INSTANCE), JobFact(
        job=Job(kind),
        name=name,
        state=state,
        started=started,
        finished=loose.moment(ended, "lastTransitionTime") or loose.moment(value, "status", "completionTime"),
        deadline=loose.whole(value, "spec", "activeDeadlineSeconds"),
        why=_why(ended, said),
        fix=said.fix,
        code=said.code,
        waiting=said.waiting,
    )


def _why(ended: Mapping[str, object], said: "_Words") -> str:
    """The job's own words; the cluster's, where it had no chance to say any."""
    if loose.text(ended, "reason") == "DeadlineExceeded":
        return "it took longer than it may, and was ended"
    return said.why or loose.text(ended, "message")


def _condition(value: object, name: str) -> Mapping[str, object] | None:
    for one in loose.values(value, "status", "conditions"):
        if loose.text(one, "type") == name and loose.text(one, "status") == "True":
            return loose.mapping(one)
    return None


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the newest pod of a job says."""

    why: str = ""
    fix: str = ""
    code: int | None = None
    waiting: str = ""


def _words(pods: Iterable[object]) -> dict[str, _Words]:
    """By name of the job."""
    found: dict[str, _Words] = {}
    for pod in sorted(pods, key=lambda one: loose.text(one, "metadata", "creationTimestamp")):
        name = loose.text(pod, "metadata", "labels", JOB_NAME) or loose.text(pod, "metadata", "labels", "job-name")
        words = _of_pod(pod)
        if name and (words != _Words() or name not in found):
            found[name] = words
    return found


def _of_pod(pod: object) -> _Words:
    why, waiting = "", ""
    for one in (
        *loose.values(pod, "status", "initContainerStatuses"),
        *loose.values(pod, "status", "containerStatuses"),
    ):
        state = loose.mapping(one, "state")
        # What goes on for ever has its last words behind it.
        ended = loose.mapping(state, "terminated") or loose.mapping(one, "lastState", "terminated")
        message = loose.text(ended, "message").strip()
        said = loose.mapping(loose.parse(message.splitlines()[-1] if message else ""))
        if said:
            code = loose.whole(said, "code")
            return _Words(why=loose.text(said, "why"), fix=loose.text(said, "fix"), code=code)
        if code := loose.whole(ended, "exitCode"):
            reason = loose.text(ended, "reason")
            why = f"{loose.text(one, 'name')} ended with {code}" + (f" ({reason})" if reason != "Error" else "")
        held = loose.mapping(state, "waiting")
        if loose.text(held, "reason") not in ("", "ContainerCreating", "PodInitializing"):
            waiting = f"{loose.text(held, 'reason')}: {loose.text(held, 'message')}"
    for one in loose.values(pod, "status", "conditions"):
        if loose.text(one, "type") == "PodScheduled" and loose.text(one, "status") == "False":
            waiting = f"no node takes it: {loose.text(one, 'message')}"
    if loose.text(pod, "status", "phase") == "Pending" and not waiting:
        waiting = "its pod does not start"
    return _Words(why=why, waiting=waiting)


def fills(api: Api, store: Store) -> dict[str, FillFact]:
    """The newest whole line of each member's fill sidecar."""
    found: dict[str, FillFact] = {}
    for volume in store.volumes:
        for line in reversed(api.log(volume.pod, "fill", 3).splitlines()):
            if fill := _fill(loose.parse(line)):
                found[volume.pod] = fill
                break
    return found


def _fill(line: object) -> FillFact | None:
    time: datetime | None = loose.moment(line, "time")
    size, used = loose.whole(line, "bytes"), loose.whole(line, "bytes_used")
    if time is None or size is None or used is None:
        return None
    return FillFact(
        time=time,
        size=size,
        used=used,
        inodes=loose.whole(line, "inodes"),
        inodes_used=loose.whole(line, "inodes_used"),
    )
