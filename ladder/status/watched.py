"""What the watchdog reported: backups, proofs of restore, forecasts and alerts, as `ladder status` tells them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, ValidationError

from components.backups.watchdog.component import HEALTH
from components.backups.watchdog.program import cluster as program
from components.backups.watchdog.program import report as written
from components.backups.watchdog.program import times
from components.catalog import Keeper, Kind
from components.store import StoreArgs
from infra.cluster_api import Reader, Shape, at
from infra.settings import Settings
from ladder.status.report import Backups

OLD = timedelta(minutes=10)
"""The watchdog reports every minute."""
LATE = ("backup", "repository", "clock"), ("verify",)
"""Subjects of alerts that speak against the last backup, and against the last proof."""


LOGS = "kubectl logs deployment/ladder-watchdog"


class Run(Shape):
    """A run in the repository."""

    run: str
    time: datetime
    lines: int | None = None
    bytes: int | None = None
    verified: datetime | None = None


class Forecast(Shape):
    """A volume and how it goes on."""

    claim: str
    words: str = ""
    full_in_days: Annotated[float | None, at("full_in_days")] = None


class Shipping(Shape):
    """What is shipped: every moment between `since` and `until` can be had."""

    ready: bool = False
    since: datetime | None = None
    until: datetime | None = None


class Store(Shape):
    """A store."""

    runs: int = 0
    last: Run | None = None
    verified: Run | None = None
    volumes: tuple[Forecast, ...] = ()
    shipping: Shipping | None = None


class Alert(Shape):
    """Something that somebody should know."""

    store: str
    subject: str
    severity: str
    title: str
    why: str = ""
    fix: str = ""
    runbook: str = ""

    @property
    def critical(self) -> bool:
        """Whether it cannot wait."""
        return self.severity == "critical"


class Channel(Shape):
    """An address that the watchdog speaks to."""

    to: str = ""
    bad: datetime | None = None
    error: str = ""


class Health(Shape):
    """The report, schema 1; of another one nothing but that is known."""

    schema_: Annotated[int, at("schema")]
    at: datetime
    unseen: str = ""
    stores: Mapping[str, Store] = Field(default_factory=dict[str, Store])
    alerts: tuple[Alert, ...] = ()
    webhook: Channel | None = None
    ping: Channel | None = None


class _ConfigMap(Shape):
    data: dict[str, str] = Field(default_factory=dict[str, str])


def read(cluster: Reader, namespace: str) -> Health | None:
    """The report; None where there is none, or none that this version reads.

    Raises:
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not read it.
    """
    found = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/{HEALTH}", _ConfigMap)
    try:
        health = Health.model_validate_json(found.data[program.REPORT]) if found else None
    except (ValidationError, KeyError):
        return None
    return health if health and health.schema_ == written.SCHEMA else None


def backups(store: StoreArgs, vault: str | None, health: Health | None, now: datetime) -> Backups:
    """The last backup of a store and its last proof, in words."""
    if store.keeper is Keeper.OTHERS:
        return Backups(words="its owner's")
    if not store.holds_data:
        return Backups(words=f"not kept ({store.role})")
    if store.backup is None:
        return Backups(words="none: no vault" if vault is None else f"none: {store.kind} is not backed up")
    if health is None:
        return Backups(words="not known", proof="not known")
    held = health.stores.get(store.kind, Store())
    subjects = {alert.subject for alert in health.alerts if alert.store == store.kind}
    late, unproven = (bool(subjects & set(kinds)) for kinds in LATE)
    proof = held.verified.verified if held.verified else None
    lines = f"  {held.verified.lines} lines" if held.verified and held.verified.lines is not None else ""
    last = _ago(held.last.time, now, late) if held.last else f"none yet{' ✗' if late else ''}"
    shipping = held.shipping if store.backup.point_in_time_days else None
    return Backups(
        words=f"{last}\n{_moments(shipping, now)}" if shipping else last,
        proof=f"{_ago(proof, now, unproven)}{lines}" if proof else f"none yet{' ✗' if unproven else ''}",
        last=_stamp(held.last.time if held.last else None),
        run=held.last.run if held.last else None,
        verified=_stamp(proof),
        runs=held.runs,
        late=late,
        unproven=unproven,
        since=_stamp(shipping.since) if shipping else None,
        until=_stamp(shipping.until) if shipping else None,
    )


def _moments(shipping: Shipping, now: datetime) -> str:
    """What can be had to the moment; the watchdog looks into the repository every five minutes, at the pod each."""
    if not shipping.ready:
        return f"shipped until {times.clock(shipping.until, now)} ✗" if shipping.until else "nothing shipped ✗"
    return f"all since {times.clock(shipping.since, now)} ✓" if shipping.since else "no base yet"


def _ago(moment: datetime, now: datetime, bad: bool) -> str:
    return f"{times.duration(now - moment)} ago {'✗' if bad else '✓'}"


def _stamp(moment: datetime | None) -> str | None:
    return times.stamp(moment) if moment else None


def forecast(health: Health | None, kind: Kind, claim: str) -> str:
    """When a volume will be full, as a part of a sentence; empty where nobody can say."""
    volumes = health.stores.get(kind, Store()).volumes if health else ()
    words = next((one.words for one in volumes if one.claim == claim and one.full_in_days is not None), "")
    return f", {words}" if words else ""


def troubles(health: Health | None) -> list[str]:
    """What cannot wait."""
    return [_line(alert) for alert in (health.alerts if health else ()) if alert.critical and not _of_volume(alert)]


def notes(settings: Settings, health: Health | None, now: datetime) -> Iterator[str]:
    """What will need somebody, and what is wrong with the watchdog itself."""
    if health is None:
        if any(store.backup for store in settings.stores.values()):
            yield f"the watchdog has not reported yet → {LOGS}"
        return
    yield from (_line(alert) for alert in health.alerts if not alert.critical and not _of_volume(alert))
    if now - health.at > OLD:
        yield f"the watchdog's report is {times.duration(now - health.at)} old → {LOGS}"
    for name, channel in (("webhook", health.webhook), ("ping", health.ping)):
        if channel and channel.bad:
            yield f"ladder:alerts.{name} gets nothing since {times.clock(channel.bad, now)} UTC: {channel.error}"


def _of_volume(alert: Alert) -> bool:
    """Status looks at volumes itself, later than the watchdog did."""
    return alert.subject.startswith("volume ")


def _line(alert: Alert) -> str:
    place = f"{alert.store}: " if alert.store else ""
    why = f" ({alert.why})" if alert.why else ""
    return f"{place}{alert.title}{why} → {alert.fix or alert.runbook}"
