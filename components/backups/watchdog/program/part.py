"""One thing that is wrong; a finding is made of all that are wrong with the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .model import Severity


@dataclass(frozen=True, kw_only=True)
class Part:
    """The worst of a finding's parts gives it its title."""

    severity: Severity
    title: str
    since: datetime
    why: str = ""
    fix: str = ""
    runbook: str = ""


def worst_first(found: Iterable[Part | None]) -> list[Part]:
    """What is there of them: the worst, then the others in their order."""
    parts = [part for part in found if part]
    worst = max(parts, key=lambda part: part.severity.rank, default=None)
    return [worst, *(part for part in parts if part is not worst)] if worst else []
