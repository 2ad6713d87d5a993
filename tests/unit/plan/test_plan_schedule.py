import pytest

from ladder.plan import schedule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17 * * * *", "1 h"),
        ("*/15 * * * *", "15 min"),
        ("5,50 * * * *", "45 min"),
        ("0 */6 * * *", "6 h"),
        ("0 9-17 * * *", "16 h"),
        ("30 2 * * *", "1 day"),
        ("0 3 * * 0", "7 days"),
        ("0 3 * * 7", "7 days"),
        ("0 3 * * 1-5", "3 days"),
        ("0 0 1 * *", "31 days"),
        ("0 0 1 1 *", "366 days"),
        ("0 0 1,15 * 1", "7 days"),
        ("0 10/4 * * *", "12 h"),
    ],
)
def test_the_longest_time_that_a_schedule_leaves(text: str, expected: str) -> None:
    assert schedule.words(schedule.longest_gap(text)) == expected
