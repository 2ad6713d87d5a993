"""Stores in memory, for the weather page's tests."""

from datetime import UTC, datetime

from weather.generator import generate
from weather.queries import Query
from weather.report import Report
from weather.service import CacheDriver, FavouritesDriver, HistoryDriver, Service, Stores
from weather.settings import Store
from weather.upstream import UnreachableError
from weather.watch import Facts, StoreError, Tls, Watch

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


class Fake:
    """Counts how often it was prepared; fails as `error` says."""

    def __init__(self) -> None:
        self.error: StoreError | None = None
        self.prepared = 0
        self.calls = 0

    def fail(self) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error

    def prepare(self) -> Facts:
        self.fail()
        self.prepared += 1
        return Facts(version="1.2", tls=Tls(version="TLSv1.3", verified=True))

    def ping(self) -> None:
        self.fail()

    def close(self) -> None: ...


class FakeFavourites(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def cities(self) -> list[str]:
        self.fail()
        return list(self.kept)

    def add(self, city: str) -> bool:
        self.fail()
        if city in self.kept:
            return False
        self.kept.insert(0, city)
        return True

    def remove(self, city: str) -> bool:
        self.fail()
        if city not in self.kept:
            return False
        self.kept.remove(city)
        return True


class FakeHistory(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.queries: list[Query] = []

    def newest(self, most: int) -> list[Query]:
        self.fail()
        return self.queries[:most]

    def add(self, query: Query) -> None:
        self.fail()
        self.queries.insert(0, query)


class FakeCache(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, tuple[Report, int]] = {}

    def get(self, city: str) -> tuple[Report, int] | None:
        self.fail()
        return self.held.get(city.casefold())

    def put(self, city: str, report: Report, *, fresh_s: int) -> None:
        self.fail()
        self.held[city.casefold()] = (report, fresh_s)


class World:
    """A service whose stores and public weather can be switched off, and nothing leaves the process."""

    def __init__(self, *, configured: bool = True) -> None:
        self.favourites, self.history, self.cache = FakeFavourites(), FakeHistory(), FakeCache()
        self.upstream_error: Exception | None = UnreachableError("open-meteo.com did not answer within 2 s")
        self.asked: list[str] = []
        self.stores = Stores(
            favourites=Watch[FavouritesDriver](Store.POSTGRES, (lambda: self.favourites) if configured else None),
            history=Watch[HistoryDriver](Store.MONGODB, (lambda: self.history) if configured else None),
            cache=Watch[CacheDriver](Store.REDIS, (lambda: self.cache) if configured else None),
        )
        self.look()
        self.service = Service(stores=self.stores, upstream=self._report, now=lambda: NOW)

    def look(self) -> None:
        for watch in (self.stores.favourites, self.stores.history, self.stores.cache):
            watch.look()

    def _report(self, city: str) -> Report:
        self.asked.append(city)
        if self.upstream_error is not None:
            raise self.upstream_error
        return generate(city, NOW, note="")
