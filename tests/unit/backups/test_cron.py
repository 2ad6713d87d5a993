"""Cron texts, and the times that stores get by themselves."""

import pytest

from components.backups import cron


@pytest.mark.parametrize("text", ["0 * * * *", "*/15 * * * *", "5,35 1-6/2 1 1-12 0-7", "59 23 31 12 7"])
def test_what_every_cluster_reads_is_taken(text: str) -> None:
    assert cron.problem_with(text) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0 * * *", "has 4 fields"),
        ("@daily", "has 1 fields"),
        ("60 * * * *", "minute '60': must be from 0 to 59"),
        ("0 24 * * *", "hour '24'"),
        ("0 0 0 * *", "day of month '0'"),
        ("0 0 * 13 *", "month '13'"),
        ("0 0 * * mon", "day of week 'mon': must be *"),
        ("0 5-1 * * *", "a range goes upwards"),
        ("*/0 * * * *", "a step must be 1 or more"),
    ],
)
def test_what_no_cluster_reads_is_told_with_its_field(text: str, rule: str) -> None:
    assert rule in str(cron.problem_with(text))


def test_a_store_keeps_its_own_minute_and_stores_differ() -> None:
    names = [f"store-{number}" for number in range(40)]
    times = [cron.hourly(name) for name in names]
    assert times == [cron.hourly(name) for name in names]
    assert len(set(times)) > 20
    assert [cron.problem_with(text) for text in times] == [None] * 40
    weekly = {cron.weekly(name, job) for name in names for job in ("verify", "prune")}
    assert len(weekly) > 60
    assert {cron.problem_with(text) for text in weekly} == {None}
