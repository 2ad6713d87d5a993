"""What people read: short, and with what to do."""

import json
from collections.abc import Sequence
from datetime import datetime

from . import times
from .alerts import Alert, State
from .model import Finding, Severity

MOST = 10
"""Alerts in one message; a stack in flames has one message, not fifty."""
LONGEST = 400
"""Characters of somebody else's words."""
MARKS = {Severity.WARNING: "\N{LARGE YELLOW CIRCLE}", Severity.CRITICAL: "\N{LARGE RED CIRCLE}"}
WELL = "\N{LARGE GREEN CIRCLE}"
NOUNS = {
    "backup": "backups are taken again",
    "verify": "restores are proven again",
    "prune": "old runs are pruned again",
    "ship": "every write is shipped again",
    "base": "bases are taken again",
    "trim": "old bases and logs are trimmed again",
    "repository": "the repository is well again",
    "clock": "the clocks agree again",
    "cluster": "the watchdog reads the cluster again",
}


def shortened(words: str) -> str:
    """Somebody else's words: one line, and no more than anybody reads."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def text(stack: str, alert: Alert, now: datetime) -> str:
    """One alert, as a person reads it."""
    place = f"{stack}/{alert.store}" if alert.store else stack
    if alert.finding is None:
        after = times.duration(now - alert.since)
        return f"{WELL} {place}: {NOUNS.get(alert.subject, f'{alert.subject} has room again')} (after {after})"
    found = alert.finding
    lines = [f"{MARKS[found.severity]} {place}: {found.title}"]
    if found.why:
        lines.append(f"   {shortened(found.why)}")
    if found.fix:
        lines.append(f"   → {shortened(found.fix)}")
    lines.append(f"   {_tail(found, now)}")
    return "\n".join(lines)


def _tail(found: Finding, now: datetime) -> str:
    tried = [f"next try {times.clock(found.next_try, now)}"] if found.next_try else []
    return " · ".join([f"since {times.clock(found.since, now)} UTC", *tried, f"runbook {found.runbook}"])


def slack(stack: str, alerts: Sequence[Alert], now: datetime) -> bytes:
    """A message as Slack, and what imitates it, takes it."""
    parts = [_escaped(text(stack, alert, now)) for alert in alerts[:MOST]]
    if len(alerts) > MOST:
        parts.append(f"and {len(alerts) - MOST} more: ladder status --stack {stack}")
    return _bytes({"text": "\n".join(parts)})


def plain(stack: str, alerts: Sequence[Alert], now: datetime) -> bytes:
    """The same for programs."""
    return _bytes(
        {
            "schema": 1,
            "source": "ladder-watchdog",
            "stack": stack,
            "at": times.stamp(now),
            "alerts": [_object(stack, alert, now) for alert in alerts],
        }
    )


def _object(stack: str, alert: Alert, now: datetime) -> dict[str, object]:
    head: dict[str, object] = {
        "key": f"{stack}/{alert.store}/{alert.subject}",
        "state": alert.state,
        "store": alert.store,
        "subject": alert.subject,
        "severity": alert.severity,
        "since": times.stamp(alert.since),
        "text": text(stack, alert, now),
    }
    return head if alert.state is State.RESOLVED or alert.finding is None else {**head, **details(alert.finding)}


def details(found: Finding) -> dict[str, object]:
    """A finding's own fields."""
    return {
        "title": found.title,
        "why": shortened(found.why),
        "fix": shortened(found.fix),
        "next_try": times.stamp(found.next_try) if found.next_try else None,
        "runbook": found.runbook,
    }


def _escaped(words: str) -> str:
    """Slack reads `<…>` as a link or a mention: somebody else's words must not call the whole channel."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
