"""What restic tells of a repository."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from watchdog_fakes import FakeRestic, a_run, snapshot
from watchdog_world import NOW

from components.backups.watchdog.program import repository
from components.backups.watchdog.program.model import Run, Trouble

FIRST, SECOND = "20260304T130000Z-aaaaaa", "20260304T140000Z-bbbbbb"
AT = "2026-03-04T14:00:07.123456789+01:00"


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    return FakeRestic(tmp_path)


def test_a_run_is_its_manifest_and_all_that_it_names():
    runs = repository.runs_of(a_run(AT, FIRST, verified="2026-03-04T13:30:00Z"))
    assert runs == [
        Run(
            id=FIRST,
            time=datetime(2026, 3, 4, 13, 0, 7, 123456, tzinfo=UTC),
            bytes=1000,
            lines=41,
            verified=datetime(2026, 3, 4, 13, 30, tzinfo=UTC),
        )
    ]


def test_what_has_no_manifest_or_lacks_a_part_is_no_run():
    assert repository.runs_of(a_run(AT, FIRST)[:2]) == []
    assert repository.runs_of(a_run(AT, FIRST)[1:]) == []


def test_a_suspicious_run_is_a_run_and_not_good():
    [found] = repository.runs_of(a_run(AT, FIRST, state="suspicious"))
    assert not found.good


def test_only_a_good_result_is_a_proof():
    bad = snapshot(AT, kind="verified", result="different", run=FIRST)
    [found] = repository.runs_of([*a_run(AT, FIRST), bad])
    assert found.verified is None


def test_snapshots_of_others_are_no_runs():
    assert repository.runs_of([{"time": AT, "id": "x"}, {"tags": ["kind=manifest"]}, "nonsense", None]) == []


def test_a_repository_is_only_ever_read(fake: FakeRestic):
    fake.says("snapshots", json.dumps(a_run(AT, FIRST) + a_run(AT, SECOND)))
    fake.says("list-locks", "cafe\n")
    fake.says("cat-lock-cafe", json.dumps({"time": "2026-03-04T14:10:00Z", "hostname": "prod"}))
    found = repository.read(fake.restic, "postgres", NOW)
    assert (len(found.runs), found.trouble, found.stale) == (2, None, None)
    assert [asked["args"] for asked in fake.asked] == [
        ["snapshots", "--json", "--no-lock", "--quiet"],
        ["list", "locks", "--no-lock", "--quiet"],
        ["cat", "lock", "cafe", "--no-lock", "--quiet"],
    ]


def test_credentials_go_through_the_environment_and_the_vaults_authority_is_trusted(fake: FakeRestic):
    repository.read(fake.restic, "postgres", NOW)
    first = fake.asked[0]
    assert first["env"]["RESTIC_PASSWORD"] == "test-password"  # noqa: S105
    assert first["env"]["AWS_ACCESS_KEY_ID"] == "writer"
    assert "ca.crt" not in first["env"]
    assert Path(first["env"]["SSL_CERT_FILE"]).read_text() == "WORLD\nOWN\n"
    assert "test-password" not in str(first["args"])


def test_a_lock_is_stale_when_nobody_renewed_it_for_half_an_hour(fake: FakeRestic):
    fake.says("list-locks", "cafe\n")
    fake.says("cat-lock-cafe", json.dumps({"time": "2026-03-04T13:00:00Z"}))
    found = repository.read(fake.restic, "postgres", NOW)
    assert found.stale == datetime(2026, 3, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "trouble"), [(10, Trouble.ABSENT), (12, Trouble.PASSWORD), (1, Trouble.UNREACHABLE)]
)
def test_what_ails_a_repository_is_told_by_restics_status(fake: FakeRestic, status: int, trouble: Trouble):
    fake.fails(status, "Fatal: the words of restic")
    found = repository.read(fake.restic, "postgres", NOW)
    assert (found.trouble, found.words, found.runs) == (trouble, "the words of restic", ())


def test_a_restic_that_does_not_end_is_ended(fake: FakeRestic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repository, "TIMEOUT_SECONDS", 0.2)
    fake.restic.binary.write_text("#!/bin/sh\nexec sleep 30\n")
    found = repository.read(fake.restic, "postgres", NOW)
    assert found.trouble is Trouble.UNREACHABLE
    assert "did not answer within" in found.words


def test_a_secret_that_is_not_there_is_told_as_such(fake: FakeRestic):
    found = repository.read(fake.restic, "redis", NOW)
    assert found.trouble is Trouble.UNREACHABLE
    assert "restic cannot be run" in found.words
