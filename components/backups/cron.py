"""Times of jobs: what a cron text may say, and defaults that spread stores over the clock."""

import re
from hashlib import sha256

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_PART = re.compile(r"(?P<range>\*|\d+(-\d+)?)(/(?P<step>\d+))?")


def problem_with(text: str) -> str | None:
    """The rule that a cron text breaks, or None. Numbers only: names of days and `@daily` differ between readers."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields, a cron text has 5: minute, hour, day of month, month, day of week"
    for field, (name, least, most) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if broken := _broken(part, least, most):
                return f"{name} {part!r}: {broken}"
    return None


def _broken(part: str, least: int, most: int) -> str | None:
    found = _PART.fullmatch(part)
    if found is None:
        return "must be *, a number, a range such as 1-5, each with an optional step such as */15"
    if found["step"] is not None and int(found["step"]) == 0:
        return "a step must be 1 or more"
    if found["range"] == "*":
        return None
    numbers = [int(number) for number in found["range"].split("-")]
    if not all(least <= number <= most for number in numbers):
        return f"must be from {least} to {most}"
    return "a range goes upwards" if numbers != sorted(numbers) else None


def hourly(name: str) -> str:
    """Every hour, at a minute of the store's own: not all stores at once, and the same one for ever."""
    return f"{_place(name, 'minute', 60)} * * * *"


def daily(name: str, job: str) -> str:
    """Once a day, in the night, UTC, at a time of the store's and the job's own."""
    return f"{_place(name, f'{job} minute', 60)} {_place(name, f'{job} hour', 6)} * * *"


def weekly(name: str, job: str) -> str:
    """Once a week, in the night from Saturday to Sunday, UTC, at a time of the store's and the job's own."""
    return f"{_place(name, f'{job} minute', 60)} {_place(name, f'{job} hour', 6)} * * 0"


def _place(name: str, what: str, many: int) -> int:
    return int(sha256(f"{name} {what}".encode()).hexdigest(), 16) % many
