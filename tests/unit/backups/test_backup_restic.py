"""The jobs with a real restic and hooks that fail on command: each fault ends with its code, its words, and no run."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_lab import FAKE_STORE, WITHOUT_RESTIC, Lab, lab, real_restic

RESTIC = real_restic()
pytestmark = pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC)

WORKS = 'printf "part %s " "$1"; cat "$LAB/rows"\n'


@pytest.fixture
def jobs() -> Iterator[Lab]:
    assert RESTIC
    with lab("postgres", {"store.sh": FAKE_STORE}, RESTIC) as found:
        found.put("dump", WORKS)
        found.put("rows", "7")
        yield found


def test_a_run_is_taken_proven_listed_and_put_back(jobs: Lab) -> None:
    taken = jobs.job("backup")
    assert (taken["ok"], taken["amount"]) == (True, 7)
    proven = jobs.job("verify")
    assert (proven["run"], proven["amount"]) == (taken["run"], 7)
    [run] = jobs.runs()
    assert (run["run"], run["state"], bool(run["verified"])) == (taken["run"], "ok", True)
    assert jobs.job("restore")["run"] == taken["run"]
    assert (jobs.folder / "target").read_text() == "part one 7"


ENDING = r"""DATA='row|ends'
manifest() { printf 'ends\t%s\t2\n' "$(cat "$LAB/ends")" && printf 'row\tall\t7\n'; }
throwaway_manifest() { printf 'row\tall\t7\n'; }
lasting() { awk -F '\t' -v moment="$1" '$1 != "ends" || $2 > moment'; }
"""


@pytest.mark.parametrize(("ends", "expected"), [("1000", (0, 7, 2)), ("99999999999", (40, None, None))])
def test_what_ended_by_itself_since_is_counted_apart_and_nothing_else_is(
    jobs: Lab, ends: str, expected: tuple[int, int | None, int | None]
) -> None:
    jobs.put("scripts/store.sh", FAKE_STORE + ENDING)
    jobs.put("ends", ends)
    assert jobs.job("backup")["amount"] == 9
    for job in ("verify", "restore"):
        report = jobs.job(job)
        assert (report.get("code", 0), report.get("amount"), report.get("ended")) == expected


def test_a_store_that_holds_what_a_run_has_left_by_now_is_not_restored_again(jobs: Lab) -> None:
    jobs.put("scripts/store.sh", f"{FAKE_STORE}{ENDING}live_manifest() {{ throwaway_manifest; }}\n")
    jobs.put("ends", "1000")
    run = jobs.job("backup")["run"]
    jobs.put("target", "something")
    assert f"holds run {run} already" in jobs.job("restore")["log"]


def test_a_dump_that_dies_midway_is_no_run(jobs: Lab) -> None:
    jobs.put("dump", 'head -c 3000000 /dev/zero; [ "$1" = one ] || { echo "connection lost" >&2; exit 3; }\n')
    report = jobs.job("backup")
    assert report["code"] == 22
    assert "the dump of two failed" in report["why"]
    assert "connection lost" in report["why"]
    assert jobs.runs() == []
    assert jobs.job("verify")["code"] == 41


def test_a_failed_run_leaves_the_good_one_before_it_in_its_place(jobs: Lab) -> None:
    good = jobs.job("backup")["run"]
    jobs.put("dump", "exit 1\n")
    assert jobs.job("backup")["code"] == 22
    assert jobs.job("verify")["run"] == good


def test_a_dump_below_the_floor_is_no_run(jobs: Lab) -> None:
    jobs.put("dump", "printf x\n")
    report = jobs.job("backup")
    assert report["code"] == 23
    assert "1 bytes, and less than 3 is none" in report["why"]
    assert jobs.runs() == []


def test_nothing_after_something_is_kept_and_not_counted_as_good(jobs: Lab) -> None:
    full = jobs.job("backup")["run"]
    jobs.put("rows", "0")
    report = jobs.job("backup")
    assert report["code"] == 23
    assert f"the database holds nothing, and run {full} held 7" in report["why"]
    assert [run["state"] for run in jobs.runs()] == ["ok", "suspicious"]
    assert jobs.job("verify", RUN=report["run"])["ok"]
    assert jobs.job("restore")["run"] == full
    assert jobs.job("backup", ACCEPT_EMPTY="1")["ok"]


def test_a_database_that_was_always_empty_is_not_suspicious(jobs: Lab) -> None:
    jobs.put("rows", "0")
    assert [jobs.job("backup")["ok"] for _ in range(2)] == [True, True]


def test_another_master_secret_is_told(jobs: Lab) -> None:
    jobs.job("backup")
    report = jobs.job("backup", RESTIC_PASSWORD="test-other")  # noqa: S106 (a test value)
    assert report["code"] == 12


def test_reading_where_there_is_no_repository_makes_none(jobs: Lab) -> None:
    assert jobs.job("verify")["code"] == 10
    assert not (jobs.folder / "repository").exists()


def test_a_repository_that_takes_nothing_is_told(jobs: Lab) -> None:
    jobs.job("backup")
    for folder in ("snapshots", "data"):
        for path in (jobs.folder / "repository" / folder, *(jobs.folder / "repository" / folder).rglob("*")):
            path.chmod(0o555)
    jobs.put("rows", "8")
    report = jobs.job("backup")
    for path in (jobs.folder / "repository").rglob("*"):
        path.chmod(0o755)
    assert report["code"] == 30
    assert "permission denied" in report["why"]
    assert len(jobs.runs()) == 1


def pack(jobs: Lab) -> Path:
    return max(
        (jobs.folder / "repository" / "data").rglob("*"), key=lambda it: it.stat().st_size if it.is_file() else 0
    )


def test_a_damaged_pack_is_found(jobs: Lab) -> None:
    jobs.put("dump", 'echo "part $1"; head -c 200000 /dev/urandom\n')
    jobs.job("backup")
    victim = pack(jobs)
    bytes_ = bytearray(victim.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(bytes_)
    report = jobs.job("verify")
    assert report["code"] == 40
    assert "corrupt-repository" in report["fix"]
    assert jobs.runs()[0]["verified"] is None


def test_a_lost_pack_is_found_and_named(jobs: Lab) -> None:
    jobs.job("backup")
    victim = pack(jobs)
    victim.unlink()
    report = jobs.job("verify")
    assert report["code"] == 40
    assert victim.name[:8] in report["why"]


def test_what_restores_otherwise_is_told_with_the_difference(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put("restored-rows", "6")
    report = jobs.job("verify")
    assert report["code"] == 40
    assert "< row all 7" in report["why"]
    assert "> row all 6" in report["why"]
    assert jobs.runs()[0]["verified"] is None


def test_a_dump_that_does_not_load_is_told(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put(
        "scripts/store.sh", FAKE_STORE + '\nthrowaway_load() { cat >/dev/null; echo "bad header" >&2; return 1; }\n'
    )
    report = jobs.job("verify")
    assert report["code"] == 40
    assert "does not load: bad header" in report["why"]


def test_a_full_scratch_is_not_taken_for_a_bad_dump(jobs: Lab) -> None:
    jobs.job("backup")
    words = "cat: write error: No space left on device"
    jobs.put(
        "scripts/store.sh", FAKE_STORE + f'\nthrowaway_load() {{ cat >/dev/null; echo "{words}" >&2; return 1; }}\n'
    )
    assert jobs.job("verify")["code"] == 24


def test_data_is_overwritten_only_when_asked_and_only_after_a_backup_of_it(jobs: Lab) -> None:
    first = jobs.job("backup")["run"]
    jobs.put("target", "live")
    assert jobs.job("restore")["code"] == 50
    assert (jobs.folder / "target").read_text() == "live"
    done = jobs.job("restore", OVERWRITE="1")
    assert (done["run"], done["ok"]) == (first, True)
    assert [run["run"] for run in jobs.runs()] == [first, done["saved"]]


def test_a_store_that_lost_its_data_is_no_reason_not_to_restore(jobs: Lab) -> None:
    full = jobs.job("backup")["run"]
    jobs.put("target", "tables without rows")
    jobs.put("rows", "0")
    jobs.put("restored-rows", "7")
    done = jobs.job("restore", OVERWRITE="1")
    assert (done["run"], done["ok"]) == (full, True)
    assert {run["run"]: run["state"] for run in jobs.runs()} == {full: "ok", done["saved"]: "suspicious"}


def test_nothing_is_overwritten_when_the_backup_of_it_fails(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put("target", "live")
    jobs.put("dump", "exit 1\n")
    report = jobs.job("restore", OVERWRITE="1")
    assert report["ok"] is False
    assert "the backup of what would be overwritten failed" in report["why"]
    assert (jobs.folder / "target").read_text() == "live"


def test_a_restore_beside_leaves_the_live_data_alone(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put("target", "live")
    assert jobs.job("restore", INTO="other")["into"] == "other"
    assert (jobs.folder / "target").read_text() == "live"
    assert (jobs.folder / "beside-other").read_text() == "part one 7"


def test_nothing_that_differs_is_put_in_place(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put("restored-rows", "6")
    assert jobs.job("restore")["code"] == 40
    assert not (jobs.folder / "target").exists()


@pytest.mark.parametrize("part", ["one", "two"])
def test_a_job_that_is_killed_leaves_no_run_and_does_not_stop_the_next(jobs: Lab, part: str) -> None:
    jobs.put("dump", f'echo "part $1"; [ "$1" != {part} ] || {{ touch "$LAB/tmp/dumping"; sleep 60; }}\n')
    process = jobs.start("backup")
    deadline = time.monotonic() + 60
    while not (jobs.folder / "tmp/dumping").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert list((jobs.folder / "repository" / "locks").iterdir()), "the killed job held a lock"
    assert jobs.runs() == []
    jobs.put("dump", WORKS)
    assert jobs.job("backup")["ok"]
    assert len(jobs.runs()) == 1


def test_two_backups_at_once_are_two_runs(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.folder.joinpath("tmp2").mkdir()
    jobs.own()
    second = jobs.start("backup", TMPDIR=str(jobs.folder / "tmp2"), LADDER_MESSAGE="/dev/null")
    assert jobs.job("backup")["ok"]
    out, errors = second.communicate(timeout=60)
    assert '"ok":true' in out, errors
    assert len(jobs.runs()) == 3


def test_prune_frees_what_no_run_needs_and_the_last_run_still_restores(jobs: Lab) -> None:
    for number in range(3):
        jobs.put("rows", str(number + 1))
        assert jobs.job("backup")["ok"]
    report = jobs.job("prune", KEEP_HOURLY="1", KEEP_DAILY="0", KEEP_WEEKLY="0", KEEP_MONTHLY="0")
    assert (report["runs"], report["forgotten"]) == (1, 2)
    assert jobs.job("verify")["amount"] == 3


def test_a_store_that_cannot_be_read_is_refused_and_may_be_overwritten(jobs: Lab) -> None:
    jobs.job("backup")
    jobs.put("target", "live")
    jobs.put("scripts/store.sh", f"{FAKE_STORE}\nlive_manifest() {{ echo 'row\tall\t7'; false; }}\n")
    assert jobs.job("restore")["code"] == 50
    assert jobs.job("restore", OVERWRITE="1")["ok"]
