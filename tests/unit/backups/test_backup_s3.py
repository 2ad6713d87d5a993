"""The jobs with a real restic and an S3 server that fails: each fault ends with its code, its words, and no bad run."""

from collections.abc import Iterator

import pytest
from backup_lab import FAKE_STORE, WITHOUT_RESTIC, Lab, lab, real_restic
from s3_lab import S3, Fault, s3

RESTIC = real_restic()
pytestmark = pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC)
SOON = {"LADDER_ANSWER_SECONDS": "20"}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def jobs(server: S3) -> Iterator[Lab]:
    assert RESTIC
    with lab("postgres", {"store.sh": FAKE_STORE}, RESTIC) as found:
        found.env |= {
            "RESTIC_REPOSITORY": f"{server.url}/ladder.dev/postgres",
            "AWS_ACCESS_KEY_ID": "test-writer",
            "AWS_SECRET_ACCESS_KEY": "test-key",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        found.put("secrets/repository/ca.crt", server.ca)
        found.put("dump", 'printf "part %s " "$1"; cat "$LAB/rows"; head -c 300000 /dev/urandom\n')
        found.put("rows", "7")
        yield found


def runs_of(jobs: Lab, server: S3) -> int:
    server.fault = lambda _verb, _path: None
    return len(jobs.runs())


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (403, "RequestTimeTooSkewed"), (403, "SignatureDoesNotMatch"), (500, "InternalError")],
    ids=["403", "clock skew", "wrong key", "500"],
)
def test_what_s3_refuses_is_told_and_no_run(jobs: Lab, server: S3, status: int, code: str) -> None:
    server.fault = lambda _verb, _path: Fault(status, code)
    report = jobs.job("backup", **SOON)
    assert report["code"] == 30
    assert any(word in report["why"] for word in (code, str(status), "Access Denied")), report["why"]
    assert server.objects == {}


def test_a_server_that_stalls_is_told_in_time(jobs: Lab, server: S3) -> None:
    jobs.job("backup")
    server.fault = lambda _verb, _path: Fault(stalls=True)
    report = jobs.job("backup", **SOON)
    assert report["code"] == 30
    assert report["seconds"] < 60
    server.over.set()
    assert runs_of(jobs, server) == 1


def test_a_writer_that_may_no_longer_write_leaves_no_run(jobs: Lab, server: S3) -> None:
    good = jobs.job("backup")["run"]
    server.fault = lambda verb, path: Fault(403, "AccessDenied") if (verb, "/data/" in path) == ("PUT", True) else None
    report = jobs.job("backup")
    assert report["code"] == 30
    assert "Access" in report["why"]
    assert runs_of(jobs, server) == 1
    assert jobs.job("verify")["run"] == good


def test_a_connection_that_is_lost_halfway_costs_nothing(jobs: Lab, server: S3) -> None:
    """It is sent again; what is kept is whole."""
    lost: list[str] = []

    def fault(verb: str, path: str) -> Fault | None:
        if verb == "PUT" and "/data/" in path and not lost:
            lost.append(path)
            return Fault(cuts=True)
        return None

    server.fault = fault
    report = jobs.job("backup")
    assert lost
    assert report["ok"], report["log"]
    assert jobs.job("verify")["run"] == report["run"]


def test_an_authority_that_is_not_trusted_is_told(jobs: Lab, server: S3) -> None:
    jobs.put("secrets/repository/ca.crt", "")
    report = jobs.job("backup", **SOON)
    assert report["code"] == 30
    assert "certificate" in report["why"]
    assert server.objects == {}


def test_a_bucket_that_is_missing_is_told(jobs: Lab, server: S3) -> None:
    server.fault = lambda verb, _path: Fault(*((403, "AccessDenied") if verb == "PUT" else (404, "NoSuchBucket")))
    report = jobs.job("backup", **SOON)
    assert report["code"] in (10, 30)
    assert "bucket" in (report["why"] + report["fix"]).lower() or "Access" in report["why"]
    assert server.objects == {}
