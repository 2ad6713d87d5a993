"""The price book: rows that somebody read on a page, each with its address and days."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("prices.toml")
EVERY_REGION = "*"
HOURS_A_MONTH = 730
"""8760 hours a year over twelve months, as the clouds' own calculators count."""


class Unit(StrEnum):
    """What a price is for."""

    HOUR = "hour"
    MONTH = "month"
    GIB_MONTH = "GiB-month"
    GIB_HOUR = "GiB-hour"
    GIB = "GiB"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One price.

    Attributes:
        cloud: Whose; for a vendor's service, where it runs.
        region: As the cloud spells it.
        service: Short name, for example `rds`.
        item: What is paid for, for example `postgres db.t4g.small`.
        unit: Of what.
        usd: US dollars for one unit, without tax and discounts.
        source: Address of the page.
        read: Day on which it was read.
        of: Day that the page names itself; absent where it names none.
        floor: Whether the page says "from": the true price may be higher, never lower.
    """

    cloud: str
    region: str
    service: str
    item: str
    unit: Unit
    usd: float
    source: str
    read: date
    of: date | None = None
    floor: bool = False

    @property
    def day(self) -> date:
        """How old the price is at least."""
        return self.of or self.read


@dataclass(frozen=True)
class Book:
    """Every row, by what it is for.

    Raises:
        ValueError: When two rows price the same thing.
    """

    rows: Sequence[Row]
    _held: Mapping[tuple[str, ...], Row] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        held: dict[tuple[str, ...], Row] = {}
        for row in self.rows:
            key = (row.cloud, row.service, row.item, row.unit, row.region)
            if key in held:
                raise ValueError(f"two prices for {' '.join(key)}: {held[key].source} and {row.source}")
            held[key] = row
        object.__setattr__(self, "_held", held)

    def find(self, *, cloud: str, region: str | None, service: str, item: str, unit: Unit) -> Row | None:
        """The price in this region; where no page names a region, the vendor's "from"."""
        for where in (region, EVERY_REGION):
            if where and (row := self._held.get((cloud, service, item, unit, where))):
                return row
        return None

    def elsewhere(self, *, cloud: str, region: str | None, service: str, item: str, unit: Unit) -> Row | None:
        """The price in another region of the cloud, to give an idea; never to be added up."""
        wanted = (cloud, service, item, unit)
        found = (row for key, row in self._held.items() if key[:4] == wanted and row.region != region)
        return next(found, None)


@cache
def read() -> Book:
    """The book of this repository."""
    return parse(FILE.read_text(encoding="utf-8"))


def parse(text: str) -> Book:
    """A book from TOML: a table a page, with its rows.

    Raises:
        ValueError: When a row prices nothing, prices something twice, or its page has no address.
    """
    rows: list[Row] = []
    for page in tomllib.loads(text)["page"]:
        if not str(page["source"]).startswith("https://"):
            raise ValueError(f"a page without an address: {page['source']}")
        for service, item, unit, usd in page["rows"]:
            if not float(usd) > 0:
                raise ValueError(f"{service} {item}: a price is greater than 0, not {usd}")
            rows.append(
                Row(
                    cloud=page["cloud"],
                    region=page["region"],
                    service=service,
                    item=item,
                    unit=Unit(unit),
                    usd=float(usd),
                    source=page["source"],
                    read=page["read"],
                    of=page.get("of"),
                    floor=page.get("floor", False),
                )
            )
    return Book(rows)
