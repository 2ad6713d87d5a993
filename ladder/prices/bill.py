"""A month's bill: what every resource uses, its price where one is known, and what stays open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from ladder.engine.properties import Properties
from ladder.prices.book import Book, Row, Unit


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What is registered of a resource.

    Attributes:
        part: The component that it belongs to, for example the store's name.
        type: Token without its class, for example `aws:rds/instance`.
        name: Logical name.
        inputs: Without secret marks.
    """

    part: str
    type: str
    name: str
    inputs: Properties


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a stack runs: the cloud and its region, as the price book spells them."""

    cloud: str
    region: str | None


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a resource uses in a month, whatever happens.

    Attributes:
        service: As the price book spells it.
        item: As the price book spells it.
        unit: Of the quantity.
        quantity: In a month.
        cloud: Instead of the site's.
        region: Instead of the site's.
    """

    service: str
    item: str
    unit: Unit
    quantity: float
    cloud: str | None = None
    region: str | None = None


class Reason(StrEnum):
    """Why something that costs has no amount."""

    NOT_READ = "no page was read that gives the price"
    BY_USE = "depends on what is used"
    CHOSEN_LATER = "chosen when it runs"
    YOURS = "billed to you by what you run already"
    NO_METER = "Ladder does not know what this resource costs"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that costs, of which a plan cannot tell how much.

    Attributes:
        what: In words.
        reason: Why.
        unit: What one unit of it would be in the price book, where it has units.
        price: Of one unit, where one was read.
        elsewhere: The price of one unit in another region, to give an idea.
        quantity: Units a month, where they are known.
    """

    what: str
    reason: Reason
    unit: Use | None = None
    price: Row | None = None
    elsewhere: Row | None = None
    quantity: float | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of a bill: either a row with a quantity, or a gap."""

    part: str
    resource: str
    row: Row | None = None
    quantity: float = 0
    gap: Gap | None = None

    @property
    def usd(self) -> float:
        """What is known of it."""
        return self.row.usd * self.quantity if self.row else 0

    @property
    def open(self) -> bool:
        """Whether it may cost more than that."""
        return self.gap is not None or (self.row is not None and self.row.floor)


@dataclass(frozen=True)
class Bill:
    """What a month costs."""

    lines: Sequence[Line] = ()

    def of(self, *parts: str) -> "Bill":
        """Of these parts alone."""
        return Bill([line for line in self.lines if line.part in parts])

    @property
    def usd(self) -> float:
        """What is known."""
        return sum(line.usd for line in self.lines)

    @property
    def at_least(self) -> bool:
        """Whether it may cost more than what is known."""
        return any(line.open for line in self.lines)

    @property
    def gaps(self) -> list[Gap]:
        """What is not known, each once, with its quantities summed."""
        found: dict[tuple[str, Reason], Gap] = {}
        for gap in (line.gap for line in self.lines if line.gap):
            same = found.get((gap.what, gap.reason))
            total = (gap.quantity or 0) + (same.quantity or 0) if same else gap.quantity
            found[gap.what, gap.reason] = replace(gap, quantity=total)
        return list(found.values())

    @property
    def days(self) -> tuple[date, date] | None:
        """The oldest and the newest day of the prices in it."""
        found = [line.row.day for line in self.lines if line.row]
        return (min(found), max(found)) if found else None


def make(uses: Iterable[tuple[Resource, Use | Gap]], site: Site, book: Book) -> Bill:
    """Price what is used."""
    return Bill([_line(resource, used, site, book) for resource, used in uses])


def _line(resource: Resource, used: Use | Gap, site: Site, book: Book) -> Line:
    if isinstance(used, Gap):
        price = _find(used.unit, site, book.find) if used.unit else None
        return Line(part=resource.part, resource=resource.name, gap=replace(used, price=price))
    if found := _find(used, site, book.find):
        return Line(part=resource.part, resource=resource.name, row=found, quantity=used.quantity)
    gap = Gap(
        what=f"{used.service} {used.item}",
        reason=Reason.NOT_READ,
        unit=used,
        elsewhere=_find(used, site, book.elsewhere),
        quantity=used.quantity,
    )
    return Line(part=resource.part, resource=resource.name, gap=gap)


class _Search(Protocol):
    def __call__(self, *, cloud: str, region: str | None, service: str, item: str, unit: Unit) -> Row | None: ...


def _find(used: Use, site: Site, search: _Search) -> Row | None:
    return search(
        cloud=used.cloud or site.cloud,
        region=used.region or site.region,
        service=used.service,
        item=used.item,
        unit=used.unit,
    )
