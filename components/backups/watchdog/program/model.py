"""What the watchdog is told, what it sees, what it concludes, and what it remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Job(StrEnum):
    """A scheduled job of a store."""

    BACKUP = "backup"
    VERIFY = "verify"
    PRUNE = "prune"
    BASE = "base"
    TRIM = "trim"


class Severity(StrEnum):
    """How soon somebody must look; `rank` orders them."""

    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(Severity).index(self)


# ------------------------------------------------------------------------------------------ told


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume whose fill the pod's sidecar tells; `gib` as claimed."""

    pod: str
    claim: str
    gib: float


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store; `schedules` are cron texts, empty where it has no backups. With `ships` its writes are shipped."""

    kind: str
    name: str
    schedules: Mapping[Job, str] = field(default_factory=dict[Job, str])
    ships: bool = False
    volumes: Sequence[Volume] = ()


@dataclass(frozen=True, kw_only=True)
class Config:
    """What is watched; `format` is that of the webhook."""

    stack: str
    namespace: str
    stores: Sequence[Store]
    format: str = "slack"


# ------------------------------------------------------------------------------------------ seen


@dataclass(frozen=True, kw_only=True)
class CronFact:
    """A CronJob."""

    created: datetime
    suspended: bool = False
    scheduled: datetime | None = None


class JobState(StrEnum):
    """How a Job stands."""

    ACTIVE = "active"
    GOOD = "good"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class JobFact:
    """A Job, with the last words of its pod.

    Attributes:
        deadline: Seconds after which the cluster ends it.
        why: What its script, or the cluster, says went wrong.
        fix: What its script advises.
        code: Its script's exit code.
        waiting: Why its pod does not run.
    """

    job: Job
    name: str
    state: JobState
    started: datetime
    finished: datetime | None = None
    deadline: int | None = None
    why: str = ""
    fix: str = ""
    code: int | None = None
    waiting: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run in the repository: `good` when all of it is there and nothing about it is suspicious."""

    id: str
    time: datetime
    good: bool = True
    bytes: int | None = None
    lines: int | None = None
    verified: datetime | None = None


class Trouble(StrEnum):
    """Why a repository tells nothing."""

    ABSENT = "absent"
    PASSWORD = "password"  # noqa: S105 (a kind of trouble)
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class RepositoryFact:
    """A repository; with `trouble` the rest is unknown. `stale` is the time of the oldest lock nobody renews."""

    runs: Sequence[Run] = ()
    trouble: Trouble | None = None
    words: str = ""
    stale: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ShipperFact:
    """The pod that ships; `ready` by its own word, and `since` when that is so."""

    ready: bool
    since: datetime
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class LogFact:
    """The repository of shipped writes: of the server that shipped last.

    Attributes:
        until: Everything that was written before it is there.
        since: From here on every moment can be had.
        base: As of when the newest base is.
        lost: When the newest gap was marked.
    """

    until: datetime | None = None
    since: datetime | None = None
    base: datetime | None = None
    lost: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FillFact:
    """A line of a fill sidecar."""

    time: datetime
    size: int
    used: int
    inodes: int | None = None
    inodes_used: int | None = None


@dataclass(frozen=True, kw_only=True)
class StoreFacts:
    """Everything seen of one store; fills by pod, absent where nothing is told."""

    cron_jobs: Mapping[Job, CronFact] = field(default_factory=dict[Job, CronFact])
    jobs: Sequence[JobFact] = ()
    repository: RepositoryFact | None = None
    fills: Mapping[str, FillFact] = field(default_factory=dict[str, FillFact])
    shipper: ShipperFact | None = None
    log: LogFact = LogFact()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything seen; `unseen` says why the cluster tells nothing, and only repositories are known then."""

    stores: Mapping[str, StoreFacts]
    unseen: str = ""


# ------------------------------------------------------------------------------------------ concluded


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that somebody should know.

    Attributes:
        store: Its kind; empty for what concerns the whole stack.
        subject: What it is about: a store has at most one finding of each subject.
        title: What is wrong, in a line.
        why: The last words of what failed.
        fix: What to do.
        since: When it began.
        next_try: When it is tried again by itself.
        runbook: Where the steps stand.
    """

    store: str
    subject: str
    severity: Severity
    title: str
    since: datetime
    why: str = ""
    fix: str = ""
    next_try: datetime | None = None
    runbook: str

    @property
    def key(self) -> str:
        """By which it is remembered."""
        return f"{self.store}/{self.subject}"


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A volume, now and as it goes on; `full_in_days` only where enough is known and it grows."""

    claim: str
    pod: str
    percent: int | None = None
    size: int | None = None
    used: int | None = None
    inodes_percent: int | None = None
    shared: bool = False
    full_in_days: float | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a store's runs, also while its repository does not answer."""

    last: Run | None = None
    verified: Run | None = None
    runs: int = 0


@dataclass(frozen=True, kw_only=True)
class Told:
    """A finding that people were told of."""

    store: str
    subject: str
    severity: Severity
    since: datetime
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What outlives a restart.

    Attributes:
        told: By key.
        seen: Since when each finding, or what may become one, is seen.
        samples: By claim, the fill as (seconds since 1970, bytes), oldest first.
        known: By kind of store.
    """

    told: Mapping[str, Told] = field(default_factory=dict[str, Told])
    seen: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    samples: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict[str, Sequence[tuple[int, int]]])
    known: Mapping[str, Known] = field(default_factory=dict[str, Known])


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the facts come to; `memory` is the new one, less what people are told now."""

    findings: Sequence[Finding]
    volumes: Mapping[str, Sequence[Forecast]]
    memory: Memory
