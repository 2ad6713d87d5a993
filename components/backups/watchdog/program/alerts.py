"""Whom to tell what, and when: pure, from findings and what was told before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .model import Finding, Severity, Told

REPEAT = timedelta(hours=4)


class State(StrEnum):
    """Why something is said now."""

    FIRING = "firing"
    WORSE = "worse"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One thing to say; what is well again has no finding any more."""

    state: State
    store: str
    subject: str
    severity: Severity
    since: datetime
    finding: Finding | None = None


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is to be said now, worst first, and what was told once it got through, or if it did not."""

    alerts: Sequence[Alert]
    delivered: Mapping[str, Told] = field(default_factory=dict[str, Told])
    failed: Mapping[str, Told] = field(default_factory=dict[str, Told])


def telling(findings: Sequence[Finding], told: Mapping[str, Told], now: datetime, *, unseen: bool = False) -> Telling:
    """Compare what is with what was told.

    Args:
        findings: What is.
        told: By key.
        now: The time.
        unseen: The cluster tells nothing: what is not found may be there all the same, so nothing is well again.
    """
    current = {one.key: one for one in findings}
    alerts = [alert for one in findings if (alert := _alert(one, told.get(one.key), now))]
    gone = {key: one for key, one in told.items() if key not in current}
    if not unseen:
        alerts += [
            Alert(state=State.RESOLVED, store=one.store, subject=one.subject, severity=one.severity, since=one.since)
            for one in gone.values()
        ]
    said = {alert.finding.key: alert for alert in alerts if alert.finding}
    # What is less bad now is not told, and told at once should it get worse again.
    delivered = {
        key: _told(one, now) if key in said else replace(told[key], severity=one.severity)
        for key, one in current.items()
        if key in said or key in told
    }
    return Telling(
        alerts=sorted(alerts, key=lambda one: (one.state is State.RESOLVED, -one.severity.rank, one.store)),
        delivered={**delivered, **(gone if unseen else {})},
        failed=told,
    )


def _alert(found: Finding, before: Told | None, now: datetime) -> Alert | None:
    if before is None:
        state = State.FIRING
    elif found.severity.rank > before.severity.rank:
        state = State.WORSE
    elif now - before.at >= REPEAT:
        state = State.REPEATED
    else:
        return None
    return Alert(
        state=state,
        store=found.store,
        subject=found.subject,
        severity=found.severity,
        since=found.since,
        finding=found,
    )


def _told(found: Finding, now: datetime) -> Told:
    return Told(store=found.store, subject=found.subject, severity=found.severity, since=found.since, at=now)
