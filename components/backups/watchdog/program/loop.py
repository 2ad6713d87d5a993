"""One look after the other: read, judge, tell, write down, and only then show outside that all of it worked."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from . import cluster, deliver, judge, repository, serve, words
from . import report as reports
from .alerts import Alert, State, telling
from .cluster import Api, Unreadable
from .deliver import Channel, Post, Undelivered
from .model import Config, Facts, Finding, JobFact, LogFact, Memory, RepositoryFact, Store, StoreFacts, Told
from .report import Addresses
from .repository import Restic

EVERY_SECONDS = 60
REPOSITORY_EVERY = timedelta(minutes=5)
BLIND_START = timedelta(minutes=10)
"""So long a watchdog that cannot read its memory keeps silent: else each of its restarts would tell everything anew."""

Log = Callable[[str], None]


def log(text: str) -> None:
    """A line with its time."""
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n")
    sys.stdout.flush()


@dataclass
class Watchdog:
    """What one process keeps between looks; `memory` is None until it was read."""

    config: Config
    api: Api
    restic: Restic
    addresses: Addresses
    post: Post
    board: serve.Board
    say: Log = log
    memory: Memory | None = None
    begun: datetime | None = None
    written: bool = False
    loaded: bool = False

    def __post_init__(self) -> None:
        """Start with nothing known."""
        self.channels: dict[str, Channel] = {"webhook": Channel(), "ping": Channel()}
        self.repositories: dict[str, tuple[datetime, RepositoryFact, LogFact]] = {}
        self.ended: dict[str, set[str]] = {}
        self.said: dict[str, str] = {}

    def look(self, now: datetime) -> None:
        """One look."""
        self.begun = self.begun or now
        self.board.beat()
        facts = self._facts(now)
        memory = self._remember(now)
        judged = judge.judge(self.config, facts, memory or Memory(), now)
        told = self._tell(facts, judged.findings, memory, now)
        judged = replace(judged, memory=replace(judged.memory, told=told))
        if memory is not None:
            self.memory = judged.memory
            self._write(reports.write(self.config, facts, judged, told, self.channels, self.addresses, now))
        self._ping(not facts.unseen and self.written, now)
        sound = {name: channel.sound(now) for name, channel in self.channels.items()}
        self.board.metrics = serve.metrics(
            self.config, facts, judged, {"cluster": not facts.unseen, "report": self.written, **sound}, now
        )
        self._log_findings(judged.findings, now)
        self.board.beat()

    def _facts(self, now: datetime) -> Facts:
        try:
            cron_jobs, jobs = cluster.cron_jobs(self.api), cluster.jobs(self.api)
            shippers = cluster.shippers(self.api) if any(store.ships for store in self.config.stores) else {}
            fills = {store.kind: cluster.fills(self.api, store) for store in self.config.stores}
        except (Unreadable, OSError) as error:
            asked = {it.kind: self._repository(it, (), now) for it in self.config.stores}
            stores = {kind: StoreFacts(repository=runs, log=log) for kind, (runs, log) in asked.items()}
            return Facts(stores=stores, unseen=str(error))
        stores: dict[str, StoreFacts] = {}
        for store in self.config.stores:
            own = [fact for name, fact in jobs if name == store.name]
            runs, log = self._repository(store, own, now)
            stores[store.kind] = StoreFacts(
                cron_jobs={job: fact for (name, job), fact in cron_jobs.items() if name == store.name},
                jobs=own,
                repository=runs,
                fills=fills[store.kind],
                shipper=shippers.get(store.name),
                log=log,
            )
        return Facts(stores=stores)

    def _repository(
        self, store: Store, jobs: Sequence[JobFact], now: datetime
    ) -> tuple[RepositoryFact | None, LogFact]:
        """Asked anew every five minutes, and when a job ended; what does not answer is not asked more often."""
        if not store.schedules:
            return None, LogFact()
        held = self.repositories.get(store.kind)
        ended = {job.name for job in jobs if job.finished}
        fresh = ended - self.ended.get(store.kind, set())
        self.ended[store.kind] = ended
        if held is None or now - held[0] >= REPOSITORY_EVERY or (fresh and held[1].trouble is None):
            runs = repository.read(self.restic, store.name, now)
            self.board.beat()
            log = repository.read_log(self.restic, f"{store.name}-wal") if store.ships else LogFact()
            held = self.repositories[store.kind] = (now, runs, log)
            self.board.beat()
        return held[1], held[2]

    def _remember(self, now: datetime) -> Memory | None:
        """The memory: what an earlier process wrote, and from then on this one's own."""
        if self.loaded:
            return self.memory
        try:
            held, channels = reports.remember(self.api.report())
            meanwhile = self.memory or Memory()
            told = {**self._watched(held.told), **meanwhile.told}
            self.memory, self.loaded = replace(held, told=told), True
            self.channels.update(channels)
        except (Unreadable, OSError) as error:
            self.say(f"the memory cannot be read: {error}")
            if self.memory is None and self.begun and now - self.begun >= BLIND_START:
                self.memory = Memory(seen={"/cluster": self.begun})
        return self.memory

    def _watched(self, told: Mapping[str, Told]) -> dict[str, Told]:
        """Without stores that are watched no more: they are gone, and not well again."""
        kinds = {"", *(store.kind for store in self.config.stores)}
        return {key: one for key, one in told.items() if one.store in kinds}

    def _tell(
        self, facts: Facts, findings: Sequence[Finding], memory: Memory | None, now: datetime
    ) -> Mapping[str, Told]:
        """Tell what is new; what did not get through is as if it had not been told."""
        if memory is None or not self.addresses.webhook:
            return memory.told if memory else {}
        wanted = telling(findings, memory.told, now, unseen=bool(facts.unseen))
        channel = self.channels["webhook"]
        if not wanted.alerts:
            return wanted.delivered
        if not channel.due(now):
            return wanted.failed
        form = words.plain if self.config.format == "json" else words.slack
        try:
            self.post(self.addresses.webhook, form(self.config.stack, wanted.alerts, now))
        except Undelivered as error:
            self.channels["webhook"] = channel.failed(now, str(error))
            self.say(f"{len(wanted.alerts)} alerts were not delivered, tried again later: {error}")
            return wanted.failed
        self.channels["webhook"] = channel.delivered(now)
        self.say(f"told {', '.join(f'{one.store}/{one.subject} ({one.state})' for one in wanted.alerts)}")
        return wanted.delivered

    def _write(self, text: str) -> None:
        try:
            self.api.write(text)
            self.written = True
        except (Unreadable, OSError) as error:
            self.written = False
            self.say(f"the report cannot be written: {error}")

    def _ping(self, sound: bool, now: datetime) -> None:
        """Only who sees, remembers and gets through may say that all is watched."""
        channel = self.channels["ping"]
        due = deliver.ping_due(channel, now)
        if not self.addresses.ping or not due or not sound or not self.channels["webhook"].sound(now):
            return
        try:
            self.post(self.addresses.ping, None)
            self.channels["ping"] = channel.delivered(now)
        except Undelivered as error:
            self.channels["ping"] = channel.failed(now, str(error))
            self.say(f"the ping did not get through: {error}")

    def _log_findings(self, findings: Sequence[Finding], now: datetime) -> None:
        """What is new or gone, once."""
        current = {one.key: words.text(self.config.stack, _new(one), now) for one in findings}
        for key in current.keys() - self.said.keys():
            self.say(" ".join(current[key].split()))
        for key in self.said.keys() - current.keys():
            self.say(f"well again: {key}")
        self.said = current


def _new(found: Finding) -> Alert:
    return Alert(
        state=State.FIRING,
        store=found.store,
        subject=found.subject,
        severity=found.severity,
        since=found.since,
        finding=found,
    )
