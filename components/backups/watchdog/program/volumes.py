"""Volumes: how full they are, and when they will be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from . import times
from .model import FillFact, Finding, Forecast, Severity, Store, Volume

WARN_PERCENT = 80
PAGE_PERCENT = 90
SLACK_PERCENT = 2
"""A fill that was spoken of is well again so far below the limit: around it, it would chatter."""

STALE = timedelta(minutes=15)
GIB = 2**30
SHARED = 1.5
"""A file system this many times the size of its claim is not the claim's own, but its node's disk."""

SAMPLE_SECONDS = 3600
KEPT_SECONDS = 7 * 86400
ENOUGH_SAMPLES = 12
ENOUGH_SECONDS = 86400
FAR_DAYS = 365
RUNBOOK = "docs/runbooks/disk-full.md"


def sampled(samples: Sequence[tuple[int, int]], fill: FillFact | None) -> list[tuple[int, int]]:
    """The samples with a new one, where the last is an hour old; a week of them stays."""
    kept = list(samples)
    if fill is None:
        return kept
    at = int(fill.time.timestamp())
    if not kept or at - kept[-1][0] >= SAMPLE_SECONDS:
        kept.append((at, fill.used))
    return [one for one in kept if at - one[0] <= KEPT_SECONDS]


def growth(samples: Sequence[tuple[int, int]]) -> float | None:
    """Bytes a day, by least squares; None where too little is known to say."""
    if len(samples) < ENOUGH_SAMPLES or samples[-1][0] - samples[0][0] < ENOUGH_SECONDS:
        return None
    middle = sum(at for at, _ in samples) / len(samples)
    level = sum(used for _, used in samples) / len(samples)
    spread = sum((at - middle) ** 2 for at, _ in samples)
    return 86400 * sum((at - middle) * (used - level) for at, used in samples) / spread


def forecast(volume: Volume, fill: FillFact | None, samples: Sequence[tuple[int, int]], now: datetime) -> Forecast:
    """How full a volume is, and when it will be full at the pace of its samples."""
    if fill is None or now - fill.time > STALE or fill.size <= 0:
        return Forecast(claim=volume.claim, pod=volume.pod, words="nothing recent is known of its fill")
    pace = growth(samples)
    days = (fill.size - fill.used) / pace if pace and pace > 0 else None
    if pace is None:
        words = "no forecast: not enough data yet"
    elif days is None or days > FAR_DAYS:
        words, days = "not growing to speak of", None
    else:
        words = f"full in about {_days(days)} at this week's pace"
    return Forecast(
        claim=volume.claim,
        pod=volume.pod,
        percent=_percent(fill.used, fill.size),
        size=fill.size,
        used=fill.used,
        inodes_percent=_percent(fill.inodes_used, fill.inodes)
        if fill.inodes and fill.inodes_used is not None
        else None,
        shared=fill.size > SHARED * volume.gib * GIB,
        full_in_days=round(days, 1) if days is not None else None,
        words=words,
    )


def _percent(part: int, total: int) -> int:
    return round(100 * part / total)


def _days(days: float) -> str:
    if days < 2:
        hours = max(1, round(24 * days))
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{round(days)} days"


def subject(claim: str) -> str:
    """How a volume's findings are remembered."""
    return f"volume {claim}"


def finding(
    store: Store, volume: Volume, seen: Forecast, before: Severity | None, unknown_since: datetime, now: datetime
) -> Finding | None:
    """What is to be said of a volume.

    Args:
        store: Whose.
        volume: As it was claimed.
        seen: As it is.
        before: How bad it was when people were told last.
        unknown_since: Since when nothing is known of its fill.
        now: The time.
    """
    if seen.percent is None:
        if now - unknown_since < STALE:
            return None
        return Finding(
            store=store.kind,
            subject=subject(volume.claim),
            severity=Severity.WARNING,
            title=f"nothing is known of the fill of volume {volume.claim} for {times.duration(now - unknown_since)}",
            since=unknown_since,
            fix=f"see that pod {volume.pod} runs, with its container fill",
            runbook=RUNBOOK,
        )
    inodes = seen.inodes_percent or 0
    severity = _severity(max(seen.percent, inodes), before)
    if severity is None:
        return None
    if inodes > seen.percent:
        what, fix = f"{inodes} % of the inodes of volume {volume.claim} are used", "a larger volume has more of them"
    elif seen.shared:
        what = f"the disk of its node, which volume {volume.claim} shares, is {seen.percent} % full"
        fix = "make room on the node; a larger storage_gib does not"
    else:
        what = f"volume {volume.claim} is {seen.percent} % full"
        fix = f"ladder:{store.kind} storage_gib: {_larger(volume.gib)}"
    return Finding(
        store=store.kind,
        subject=subject(volume.claim),
        severity=severity,
        title=f"{what}; {seen.words}",
        since=now,
        fix=fix,
        runbook=RUNBOOK,
    )


def _severity(percent: int, before: Severity | None) -> Severity | None:
    """The limits, a little lower for what was spoken of already."""
    if percent >= PAGE_PERCENT - (SLACK_PERCENT if before is Severity.CRITICAL else 0):
        return Severity.CRITICAL
    return Severity.WARNING if percent >= WARN_PERCENT - (SLACK_PERCENT if before else 0) else None


def _larger(gib: float) -> int:
    return max(1, round(2 * gib))
