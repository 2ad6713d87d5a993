"""What the jobs decide, with a restic that says what the test wants: which runs count, which stay, what went wrong."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_lab import FAKE_STORE, Lab, lab

from components.backups import hooks
from components.catalog import Kind

FAKE_RESTIC = r"""#!/usr/bin/env bash
while [[ ${1:-} == --* ]]; do [[ $1 == --retry-lock ]] && shift; shift; done
echo "$*" >>"$LAB/calls"
case $1 in
  cat)
    [ ! -s "$LAB/says" ] || cat "$LAB/says" >&2
    [ ! -e "$LAB/stalls" ] || sleep 30
    exit "$(cat "$LAB/status" 2>/dev/null || echo 0)"
    ;;
  snapshots) cat "$LAB/snapshots" ;;
  forget) shift; printf '%s\n' "$@" | grep -v '^--' >>"$LAB/forgotten" ;;
esac
"""


@pytest.fixture
def jobs() -> Iterator[Lab]:
    with lab("postgres", {"store.sh": FAKE_STORE}, FAKE_RESTIC) as found:
        found.put("snapshots", "[]\n")
        found.put("forgotten", "")
        yield found


def snapshot(time: str, run: str, kind: str, **tags: str) -> dict[str, object]:
    listed = [f"{key}={value}" for key, value in {"store": "postgres", "kind": kind, "run": run, **tags}.items()]
    # Restic's own order of keys: the time first, the id near the end.
    return {
        "time": f"{time}.123456789Z",
        "tree": "0" * 64,
        "paths": [f"/{kind}"],
        "hostname": "dev",
        "tags": listed,
        "program_version": "restic 0.18.0",
        "summary": {"backup_start": f"{time}Z", "total_bytes_processed": 1},
        "id": (f"{abs(hash((run, kind))):x}" * 8)[:64],
        "short_id": "00000000",
    }


def run(time: str, *, parts: tuple[str, ...] = ("one", "two"), verified: bool = False, state: str = "ok") -> list:
    name = f"r{time}"
    found = [snapshot(time, name, part) for part in parts]
    found.append(snapshot(time, name, "manifest", parts="one+two", bytes="7", lines="1", state=state))
    return found + ([snapshot(time, name, "verified", result="ok")] if verified else [])


def holds(jobs: Lab, *runs: list) -> dict[str, str]:
    """Put runs into the repository; the run of each id."""
    flat = [one for many in runs for one in many]
    jobs.put("snapshots", json.dumps(flat, separators=(",", ":")) + "\n")
    return {one["id"]: next(tag[4:] for tag in one["tags"] if tag.startswith("run=")) for one in flat}


def test_a_run_counts_when_all_its_parts_are_there(jobs: Lab) -> None:
    holds(
        jobs,
        run("2026-01-02T10:00:00", verified=True),
        run("2026-01-02T11:00:00", parts=("one",)),
        [snapshot("2026-01-02T12:00:00", "r3", "one"), snapshot("2026-01-02T12:00:00", "r3", "two")],
    )
    [found] = jobs.runs()
    assert found == {
        "run": "r2026-01-02T10:00:00", "time": "2026-01-02T10:00:00Z", "state": "ok",
        "bytes": 7, "lines": 1, "verified": "2026-01-02T10:00:00Z",
    }  # fmt: skip


def stay(jobs: Lab, *runs: list, **keep: int) -> list[str]:
    """The runs that prune leaves whole."""
    names = holds(jobs, *runs)
    policy = {f"KEEP_{key.upper()}": str(keep.get(key, 0)) for key in ("hourly", "daily", "weekly", "monthly")}
    report = jobs.job("prune", **policy)
    assert report["status"] == 0
    gone = (jobs.folder / "forgotten").read_text().split()
    left = sorted({name for id_, name in names.items() if id_ not in gone})
    assert {names[id_] for id_ in gone}.isdisjoint(left), "a run was forgotten in part"
    assert report["runs"] == len(left)
    return [name[1:] for name in left]


TEN = [run(f"2026-01-{day:02}T03:00:00") for day in range(1, 11)]


def test_the_newest_of_each_day_stay(jobs: Lab) -> None:
    twice = [run(f"2026-01-{day:02}T0{hour}:00:00") for day in (1, 2, 3) for hour in (3, 5)]
    assert stay(jobs, *twice, daily=2) == ["2026-01-02T05:00:00", "2026-01-03T05:00:00"]


def test_hours_without_a_run_do_not_count(jobs: Lab) -> None:
    found = stay(jobs, *TEN, hourly=3)
    assert found == ["2026-01-08T03:00:00", "2026-01-09T03:00:00", "2026-01-10T03:00:00"]


def test_weeks_begin_on_monday(jobs: Lab) -> None:
    """2026-01-04 is a Sunday, 2026-01-05 a Monday."""
    assert stay(jobs, *TEN, weekly=2) == ["2026-01-04T03:00:00", "2026-01-10T03:00:00"]


def test_months_and_years_change(jobs: Lab) -> None:
    times = ["2025-11-30T00:00:00", "2025-12-01T00:00:00", "2025-12-31T23:00:00", "2026-01-01T00:00:00"]
    assert stay(jobs, *map(run, times), monthly=3) == [times[0], times[2], times[3]]
    assert stay(jobs, *map(run, times), daily=2) == times[2:]


def test_the_newest_proven_run_stays_whatever_the_policy_says(jobs: Lab) -> None:
    runs = [run("2025-01-01T00:00:00", verified=True), *TEN]
    assert stay(jobs, *runs, daily=1) == ["2025-01-01T00:00:00", "2026-01-10T03:00:00"]


def test_a_suspicious_run_never_takes_the_place_of_the_last_good_one(jobs: Lab) -> None:
    runs = [run("2026-01-01T00:00:00"), *(run(f"2026-02-0{day}T00:00:00", state="suspicious") for day in (1, 2))]
    assert "2026-01-01T00:00:00" in stay(jobs, *runs, daily=1)


def test_parts_of_a_run_that_may_still_be_taken_are_left_alone(jobs: Lab) -> None:
    old = snapshot("2020-01-01T00:00:00", "old", "one")
    new = snapshot("2999-01-01T00:00:00", "new", "one")
    names = holds(jobs, run("2026-01-01T00:00:00"), [old], [new])
    jobs.job("prune", KEEP_DAILY="1")
    assert {names[id_] for id_ in (jobs.folder / "forgotten").read_text().split()} == {"old"}


def test_manifests_are_forgotten_first(jobs: Lab) -> None:
    runs = [run("2026-01-01T00:00:00"), run("2026-01-02T00:00:00")]
    holds(jobs, *runs)
    jobs.job("prune", KEEP_HOURLY="0", KEEP_DAILY="1", KEEP_WEEKLY="0", KEEP_MONTHLY="0")
    gone = (jobs.folder / "forgotten").read_text().split()
    assert gone[0] == next(one["id"] for one in runs[0] if "kind=manifest" in one["tags"])
    assert len(gone) == 3


@pytest.mark.parametrize(
    ("status", "says", "code", "words"),
    [
        (10, "Fatal: repository does not exist", 10, "there is no repository"),
        (11, "unable to create lock", 11, "locked by another job"),
        (12, "Fatal: wrong password or no key found", 12, "made with another master secret"),
        (1, "Fatal: unable to open config file: Stat: Access Denied. 403", 30, "Access Denied. 403"),
        (1, "server response unexpected: 500 Internal Server Error", 30, "500 Internal Server Error"),
        (1, "x509: certificate signed by unknown authority", 30, "unknown authority"),
        (1, "The specified bucket does not exist", 30, "bucket does not exist"),
    ],
)
@pytest.mark.parametrize("job", ["verify", "list", "prune", "restore"])
def test_what_the_repository_says_is_told(jobs: Lab, job: str, status: int, says: str, code: int, words: str) -> None:
    jobs.put("status", str(status))
    jobs.put("says", says)
    report = jobs.job(job)
    assert (report["code"], report["ok"]) == (code, False)
    assert words in report["why"]
    assert report["fix"]


def test_a_repository_that_stalls_is_told_in_time(jobs: Lab) -> None:
    jobs.put("stalls", "")
    report = jobs.job("list", LADDER_ANSWER_SECONDS="1")
    assert report["code"] == 30
    assert "gave no good answer within 1 s" in report["why"]


def test_only_no_repository_makes_one(jobs: Lab) -> None:
    jobs.put("status", "1")
    assert jobs.job("backup")["code"] == 30
    assert "init" not in (jobs.folder / "calls").read_text()


@pytest.mark.parametrize("job", ["verify", "restore"])
def test_nothing_to_work_on_is_told(jobs: Lab, job: str) -> None:
    assert jobs.job(job)["code"] == 41
    holds(jobs, run("2026-01-01T00:00:00"))
    assert jobs.job(job, RUN="r1999")["code"] == 41


def test_quotes_and_newlines_cannot_break_a_report(jobs: Lab) -> None:
    jobs.put("down", 'FATAL: "app"\n\tis \\ gone')
    assert jobs.job("backup")["why"] == 'the database cannot be reached: FATAL: "app"  is \\ gone'


def test_a_script_that_ends_without_a_word_is_reported(jobs: Lab) -> None:
    jobs.put("scripts/store.sh", FAKE_STORE + "\nversion() { return 7; }\n")
    report = jobs.job("backup")
    assert report["ok"] is False
    assert "unexpected place" in report["why"]
    assert (jobs.folder / "finished").exists()


def test_whether_somebody_writes_must_be_known_to_freeze(jobs: Lab) -> None:
    jobs.put("scripts/store.sh", f"{FAKE_STORE}freeze() {{ :; }}\nthaw() {{ :; }}\nwriters() {{ return 1; }}\n")
    assert jobs.job("freeze")["code"] == 20


@pytest.mark.parametrize("kind", list(hooks.HOOKS))
def test_every_store_has_every_hook(kind: Kind, tmp_path: Path) -> None:
    wanted = {line.split("(")[0] for line in FAKE_STORE.splitlines() if "() {" in line}
    if kind in hooks.FREEZES:
        wanted |= {"freeze", "thaw", "frozen", "writers", "end_writers"}
    for name, text in hooks.files(kind).items():
        (tmp_path / name).write_text(text)
    script = f"SCRIPTS={tmp_path}; source {tmp_path}/store.sh; declare -F"
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True)
    assert wanted <= {line.split()[-1] for line in done.stdout.splitlines()}
