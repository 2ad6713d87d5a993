"""The work of a store's jobs: whether it is done in time, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import times
from .model import CronFact, Finding, Job, JobFact, JobState, Severity, Store
from .part import Part, worst_first

LATE_FACTOR = 2
"""So many intervals after the last time it is late: one failure that the next try mends is no reason to get up."""
PAGE_FACTOR = 3
START_GRACE = timedelta(minutes=10)
"""How much later than its time the cluster may start a job, and a pod may stand still."""
HUNG_SHARE = 0.5
"""Of the time after which the cluster ends it: a job that took so much will likely not end by itself."""

SUSPICIOUS, DIFFERENT = 23, 40
"""Exit codes of scripts that say: do not trust what you have."""

NOT_SHIPPED = 25

RUNBOOK = "docs/runbooks/failed-backup.md"
RUNBOOKS = {DIFFERENT: "docs/runbooks/corrupt-repository.md", NOT_SHIPPED: "docs/runbooks/dead-shipper.md"}


@dataclass(frozen=True, kw_only=True)
class WorkArgs:
    """One kind of work of one store.

    Attributes:
        store: Whose.
        job: Which.
        cron_job: Its CronJob; None where there is none.
        jobs: Its Jobs.
        last: When it was last done, as the repository tells.
        told: Whether the repository ever told.
        asleep: Since when its CronJob is missing or suspended.
        watched: Since when it has its schedule: what was due before is not asked for.
        now: The time.
    """

    store: Store
    job: Job
    cron_job: CronFact | None
    jobs: Sequence[JobFact]
    last: datetime | None
    told: bool
    asleep: datetime | None
    watched: datetime
    now: datetime


def work(args: WorkArgs) -> Finding | None:
    """What is to be said of one kind of work: one finding, however much is wrong with it."""
    parts = worst_first((_late(args), _failed(args), _hung(args), _unscheduled(args)))
    if not parts:
        return None
    worst, *rest = parts
    words = [worst.why, *(f"{part.title}: {part.why}" if part.why else part.title for part in rest)]
    suspended = args.cron_job is None or args.cron_job.suspended
    return Finding(
        store=args.store.kind,
        subject=args.job,
        severity=worst.severity,
        title=worst.title,
        why="; ".join(filter(None, words)),
        fix=next((part.fix for part in parts if part.fix), ""),
        since=min(part.since for part in parts),
        next_try=None if suspended else times.after(args.store.schedules[args.job], args.now),
        runbook=worst.runbook or RUNBOOK,
    )


def _late(args: WorkArgs) -> Part | None:
    """Too long since it was last done; counted from the CronJob's making where it never was."""
    schedule = args.store.schedules[args.job]
    every = times.interval(schedule, args.now)
    since = args.last or (args.cron_job.created if args.cron_job else None)
    if args.job not in (Job.BACKUP, Job.VERIFY) or not args.told or every is None or since is None:
        return None
    age = args.now - since
    if age <= LATE_FACTOR * every:
        return None
    noun = "backup" if args.job is Job.BACKUP else "proof of restore"
    expected = f"({times.every(every)} expected)"
    if args.last:
        title = f"no {noun} for {times.duration(age)} {expected}"
    else:
        title = f"there never was a {noun}, {times.duration(age)} after the first was planned {expected}"
    return Part(severity=Severity.CRITICAL if age > PAGE_FACTOR * every else Severity.WARNING, title=title, since=since)


def _failed(args: WorkArgs) -> Part | None:
    """The last job that ended failed, and nothing better came since."""
    ended = [one for one in args.jobs if one.state is not JobState.ACTIVE and one.finished]
    last = max(ended, key=lambda one: one.finished or one.started, default=None)
    if last is None or last.state is not JobState.FAILED or (args.last and args.last > (last.finished or last.started)):
        return None
    grave = last.code in (SUSPICIOUS, DIFFERENT)
    return Part(
        severity=Severity.CRITICAL if grave else Severity.WARNING,
        title=f"last job {last.name} failed",
        why=last.why or "it left no word",
        fix=last.fix,
        since=last.finished or last.started,
        runbook=RUNBOOKS.get(last.code or 0, RUNBOOK),
    )


def _hung(args: WorkArgs) -> Part | None:
    """A job that stands still, or runs for so long that it will likely not end by itself."""
    for one in args.jobs:
        if one.state is not JobState.ACTIVE:
            continue
        age = args.now - one.started
        if one.waiting and age > START_GRACE:
            title = f"job {one.name} cannot start for {times.duration(age)}"
            return Part(severity=Severity.WARNING, title=title, why=one.waiting, since=one.started)
        if one.deadline and age.total_seconds() > HUNG_SHARE * one.deadline:
            title = f"job {one.name} runs for {times.duration(age)}"
            why = f"it is ended after {times.duration(timedelta(seconds=one.deadline))}"
            return Part(severity=Severity.WARNING, title=title, why=why, since=one.started)
    return None


def _unscheduled(args: WorkArgs) -> Part | None:
    """A CronJob that is gone, asleep, or passed over by the cluster; one still at work may be passed over."""
    name = f"CronJob {args.store.name}-{args.job}"
    held = args.cron_job
    if held is None or args.asleep:
        since = args.asleep or args.now
        if args.now - since < START_GRACE:
            return None
        severity = Severity.WARNING if held else Severity.CRITICAL
        title = f"{name} is {'suspended' if held else 'missing'}"
        return Part(severity=severity, title=title, since=since, fix="pulumi up --refresh  puts it back")
    due = times.before(args.store.schedules[args.job], args.now - START_GRACE)
    if due is None or due <= max(held.created, args.watched) or (held.scheduled and held.scheduled >= due):
        return None
    if any(one.state is JobState.ACTIVE for one in args.jobs):
        return None
    title = f"{name} was not started at {times.clock(due, args.now)} UTC"
    fix = f"kubectl describe cronjob {args.store.name}-{args.job}  shows its events"
    return Part(severity=Severity.WARNING, title=title, since=due, fix=fix)
