"""What the facts come to: pure, from what was seen, what is remembered, and the time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from . import shipping, times, volumes
from .model import (
    Config,
    Facts,
    FillFact,
    Finding,
    Forecast,
    Job,
    Judgement,
    Known,
    Memory,
    RepositoryFact,
    Run,
    Severity,
    Store,
    StoreFacts,
    Trouble,
)
from .shipping import ShippingArgs
from .work import WorkArgs, work

PATIENCE = timedelta(minutes=10)
"""How long a repository or the cluster may be silent before it is spoken of."""
LONG_SILENCE = timedelta(hours=1)
CLOCKS = timedelta(minutes=15)
"""A run dated further in the future says that clocks differ."""


def judge(config: Config, facts: Facts, memory: Memory, now: datetime) -> Judgement:
    """Everything that somebody should know, and what is to be remembered for the next time."""
    return _Look(config, facts, memory, now).judgement()


class _Look:
    """One look; `seen` collects since when things are as they are."""

    def __init__(self, config: Config, facts: Facts, memory: Memory, now: datetime) -> None:
        self.config, self.facts, self.memory, self.now = config, facts, memory, now
        self.seen: dict[str, datetime] = {}

    def judgement(self) -> Judgement:
        findings = list(self._cluster())
        known: dict[str, Known] = {}
        forecasts: dict[str, list[Forecast]] = {}
        samples: dict[str, list[tuple[int, int]]] = {}
        for store in self.config.stores:
            facts = self.facts.stores.get(store.kind, StoreFacts())
            for volume in store.volumes:
                samples[volume.claim] = volumes.sampled(
                    self.memory.samples.get(volume.claim, ()), facts.fills.get(volume.pod)
                )
            forecasts[store.kind] = _forecasts(store, facts.fills, samples, self.now)
            if not self.facts.unseen:
                findings += self._volumes(store, forecasts[store.kind])
            if store.schedules and facts.repository:
                held = _known(facts.repository, self.memory.known.get(store.kind), self.now)
                if held:
                    known[store.kind] = held
                findings += self._repository(store, facts.repository, held or Known())
                findings += self._works(store, facts, held)
            if store.ships and not self.facts.unseen:
                findings += self._shipping(store, facts)
        findings = [self._remembered(one) for one in findings]
        if self.facts.unseen:
            # What the cluster would tell is neither gone nor new.
            self.seen = {**self.memory.seen, **self.seen}
        kept = {**self.memory.known, **known}
        memory = Memory(
            told=self.memory.told,
            seen=self.seen,
            samples=samples,
            known={store.kind: kept[store.kind] for store in self.config.stores if store.kind in kept},
        )
        return Judgement(findings=findings, volumes=forecasts, memory=memory)

    def _since(self, key: str) -> datetime:
        """Since when something is as it is; from now on it is remembered."""
        self.seen[key] = self.memory.seen.get(key, self.now)
        return self.seen[key]

    def _remembered(self, found: Finding) -> Finding:
        """The finding, since when it was first seen."""
        since = min(found.since, self.memory.seen.get(found.key, found.since))
        self.seen[found.key] = since
        return replace(found, since=since)

    def _cluster(self) -> Iterator[Finding]:
        if not self.facts.unseen:
            return
        since = self._since("/cluster")
        if self.now - since < PATIENCE:
            return
        yield Finding(
            store="",
            subject="cluster",
            severity=Severity.CRITICAL,
            title=f"the watchdog cannot read the cluster for {times.duration(self.now - since)}: jobs are not watched",
            why=self.facts.unseen,
            since=since,
            runbook="docs/watchdog.md",
        )

    def _volumes(self, store: Store, forecasts: list[Forecast]) -> Iterator[Finding]:
        for volume, seen in zip(store.volumes, forecasts, strict=True):
            key = f"{store.kind}/{volumes.subject(volume.claim)}"
            told = self.memory.told.get(key)
            since = self._since(f"{key} unknown") if seen.percent is None else self.now
            found = volumes.finding(store, volume, seen, told.severity if told else None, since, self.now)
            if found:
                yield found

    def _repository(self, store: Store, seen: RepositoryFact, known: Known) -> Iterator[Finding]:
        key = f"{store.kind}/repository"

        def said(severity: Severity, title: str, since: datetime, fix: str, book: str) -> Finding:
            return Finding(
                store=store.kind,
                subject="repository",
                severity=severity,
                title=title,
                why=seen.words,
                since=since,
                fix=fix,
                next_try=times.after(store.schedules[Job.BACKUP], self.now),
                runbook=book,
            )

        match seen.trouble:
            case Trouble.PASSWORD:
                title = "the repository refuses this stack's password: nothing can be backed up or restored"
                fix = "put the vault stack's state back, or name the vault that made the repository"
                yield said(Severity.CRITICAL, title, self._since(key), fix, "docs/runbooks/lost-repository-password.md")
            case Trouble.ABSENT if known.runs:
                title = f"the repository is gone; it held {known.runs} runs"
                fix = "look at once whether the bucket, or the stack's name, changed"
                yield said(Severity.CRITICAL, title, self._since(key), fix, "docs/runbooks/corrupt-repository.md")
            case Trouble.UNREACHABLE:
                silent = self.now - self._since(key)
                if silent >= PATIENCE:
                    severity = Severity.CRITICAL if silent >= LONG_SILENCE else Severity.WARNING
                    title = f"the repository cannot be read for {times.duration(silent)}"
                    fix = "look at the vault: its server, its credentials, its certificate"
                    yield said(severity, title, self.seen[key], fix, "docs/runbooks/failed-backup.md")
            case _:
                if seen.stale:
                    title = (
                        f"a lock of {times.clock(seen.stale, self.now)} UTC, that nobody renews, is in the repository"
                    )
                    fix = "the next job removes it; if it stays:  restic unlock"
                    yield said(Severity.WARNING, title, self._since(key), fix, "docs/runbooks/failed-backup.md")

    def _works(self, store: Store, facts: StoreFacts, known: Known | None) -> Iterator[Finding]:
        if ahead := _ahead(facts.repository, self.now):
            yield Finding(
                store=store.kind,
                subject="clock",
                severity=Severity.WARNING,
                title=f"run {ahead.id} is dated {times.duration(ahead.time - self.now)} in the future: clocks differ",
                since=self._since(f"{store.kind}/clock"),
                fix="set the clock of the node that ran it; that run is not counted until its time has come",
                runbook="docs/runbooks/failed-backup.md",
            )
        if self.facts.unseen:
            return
        for job, schedule in store.schedules.items():
            held, key = facts.cron_jobs.get(job), f"{store.kind}/{job}"
            asleep = held is None or held.suspended
            found = work(
                WorkArgs(
                    store=store,
                    job=job,
                    cron_job=held,
                    jobs=[one for one in facts.jobs if one.job is job],
                    last=_done(job, known) if known else None,
                    told=known is not None,
                    asleep=self._since(f"{key} asleep") if asleep else None,
                    watched=self._since(f"{key} at {schedule}"),
                    now=self.now,
                )
            )
            if found:
                yield found

    def _shipping(self, store: Store, facts: StoreFacts) -> Iterator[Finding]:
        key = f"{store.kind}/ship"
        found = shipping.shipping(
            ShippingArgs(
                store=store,
                shipper=facts.shipper,
                log=facts.log,
                absent=self.now if facts.shipper else self._since(f"{key} absent"),
                watched=self._since(f"{key} watched"),
                now=self.now,
            )
        )
        if found:
            yield found


def _forecasts(
    store: Store, fills: Mapping[str, FillFact], samples: Mapping[str, list[tuple[int, int]]], now: datetime
) -> list[Forecast]:
    return [volumes.forecast(volume, fills.get(volume.pod), samples[volume.claim], now) for volume in store.volumes]


def _known(seen: RepositoryFact, before: Known | None, now: datetime) -> Known | None:
    """What a repository that does not answer held is still known; what it tells takes that place.

    None where it never told: then nothing can be said of it, not even that it holds nothing.
    """
    if seen.trouble is not None:
        return before or (Known() if seen.trouble is Trouble.ABSENT else None)
    good = [run for run in seen.runs if run.good and run.time <= now + CLOCKS]
    proven = [run for run in seen.runs if run.verified]
    return Known(
        last=max(good, key=lambda run: run.time, default=None),
        verified=max(proven, key=lambda run: run.verified or run.time, default=None),
        runs=len(seen.runs),
    )


def _ahead(seen: RepositoryFact | None, now: datetime) -> Run | None:
    return max(
        (run for run in (seen.runs if seen else ()) if run.time > now + CLOCKS),
        key=lambda run: run.time,
        default=None,
    )


def _done(job: Job, known: Known) -> datetime | None:
    match job:
        case Job.BACKUP:
            return known.last.time if known.last else None
        case Job.VERIFY:
            return known.verified.verified if known.verified else None
        case Job.PRUNE | Job.BASE | Job.TRIM:
            return None
