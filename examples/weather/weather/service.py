"""What the application does, whichever of its stores are there."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from weather.generator import generate
from weather.queries import Query
from weather.report import Report
from weather.upstream import UnreachableError
from weather.watch import Driver, Status, StoreError, Watch

DEFAULT_CITY = "Berlin"
HISTORY_SHOWN = 8
_HISTORY_READ = 60  # enough for eight rows after reloads are collapsed
_FRESH_S = 600
_FRESH_GENERATED_S = 60  # so that real figures come back soon after the public service does
_LONGEST_CITY = 80


class CityError(Exception):
    """A city name that breaks the rule; the text is fit for the page."""


class CacheDriver(Driver, Protocol):
    """See weather.cache.Cache."""

    def get(self, city: str) -> tuple[Report, int] | None:
        """A report and the seconds it stays fresh."""
        ...

    def put(self, city: str, report: Report, *, fresh_s: int) -> None:
        """Keep a report for some seconds."""
        ...


class HistoryDriver(Driver, Protocol):
    """See weather.history.History."""

    def newest(self, most: int) -> list[Query]:
        """The newest first."""
        ...

    def add(self, query: Query) -> None:
        """Remember one query."""
        ...


class FavouritesDriver(Driver, Protocol):
    """See weather.favourites.Favourites."""

    def cities(self) -> list[str]:
        """The newest first."""
        ...

    def add(self, city: str) -> bool:
        """Whether it is new."""
        ...

    def remove(self, city: str) -> bool:
        """Whether it was there."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The three stores under observation."""

    favourites: Watch[FavouritesDriver]
    history: Watch[HistoryDriver]
    cache: Watch[CacheDriver]

    def statuses(self) -> list[Status]:
        """In the order of the page."""
        return [self.favourites.status, self.history.status, self.cache.status]

    def start(self) -> None:
        """Begin to watch all of them."""
        for watch in (self.favourites, self.history, self.cache):
            watch.start()

    def stop(self) -> None:
        """Close all connections."""
        for watch in (self.favourites, self.history, self.cache):
            watch.stop()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A report, for how many seconds the cache still holds it (None: it did not come from the cache), and why
    the history lacks it (empty: it does not, or nobody wanted it to).
    """

    report: Report
    cached_for_s: int | None
    not_remembered: str = ""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The use cases. `upstream` raises UnknownCityError or UnreachableError; `now` is aware."""

    stores: Stores
    upstream: Callable[[str], Report]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def weather(self, city: str, *, remember: bool) -> Answer:
        """The weather of a city, from the cache where it is fresh. Raises CityError, UnknownCityError."""
        city = clean_city(city)
        answer = self._cached(city) or self._fresh(city)
        return replace(answer, not_remembered=self._remember(answer.report)) if remember else answer

    def history(self) -> list[Query]:
        """The newest first. Raises StoreError."""
        return self.stores.history.run(lambda driver: driver.newest(_HISTORY_READ))

    def favourites(self) -> list[str]:
        """The newest first. Raises StoreError."""
        return self.stores.favourites.run(lambda driver: driver.cities())

    def add_favourite(self, city: str) -> bool:
        """Whether it is new. Raises CityError, StoreError."""
        name = clean_city(city)
        return self.stores.favourites.run(lambda driver: driver.add(name))

    def remove_favourite(self, city: str) -> bool:
        """Whether it was there. Raises CityError, StoreError."""
        name = clean_city(city)
        return self.stores.favourites.run(lambda driver: driver.remove(name))

    def _cached(self, city: str) -> Answer | None:
        try:
            found = self.stores.cache.run(lambda driver: driver.get(city))
        except StoreError:
            return None  # a cache may be gone; the page's footer says so
        return None if found is None else Answer(report=found[0], cached_for_s=found[1])

    def _fresh(self, city: str) -> Answer:
        try:
            report, fresh_s = self.upstream(city), _FRESH_S
        except UnreachableError as error:
            report, fresh_s = generate(city, self.now(), note=str(error)), _FRESH_GENERATED_S
        with suppress(StoreError):
            self.stores.cache.run(lambda driver: driver.put(city, report, fresh_s=fresh_s))
        return Answer(report=report, cached_for_s=None)

    def _remember(self, report: Report) -> str:
        query = Query(
            city=report.place.name,
            at=self.now(),
            temperature_c=report.temperature_c,
            sky=report.sky.value,
            source=report.source.value,
        )
        try:
            self.stores.history.run(lambda driver: driver.add(query))
        except StoreError as error:
            return error.reason  # the weather is worth showing all the same
        return ""


def clean_city(text: str) -> str:
    """One spelling for one name. Raises CityError."""
    city = " ".join(unicodedata.normalize("NFC", text).split())
    if not city:
        raise CityError("Which city? Please type a name.")
    if len(city) > _LONGEST_CITY:
        raise CityError(f"That name has {len(city)} characters; {_LONGEST_CITY} are allowed.")
    if not city.isprintable() or not any(character.isalpha() for character in city):
        raise CityError("A city's name needs letters, and only characters that can be printed.")
    return city
