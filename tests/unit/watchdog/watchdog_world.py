"""A stack as the watchdog sees it: one PostgreSQL of which everything is well, and changes to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from components.backups.watchdog.program.judge import judge
from components.backups.watchdog.program.model import (
    Config,
    CronFact,
    Facts,
    FillFact,
    Finding,
    Job,
    JobFact,
    JobState,
    Judgement,
    Memory,
    RepositoryFact,
    Run,
    Store,
    StoreFacts,
    Volume,
)

NOW = datetime(2026, 3, 4, 14, 12, tzinfo=UTC)
"""A Wednesday."""
GIB = 2**30
LONG_AGO = NOW - timedelta(days=30)
VOLUME = Volume(pod="postgres-0", claim="data-postgres-0", gib=10)
STORE = Store(
    kind="postgres",
    name="postgres",
    schedules={Job.BACKUP: "0 * * * *", Job.VERIFY: "30 3 * * 0", Job.PRUNE: "30 5 * * 0"},
    volumes=[VOLUME],
)
CONFIG = Config(stack="prod", namespace="ladder-prod", stores=[STORE])
SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)
WATCHED = Memory(seen={f"postgres/{job} at {cron}": LONG_AGO for job, cron in STORE.schedules.items()})
"""A memory that has had the schedules for long."""


def at(hour: int, minute: int = 0) -> datetime:
    return NOW.replace(hour=hour, minute=minute)


def run(time: datetime, **more: Any) -> Run:
    return Run(id=f"{time:%Y%m%dT%H%M%SZ}-abcdef", time=time, bytes=1000, lines=41, **more)


def fill(percent: float = 31, *, gib: float = 10, age: timedelta = timedelta(seconds=40), inodes: int = 3) -> FillFact:
    size = int(gib * GIB)
    return FillFact(time=NOW - age, size=size, used=int(size * percent / 100), inodes=100, inodes_used=inodes)


def cron_jobs(**changes: CronFact | None) -> dict[Job, CronFact]:
    held: dict[str, CronFact | None] = {
        "backup": CronFact(created=LONG_AGO, scheduled=at(14)),
        "verify": CronFact(created=LONG_AGO, scheduled=SUNDAY.replace(hour=3, minute=30)),
        "prune": CronFact(created=LONG_AGO, scheduled=SUNDAY.replace(hour=5, minute=30)),
        **changes,
    }
    return {Job(name): fact for name, fact in held.items() if fact}


def job(hour: int, state: JobState = JobState.FAILED, kind: Job = Job.BACKUP, **more: Any) -> JobFact:
    finished = None if state is JobState.ACTIVE else at(hour, 1)
    values = {"started": at(hour), "finished": finished, "deadline": 10800, **more}
    return JobFact(job=kind, name=f"postgres-{kind}-{hour}", state=state, **values)


WELL = StoreFacts(
    cron_jobs=cron_jobs(),
    repository=RepositoryFact(runs=[run(at(13)), run(at(14), verified=SUNDAY.replace(hour=4))]),
    fills={"postgres-0": fill()},
)


def facts(unseen: str = "", **changes: Any) -> Facts:
    return Facts(stores={"postgres": replace(WELL, **changes)}, unseen=unseen)


def look(memory: Memory = WATCHED, now: datetime = NOW, unseen: str = "", **changes: Any) -> Judgement:
    return judge(CONFIG, facts(unseen, **changes), memory, now)


def only(found: Judgement | Sequence[Finding]) -> Finding:
    findings = found.findings if isinstance(found, Judgement) else found
    assert len(findings) == 1, findings
    return findings[0]


def repository(*runs: Run, **more: Any) -> Mapping[str, RepositoryFact]:
    return {"repository": RepositoryFact(runs=list(runs), **more)}
