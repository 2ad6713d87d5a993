"""Volumes: limits, and what their samples foretell."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from watchdog_world import GIB, NOW, VOLUME, WATCHED, fill, look, only

from components.backups.watchdog.program import volumes
from components.backups.watchdog.program.model import Severity, Told

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def samples(per_day: float, days: float, step_hours: float = 1, end: float = 8.0) -> list[tuple[int, int]]:
    """Fills of the past, GiB, that end now at `end`."""
    count = int(days * 24 / step_hours)
    return [
        (int((NOW - timedelta(hours=ago * step_hours)).timestamp()), int((end - per_day * ago * step_hours / 24) * GIB))
        for ago in range(count, -1, -1)
    ]


@pytest.mark.parametrize(
    ("percent", "severity"), [(79.4, None), (80, WARNING), (89, WARNING), (90, CRITICAL), (100, CRITICAL)]
)
def test_a_volume_warns_at_80_percent_and_pages_at_90(percent: float, severity: Severity | None):
    found = look(fills={"postgres-0": fill(percent)}).findings
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_full_volume_names_the_setting_that_grows_it():
    found = only(look(fills={"postgres-0": fill(87)}))
    assert found.title == "volume data-postgres-0 is 87 % full; no forecast: not enough data yet"
    assert found.fix == "ladder:postgres storage_gib: 20"
    assert found.runbook == "docs/runbooks/disk-full.md"


def test_used_up_inodes_count_like_bytes():
    found = only(look(fills={"postgres-0": fill(10, inodes=95)}))
    assert (found.severity, found.title[:26]) == (CRITICAL, "95 % of the inodes of volu")


def test_a_nodes_disk_is_not_told_to_grow():
    found = only(look(fills={"postgres-0": fill(85, gib=100)}))
    assert "the disk of its node" in found.title
    assert "storage_gib: " not in found.fix


@pytest.mark.parametrize(
    ("told", "percent", "severity"),
    [(WARNING, 79, WARNING), (WARNING, 77, None), (CRITICAL, 89, CRITICAL), (CRITICAL, 87, WARNING)],
)
def test_a_fill_around_a_limit_does_not_chatter(told: Severity, percent: float, severity: Severity | None):
    key = "postgres/volume data-postgres-0"
    held = Told(store="postgres", subject="volume data-postgres-0", severity=told, since=NOW, at=NOW)
    found = look(replace(WATCHED, told={key: held}), fills={"postgres-0": fill(percent)}).findings
    assert [one.severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize("held", [{}, {"postgres-0": fill(85, age=timedelta(minutes=16))}])
def test_a_fill_of_which_nothing_is_known_is_spoken_of_after_some_patience(held: dict):
    first = look(fills=held)
    assert first.findings == []
    later = look(first.memory, NOW + timedelta(minutes=16), fills=held)
    assert "nothing is known of the fill of volume data-postgres-0 for 16 min" in later.findings[0].title


@pytest.mark.parametrize(
    ("past", "days", "words"),
    [
        (samples(0.2, 7), 10, "full in about 10 days at this week's pace"),
        (samples(2, 2), 1, "full in about 24 hours at this week's pace"),
        (samples(0.2, 0.9), None, "no forecast: not enough data yet"),
        (samples(0.2, 4, step_hours=24), None, "no forecast: not enough data yet"),
        (samples(0, 7), None, "not growing to speak of"),
        (samples(-1, 7), None, "not growing to speak of"),
        (samples(0.001, 7), None, "not growing to speak of"),
        ([], None, "no forecast: not enough data yet"),
    ],
)
def test_a_forecast_is_a_line_through_a_weeks_samples(past: list[tuple[int, int]], days: float | None, words: str):
    seen = volumes.forecast(VOLUME, fill(80), past, NOW)
    assert seen.words == words
    assert seen.full_in_days == (pytest.approx(days, abs=0.05) if days else None)


def test_one_sample_an_hour_is_kept_for_a_week():
    kept: list[tuple[int, int]] = []
    for minute in range(0, 8 * 24 * 60, 10):
        held = replace(fill(50), time=NOW + timedelta(minutes=minute))
        kept = volumes.sampled(kept, held)
    assert len(kept) == 7 * 24
    assert {later[0] - earlier[0] for earlier, later in pairwise(kept)} == {3600}
