"""Times: when a cron text fires, and how people say durations. Everything is UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_LONGEST_DAYS = 1500
"""A 29th of February comes within so many days."""


def stamp(at: datetime) -> str:
    """As JSON has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def before(cron: str, now: datetime) -> datetime | None:
    """The last time at or before `now` at which `cron` fired."""
    return next(_fires(cron, now, -1), None)


def after(cron: str, now: datetime) -> datetime | None:
    """The next time after `now` at which `cron` fires."""
    return next(_fires(cron, now, 1), None)


def interval(cron: str, now: datetime) -> timedelta | None:
    """The longest gap among the times around `now`: a backup "on weekdays" may be three days old on a Monday."""
    around = [*reversed(list(islice(_fires(cron, now, -1), 8))), *islice(_fires(cron, now, 1), 8)]
    gaps = [later - earlier for earlier, later in pairwise(around)]
    return max(gaps, default=None)


def _fires(cron: str, now: datetime, direction: int) -> Iterator[datetime]:
    """Every time of `cron` from `now` on, backwards with `now` itself, or forwards without it."""
    fields = cron.split()
    minutes, hours, days, months, weekdays = (_field(text, *bound) for text, bound in zip(fields, _BOUNDS, strict=True))
    weekdays = {day % 7 for day in weekdays}
    # As cron has always had it: a day that either field names, where both name some.
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for offset in range(_LONGEST_DAYS):
        day = midnight + timedelta(days=direction * offset)
        named, weekday = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month not in months or not ((named or weekday) if either else (named and weekday)):
            continue
        for hour in sorted(hours, reverse=direction < 0):
            for minute in sorted(minutes, reverse=direction < 0):
                at = day.replace(hour=hour, minute=minute)
                if (at <= now) if direction < 0 else (at > now):
                    yield at


def _field(text: str, least: int, most: int) -> set[int]:
    held: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = least if span == "*" else int(first)
        end = most if span == "*" or (step and not last) else int(last or first)
        held.update(range(start, end + 1, int(step or 1)))
    return held


def duration(length: timedelta) -> str:
    """As a person says it: two units at most."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days >= 2:
        return f"{days} days"
    if minutes >= 60:
        rest = minutes % 60
        return f"{minutes // 60} h {rest} min" if rest and not days else f"{24 * days + hours} h"
    return f"{minutes} min" if minutes else "less than a minute"


def every(length: timedelta) -> str:
    """How often something is expected."""
    named = {3600: "every hour", 86400: "every day", 604800: "every week"}
    return named.get(int(length.total_seconds()), f"every {duration(length)}")


def clock(at: datetime, now: datetime) -> str:
    """The time of day; with its day where that is another one."""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at.day} {at:%b %H:%M}"
