import json

import pytest
from weather.settings import Store
from weather.watch import Status, StoreError, Watch, explain, ready
from weather_fakes import FakeFavourites

LOST = StoreError("connection refused", lost=True)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def watched(clock: Clock | None = None) -> tuple[FakeFavourites, Watch[FakeFavourites]]:
    driver = FakeFavourites()
    watch = Watch[FakeFavourites](Store.POSTGRES, lambda: driver, clock or Clock())
    watch.look()
    return driver, watch


def test_a_missing_key_is_not_configured_and_never_asked():
    watch = Watch[FakeFavourites](Store.POSTGRES, None)
    watch.look()
    assert (watch.status.configured, watch.status.reached, watch.status.reason) == (False, False, "not configured")
    with pytest.raises(StoreError, match="not configured"):
        watch.run(lambda driver: driver.cities())


def test_a_request_that_meets_a_dead_store_spares_the_next_ones():
    driver, watch = watched()
    driver.error = LOST
    with pytest.raises(StoreError):
        watch.run(lambda driver: driver.cities())
    calls = driver.calls
    with pytest.raises(StoreError, match="connection refused"):
        watch.run(lambda driver: driver.cities())
    assert driver.calls == calls, "a store that is known to be down must not be asked by a request"
    assert not watch.status.reached


def test_a_store_that_comes_back_is_prepared_again():
    driver, watch = watched()
    driver.error = LOST
    watch.look()
    assert (watch.status.reached, watch.status.reason) == (False, "connection refused")
    driver.error = None
    watch.look()
    assert watch.status.reached
    assert driver.prepared == 2, "it may be another, empty server now"
    assert watch.run(lambda driver: driver.cities()) == []


def test_a_refused_operation_does_not_call_the_store_lost():
    driver, watch = watched()
    driver.error = StoreError("permission denied", lost=False)
    with pytest.raises(StoreError, match="permission denied"):
        watch.run(lambda driver: driver.add("Oslo"))
    assert watch.status.reached


def test_an_overdue_answer_is_not_called_reached():
    clock = Clock()
    _, watch = watched(clock)
    clock.now += 11
    assert watch.status.reached
    clock.now += 2
    assert (watch.status.reached, watch.status.reason) == (False, "no answer for 13 s")


def test_a_uri_that_cannot_be_read_is_a_reason_and_not_a_crash():
    def connect() -> FakeFavourites:
        raise StoreError("DATABASE_URL is not a valid PostgreSQL URI", lost=True)

    watch = Watch[FakeFavourites](Store.POSTGRES, connect)
    watch.look()
    assert watch.status.reason == "DATABASE_URL is not a valid PostgreSQL URI"


def test_a_bug_in_a_driver_does_not_end_the_watch():
    driver, watch = watched()
    driver.error = LookupError("hunter2")  # pyright: ignore[reportAttributeAccessIssue] (what a bug would raise)
    watch.look()
    assert (watch.status.reached, watch.status.reason) == (False, "LookupError")


def test_changes_are_logged_once_each_as_json(capsys: pytest.CaptureFixture[str]):
    driver, watch = watched()
    driver.error = LOST
    for _ in range(3):
        watch.look()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["store"], line["reached"]) for line in lines] == [
        ("store", "postgres", True),
        ("store", "postgres", False),
    ]


UP, DOWN, OFF = (True, True), (True, False), (False, False)  # configured, reached


@pytest.mark.parametrize(
    ("postgres", "mongodb", "redis", "expected"),
    [
        (OFF, OFF, OFF, True),
        (UP, UP, UP, True),
        (DOWN, UP, UP, True),
        (DOWN, DOWN, UP, True),
        (DOWN, OFF, UP, True),
        (UP, UP, DOWN, True),
        (OFF, OFF, DOWN, True),
        (DOWN, OFF, OFF, False),
        (DOWN, DOWN, OFF, False),
        (DOWN, DOWN, DOWN, False),
        (OFF, DOWN, DOWN, False),
    ],
)
def test_readiness(
    postgres: tuple[bool, bool], mongodb: tuple[bool, bool], redis: tuple[bool, bool], *, expected: bool
):
    seen = {Store.POSTGRES: postgres, Store.MONGODB: mongodb, Store.REDIS: redis}
    statuses = [Status(store=store, configured=pair[0], reached=pair[1]) for store, pair in seen.items()]
    assert ready(statuses) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('connection to server at "10.0.0.7", port 5432 failed: Connection refused', "connection refused"),
        ("h:27017: [Errno 111] Connection refused (configured timeouts: ...), Timeout: 2.0s", "connection refused"),
        ('FATAL:  password authentication failed for user "app"', "user or password refused"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get issuer", "certificate not trusted"),
        ('server certificate for "a" does not match host name "b"', "certificate is for another host"),
        ("Error -2 connecting to redis:6379. Name or service not known.", "host name not found"),
        ("this user has no permissions: NOPERM", "permission denied"),
    ],
)
def test_reasons_are_short_and_known(text: str, reason: str):
    assert explain(RuntimeError(text)) == reason


def test_an_unknown_error_shows_its_kind_and_none_of_its_text():
    assert explain(RuntimeError("bad URI postgresql://app:hunter2@db/app")) == "RuntimeError"
