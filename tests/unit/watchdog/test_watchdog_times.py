"""When a cron text fires, and how durations are said."""

from datetime import UTC, datetime, timedelta

import pytest

from components.backups.watchdog.program import times

WEDNESDAY = datetime(2026, 3, 4, 14, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "before", "after"),
    [
        ("0 * * * *", "2026-03-04 14:00", "2026-03-04 15:00"),
        ("12 * * * *", "2026-03-04 14:12", "2026-03-04 15:12"),
        ("*/5 * * * *", "2026-03-04 14:10", "2026-03-04 14:15"),
        ("10/20 * * * *", "2026-03-04 14:10", "2026-03-04 14:30"),
        ("0 9-17/4 * * *", "2026-03-04 13:00", "2026-03-04 17:00"),
        ("30 3 * * 0", "2026-03-01 03:30", "2026-03-08 03:30"),
        ("30 3 * * 7", "2026-03-01 03:30", "2026-03-08 03:30"),
        ("0 0 * * 1-5", "2026-03-04 00:00", "2026-03-05 00:00"),
        ("0 0 1 * *", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("0 0 31 * *", "2026-01-31 00:00", "2026-03-31 00:00"),
        ("0 0 29 2 *", "2024-02-29 00:00", "2028-02-29 00:00"),
        ("15,45 0 4 * 5", "2026-03-04 00:45", "2026-03-06 00:15"),
        ("0 0 1 */6 *", "2026-01-01 00:00", "2026-07-01 00:00"),
    ],
)
def test_cron_texts_fire_when_kubernetes_would_start_a_job(cron: str, before: str, after: str):
    def read(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert (times.before(cron, WEDNESDAY), times.after(cron, WEDNESDAY)) == (read(before), read(after))


def test_a_day_that_never_comes_has_no_time():
    assert times.before("0 0 30 2 *", WEDNESDAY) is None
    assert times.interval("0 0 30 2 *", WEDNESDAY) is None


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("0 * * * *", timedelta(hours=1)),
        ("0 3 * * 0", timedelta(days=7)),
        ("0 3 * * 1-5", timedelta(days=3)),
        ("0 8,20 * * *", timedelta(hours=12)),
        ("0 8,10 * * *", timedelta(hours=22)),
    ],
)
def test_the_interval_is_the_longest_gap(cron: str, gap: timedelta):
    assert times.interval(cron, WEDNESDAY) == gap


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=3, minutes=12), "3 h 12 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=25, minutes=10), "25 h"),
        (timedelta(days=2, hours=5), "2 days"),
        (timedelta(seconds=-5), "less than a minute"),
    ],
)
def test_durations_are_said_in_two_units_at_most(length: timedelta, said: str):
    assert times.duration(length) == said


def test_the_day_is_named_where_it_is_another_one():
    assert times.clock(datetime(2026, 3, 4, 11, tzinfo=UTC), WEDNESDAY) == "11:00"
    assert times.clock(datetime(2026, 3, 1, 3, 30, tzinfo=UTC), WEDNESDAY) == "1 Mar 03:30"
