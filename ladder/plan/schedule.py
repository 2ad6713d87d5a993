"""How long a schedule leaves nothing taken at most, from its cron text."""

from datetime import date, timedelta
from itertools import pairwise

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_DAYS = 800
"""Long enough to see every pair of neighbours of what runs once a year."""
_FIRST = date(2027, 1, 1)
DAY = 24 * 60


def longest_gap(text: str) -> int:
    """Minutes between two runs, where they lie farthest apart."""
    minutes, hours, of_month, months, of_week = (
        _values(field, *span) for field, span in zip(text.split(), _RANGES, strict=True)
    )
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    either = not (text.split()[2].startswith("*") or text.split()[4].startswith("*"))
    days = [
        number
        for number in range(_DAYS)
        if _runs(_FIRST + timedelta(days=number), of_month, months, {it % 7 for it in of_week}, either=either)
    ]
    within = max((later - earlier for earlier, later in pairwise(times)), default=0)
    over = [(later - earlier) * DAY - times[-1] + times[0] for earlier, later in pairwise(days)]
    return max([within, *over])


def _runs(day: date, of_month: set[int], months: set[int], of_week: set[int], *, either: bool) -> bool:
    """A day that both fields restrict runs when either holds, as in every cron."""
    month_day, week_day = day.day in of_month, day.isoweekday() % 7 in of_week
    return day.month in months and ((month_day or week_day) if either else (month_day and week_day))


def _values(field: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low, high = int(first), int(last or (most if step else first))
        found |= set(range(low, high + 1, int(step or 1)))
    return found


def words(minutes: int) -> str:
    """Minutes as people say them."""
    for size, noun in ((DAY, "day"), (60, "h"), (1, "min")):
        if minutes % size == 0 and minutes >= size:
            count = minutes // size
            return f"{count} {noun}s" if noun == "day" and count > 1 else f"{count} {noun}"
    return f"{minutes} min"
