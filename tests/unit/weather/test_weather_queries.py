from datetime import UTC, datetime, timedelta

import pytest
from weather.queries import Query, ago, collapse

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-90, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86399, "23 h ago"),
        (86400, "1 day ago"),
        (200000, "2 days ago"),
    ],
)
def test_times_are_told_in_one_unit(seconds: int, text: str):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_reloads_count_as_one_row_and_the_newest_stands_for_them():
    queries = [
        Query(city=city, at=NOW - timedelta(minutes=index), temperature_c=index, sky="clear", source="generated")
        for index, city in enumerate(["Oslo", "Oslo", "Rome", "Oslo"])
    ]
    assert [(query.city, query.at, times) for query, times in collapse(queries)] == [
        ("Oslo", queries[0].at, 2),
        ("Rome", queries[2].at, 1),
        ("Oslo", queries[3].at, 1),
    ]
