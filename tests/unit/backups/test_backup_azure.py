"""The jobs against an emulator of Azure Blob Storage, as pods that Azure knows by workload identity."""

from collections.abc import Iterator

import pytest
from azure_lab import ASSERTION, CLIENT, EMULATOR, WITHOUT, Azure, azure
from backup_lab import FAKE_STORE, WITHOUT_RESTIC, Lab, lab, real_restic

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(EMULATOR is None, reason=WITHOUT),
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with azure(tmp_path_factory.mktemp("azure")) as found:
        yield found


@pytest.fixture
def jobs(cloud: Azure, request: pytest.FixtureRequest) -> Iterator[Lab]:
    assert RESTIC
    with lab("postgres", {"store.sh": FAKE_STORE}, RESTIC) as found:
        found.env |= cloud.env | {"RESTIC_REPOSITORY": f"azure:backups:/ladder.{request.node.name}/postgres"}
        found.env["AZURE_FEDERATED_TOKEN_FILE"] = str(found.folder / "token")
        found.put("token", ASSERTION)
        found.put("secrets/repository/ca.crt", cloud.ca)
        found.put("dump", 'printf "part %s " "$1"; cat "$LAB/rows"\n')
        found.put("rows", "7")
        yield found


def test_a_run_is_taken_proven_listed_put_back_and_forgotten(jobs: Lab, cloud: Azure) -> None:
    taken = jobs.job("backup")
    assert taken["ok"], taken["log"]
    assert taken["amount"] == 7
    assert {(it["client_id"], it["client_assertion"]) for it in cloud.asked} == {(CLIENT, ASSERTION)}
    assert {it["scope"].split()[0] for it in cloud.asked} == {"https://storage.azure.com/.default"}
    proven = jobs.job("verify")
    assert (proven["run"], proven["amount"]) == (taken["run"], 7)
    [run] = jobs.runs()
    assert (run["run"], run["state"], bool(run["verified"])) == (taken["run"], "ok", True)
    assert jobs.job("restore")["run"] == taken["run"]
    assert (jobs.folder / "target").read_text() == "part one 7"
    later = [jobs.job("backup")["run"] for _ in range(2)]
    assert jobs.job("prune")["ok"]
    kept = {run["run"] for run in jobs.runs()}
    assert kept == {taken["run"], later[-1]}, "the one that was proven, and the newest"
    assert jobs.job("verify")["run"] == later[-1]


def test_a_pod_that_azure_does_not_know_is_told(jobs: Lab) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    report = jobs.job("backup", AZURE_CLIENT_ID=nobody, LADDER_ANSWER_SECONDS="10")
    assert report["code"] == 30
    assert "401 Unauthorized" in report["why"]
    assert "AADSTS70021: no such credential" in report["why"]


def test_a_container_that_is_missing_is_told(jobs: Lab) -> None:
    report = jobs.job("backup", RESTIC_REPOSITORY="azure:gone:/ladder.dev/postgres", LADDER_ANSWER_SECONDS="10")
    assert report["code"] == 30
    assert "ContainerNotFound" in report["why"]
