"""What of the shipped log can be had, and what is forgotten: with a restic that holds what the test wants."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
from backup_lab import Lab, lab
from test_backup_scripts import FAKE_RESTIC

from components.kubernetes import scripts

NOON = 'command date -u -d "2026-01-20T12:00:00Z" "${@: -1}"'
DATE = f'date() {{ if [[ $* == *-d* ]]; then command date "$@"; else {NOON}; fi; }}'


@pytest.fixture
def jobs() -> Iterator[Lab]:
    with lab("postgres", scripts.read("components.postgres", "backup"), FAKE_RESTIC) as found:
        # The job's own clock says that it is noon of the 20th.
        library = (found.folder / "scripts/lib.sh").read_text()
        found.put("scripts/lib.sh", f"{library}\n{DATE}\n")
        found.put("forgotten", "")
        found.env |= {"DAYS": "7", "LOG_REPOSITORY": "log", "LOG_PASSWORD": "test-password"}
        yield found


def segment(number: int) -> str:
    return f"00000001{number // 256:08X}{number % 256:08X}"


def snapshot(time: str, kind: str, **tags: str) -> dict[str, object]:
    listed = [f"{key}={value}" for key, value in {"store": "postgres", "kind": kind, **tags}.items()]
    id_ = f"{abs(hash((time, kind, *listed))):x}" * 8
    return {"time": f"{time}.5Z", "tags": listed, "id": id_[:64], "short_id": id_[:8]}


def base(day: int, first: int, system: str = "7", hour: str = "03") -> list[dict[str, object]]:
    """Taken on a day of January at three, as of five past."""
    run = f"b{day}-{hour}-{system}"
    at = f"2026-01-{day:02}T{hour}:05:00.000000Z"
    return [
        snapshot(f"2026-01-{day:02}T{hour}:00:00", "base", run=run, system=system),
        snapshot(f"2026-01-{day:02}T{hour}:05:01", "label", run=run, system=system, start=segment(first), at=at),
    ]


def chunk(day: int, first: int, last: int, system: str = "7", hour: str = "12") -> dict[str, object]:
    time = f"2026-01-{day:02}T{hour}:00:00"
    tags = {"first": segment(first), "last": segment(last), "until": f"{time}.000000Z"}
    return snapshot(time, "wal", system=system, **tags)


def holds(jobs: Lab, *found: dict[str, object] | list[dict[str, object]]) -> list[dict[str, object]]:
    flat = [one for many in found for one in (many if isinstance(many, list) else [many])]
    ordered = sorted(flat, key=lambda it: str(it["time"]))
    jobs.put("snapshots", json.dumps(ordered, separators=(",", ":")) + "\n")
    return ordered


def left(jobs: Lab, *found: dict[str, object] | list[dict[str, object]]) -> list[str]:
    """Times and kinds that a trim leaves."""
    held = holds(jobs, *found)
    report = jobs.job("trim")
    assert report["ok"], report["why"]
    gone = (jobs.folder / "forgotten").read_text().split()
    assert report["forgotten"] == len(gone)
    return [f"{str(it['time'])[8:10]} {str(it['tags'][1])[5:]}" for it in held if it["id"] not in gone]  # type: ignore[index]


def test_the_base_that_the_oldest_moment_needs_stays_and_the_log_from_it_on(jobs: Lab) -> None:
    """The window begins on the 13th at noon: the base of that night serves it, that of the 12th nothing in it."""
    found = left(
        jobs,
        *(base(day, day * 10) for day in (11, 12, 13, 14, 20)),
        *(chunk(day, day * 10, day * 10 + 10) for day in range(11, 21)),
    )
    assert [it for it in found if it.endswith("base")] == ["13 base", "14 base", "20 base"]
    # The log of the 12th ends in the segment in which the base of the 13th begins.
    assert [it for it in found if it.endswith("wal")] == [f"{day} wal" for day in range(12, 21)]


def test_the_only_base_stays_however_old_it_is(jobs: Lab) -> None:
    assert left(jobs, base(2, 20), chunk(2, 20, 21), chunk(19, 21, 40)) == ["02 base", "02 label", "02 wal", "19 wal"]


def test_of_a_chunk_the_newest_snapshot_is_enough(jobs: Lab) -> None:
    found = left(jobs, base(19, 1), *(chunk(20, 1, 1 + number, hour=f"0{number}") for number in range(5)))
    assert found == ["19 base", "19 label", "20 wal"]
    assert len((jobs.folder / "forgotten").read_text().split()) == 4


def test_a_server_that_is_gone_is_kept_until_its_last_moment_is_too_old(jobs: Lab) -> None:
    new = [*base(19, 1, "8"), chunk(20, 1, 3, "8")]
    assert "11 base" in left(jobs, base(11, 5), chunk(14, 5, 9), new)
    jobs.put("forgotten", "")
    found = left(jobs, base(11, 5), chunk(12, 5, 9), new)
    assert found == ["19 base", "19 label", "20 wal"]


def test_what_may_still_become_a_base_stays_for_two_days(jobs: Lab) -> None:
    [begun, _] = base(19, 7)
    [old, _] = base(17, 7)
    found = left(jobs, base(15, 1), chunk(20, 1, 9), begun, old)
    assert "19 base" in found
    assert "17 base" not in found


def had(jobs: Lab, at: str, *found: dict[str, object] | list[dict[str, object]]) -> str:
    """What a restore says of a moment that cannot be had."""
    holds(jobs, *found)
    for name, value in {"host": "h", "port": "1", "user": "u", "password": "p", "database": "d", "ca.crt": ""}.items():
        (jobs.folder / "secrets/restore").mkdir(exist_ok=True)
        jobs.put(f"secrets/restore/{name}", value)
    store = (jobs.folder / "scripts/store.sh").read_text()
    jobs.put("scripts/store.sh", f"{store}\ntarget_empty() {{ :; }}\n")
    report = jobs.job("restore", AT=at)
    assert report["code"] == 41
    return report["why"]


def test_a_moment_that_cannot_be_had_names_those_that_can(jobs: Lab) -> None:
    whole = [*base(18, 1), *base(19, 5), chunk(18, 1, 5), chunk(19, 5, 9)]
    why = had(jobs, "2026-01-17T00:00:00.000000Z", *whole)
    assert "from 2026-01-18T03:05:00.000000Z to 2026-01-19T12:00:00.000000Z" in why
    assert why.count("from") == 1
    assert "cannot be had" in had(jobs, "2026-01-19T12:00:00.000001Z", *whole)
    assert "no moment" in had(jobs, "yesterday", *whole)
    assert "nothing yet" in had(jobs, "2026-01-19T00:00:00.000000Z")


def test_a_gap_in_the_log_divides_what_can_be_had(jobs: Lab) -> None:
    """Between segments 5 and 9 nothing was shipped; the base after it begins another stretch."""
    broken = [*base(18, 1), chunk(18, 1, 5), chunk(19, 9, 12), *base(19, 10, hour="05"), chunk(20, 12, 13)]
    why = had(jobs, "2026-01-18T20:00:00.000000Z", *broken)
    assert "from 2026-01-18T03:05:00.000000Z to 2026-01-18T12:00:00.000000Z, from 2026-01-19T05:05:00.000000Z to" in why


def test_the_list_tells_what_can_be_had_beside_the_runs(jobs: Lab) -> None:
    holds(jobs, *base(18, 1), chunk(18, 1, 5), chunk(19, 9, 12), *base(19, 10, hour="05"))
    assert jobs.job("list")["lines_out"] == [
        '{"from":"2026-01-18T03:05:00.000000Z","to":"2026-01-18T12:00:00.000000Z"}',
        '{"from":"2026-01-19T05:05:00.000000Z","to":"2026-01-19T12:00:00.000000Z"}',
    ]
    assert jobs.job("list", LOG_REPOSITORY="")["lines_out"] == []


def test_a_chunk_that_was_begun_again_is_no_gap(jobs: Lab) -> None:
    """A shipper that starts anew begins with the segment in which the one before it ended."""
    why = had(jobs, "2026-01-01T00:00:00.000000Z", base(18, 1), chunk(18, 1, 5), chunk(19, 5, 7), chunk(20, 8, 8))
    assert "from 2026-01-18T03:05:00.000000Z to 2026-01-20T12:00:00.000000Z" in why


def test_a_base_whose_log_is_not_there_yet_is_none(jobs: Lab) -> None:
    assert "nothing yet" in had(jobs, "2026-01-19T04:00:00.000000Z", base(19, 9), chunk(19, 1, 5))


@pytest.mark.parametrize(("volume_mib", "held_mib"), [(1024, 204), (5120, 1024), (10240, 2048), (1024000, 2048)])
def test_what_a_dead_shipper_holds_back_never_fills_the_volume(volume_mib: int, held_mib: int) -> None:
    text = scripts.read("components.postgres")["start.sh"]
    function = re.search(r"^slot_mib\(\).*?^}", text, re.DOTALL | re.MULTILINE)
    assert function
    script = f"df() {{ printf '1M-blocks\n %s\n' {volume_mib}; }}; PGDATA=/nowhere; {function[0]}; slot_mib"
    done = subprocess.run(["bash", "-euc", script], check=True, capture_output=True, text=True)
    assert int(done.stdout) == held_mib
    assert '-c "max_slot_wal_keep_size=$(slot_mib)MB"' in text
