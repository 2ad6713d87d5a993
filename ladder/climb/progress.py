"""The progress of a job that copies: how far, how fast, how long still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, ValidationError

from infra.cluster_api import Shape
from ladder.backups.screen import size
from ladder.plan.words import duration

PREFIX = "PROGRESS "
EVERY_SECONDS = 5
"""A log is read, too: a line now and then is enough."""
BAR = 20


class Point(Shape):
    """One line of it, as a job writes it."""

    step: str
    done: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=0)] = 0
    unit: str = ""


@dataclass(kw_only=True)
class Progress:
    """Turns what a job writes into what a person reads.

    Attributes:
        tell: Is given lines.
        now: Seconds that pass.
    """

    tell: Callable[[str], None]
    now: Callable[[], float]
    _first: tuple[float, Point] | None = None
    _last: float = field(default=float("-inf"))

    def line(self, text: str) -> None:
        """A line of the job's log."""
        try:
            point = Point.model_validate_json(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
        except ValidationError:
            point = None
        if point is None:
            self.tell(text)
            return
        now = self.now()
        if self._first is None or self._first[1].step != point.step or point.done < self._first[1].done:
            self._first = (now, point)
        complete = bool(point.of) and point.done >= point.of
        if complete or now - self._last >= EVERY_SECONDS:
            self._last = now
            self.tell(words(point, now - self._first[0], point.done - self._first[1].done))


def words(point: Point, seconds: float, moved: int) -> str:
    """How far it is; rate and time left, where they are known."""
    rate = moved / seconds if seconds > 0 else 0
    parts = [f"  {point.step:<8}"]
    if point.of:
        share = min(1, point.done / point.of)
        full = round(share * BAR)
        parts.append(f"{'█' * full}{'░' * (BAR - full)} {share * 100:3.0f} %")
    of = f" of {_amount(point.of, point.unit)}" if point.of else ""
    parts.append(f"{_amount(point.done, point.unit)}{of}")
    if rate:
        parts.append(f"{_amount(round(rate), point.unit)}/s")
        if point.of > point.done:
            left = (point.of - point.done) / rate
            parts.append(f"{f'{left:.0f} s' if left < 120 else duration(left / 60)} left")
    return "  ".join(parts)


def _amount(count: int, unit: str) -> str:
    return size(count) if unit == "bytes" else f"{count:,} {unit}".replace(",", " ").strip()
