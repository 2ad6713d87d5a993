"""What the watchdog was told: a file of plain settings, and files of secrets."""

from pathlib import Path

from . import loose
from .model import Config, Job, Store, Volume
from .report import Addresses


def read(path: Path) -> Config:
    """The settings, as the component wrote them."""
    held = loose.parse(path.read_text())
    return Config(
        stack=loose.text(held, "stack"),
        namespace=loose.text(held, "namespace"),
        format=loose.text(held, "format"),
        stores=[_store(one) for one in loose.values(held, "stores")],
    )


def _store(value: object) -> Store:
    schedules = loose.mapping(value, "schedules")
    return Store(
        kind=loose.text(value, "kind"),
        name=loose.text(value, "name"),
        schedules={job: loose.text(schedules, job) for job in Job if loose.text(schedules, job)},
        ships=loose.yes(value, "ships"),
        volumes=[
            Volume(pod=loose.text(one, "pod"), claim=loose.text(one, "claim"), gib=loose.number(one, "gib") or 0)
            for one in loose.values(value, "volumes")
        ],
    )


def addresses(folder: Path) -> Addresses:
    """Whom to tell; a file that is not there names nobody."""

    def line(name: str) -> str:
        path = folder / name
        return path.read_text().strip() if path.exists() else ""

    return Addresses(webhook=line("webhook"), ping=line("ping"))
