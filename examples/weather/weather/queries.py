"""The history of queries, as a person reads it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question and its answer. `at` is aware and in UTC."""

    city: str
    at: datetime
    temperature_c: float
    sky: str
    source: str

    def to_json(self) -> dict[str, object]:
        """The form of `/api/history`."""
        return {
            "city": self.city,
            "at": self.at.isoformat(timespec="seconds"),
            "temperature_c": self.temperature_c,
            "sky": self.sky,
            "source": self.source,
        }


def collapse(queries: list[Query]) -> list[tuple[Query, int]]:
    """The newest of each run of queries for one city, with the length of the run: reloads are no news."""
    runs: list[tuple[Query, int]] = []
    for query in queries:
        if runs and runs[-1][0].city == query.city:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((query, 1))
    return runs


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in one unit. A clock that runs ahead on another machine still reads "just now"."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "h"), (60, "min")):
        if count := seconds // size:
            plural = "s" if unit == "day" and count > 1 else ""
            return f"{count} {unit}{plural} ago"
    return "just now"
