"""What every workflow of this repository keeps to."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.catalog import Backend, Kind

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
READY = ROOT / ".github/actions/ready/action.yml"


@pytest.fixture(params=WORKFLOWS, ids=lambda it: it.stem)
def text(request: pytest.FixtureRequest) -> str:
    return request.param.read_text()


@pytest.mark.parametrize("file", [*WORKFLOWS, READY], ids=lambda it: it.stem)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    used = [it for it in re.findall(r"uses: (.*)", file.read_text()) if it != "./.github/actions/ready"]
    assert used
    assert not [it for it in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", it)]


def test_rights_are_given_job_by_job(text: str) -> None:
    assert "\npermissions: {}\n" in text
    jobs = text.split("\njobs:\n", 1)[1]
    assert jobs.count("    permissions:\n") == jobs.count("    runs-on:") == jobs.count("    timeout-minutes:") > 0


def test_no_expression_stands_in_a_script(text: str) -> None:
    scripts = re.findall(r"run: (?:\|\n((?: {10}.*\n)+)|(.*))", text)
    assert not [it for script in scripts for it in script if "${{" in it]


def test_a_pull_request_never_runs_with_the_rights_of_the_base(text: str) -> None:
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")


def test_what_changes_a_stack_is_one_at_a_time_and_never_cut_off(text: str) -> None:
    for job in jobs(text).values():
        if any("ci up" in step.get("run", "") for step in job["steps"]):
            stack = job["environment"]
            assert job["concurrency"] == {"group": f"stack-{stack}", "cancel-in-progress": False}
            assert f"ci up --stack {stack} " in str(job["steps"])
        if any("ladder climb" in step.get("run", "") and "--yes" in step["run"] for step in job["steps"]):
            assert job["environment"] == "${{ inputs.stack }}"
            assert job["concurrency"] == {"group": "stack-${{ inputs.stack }}", "cancel-in-progress": False}
            assert "plan" in job["needs"]


def test_the_clouds_trust_an_environment_and_no_pull_request_of_a_stranger(text: str) -> None:
    for job in jobs(text).values():
        ready = any(step.get("uses") == "./.github/actions/ready" for step in job["steps"])
        trusted = "id-token" in job["permissions"]
        assert ready == trusted == ("environment" in job)
        if trusted and "pull_request:" in text:
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]


def test_the_pulumi_cli_is_the_one_that_make_up_takes() -> None:
    (version,) = re.findall(r"pulumi-version: (\S+)", READY.read_text())
    assert f"-v{version}-" in (ROOT / "local/pulumi-release").read_text()


def test_there_are_workflows() -> None:
    assert {"check", "preview", "promote", "drift", "restore-drill", "climb"} <= {it.stem for it in WORKFLOWS}


def test_a_climb_goes_where_the_catalogue_does() -> None:
    (file,) = (it for it in WORKFLOWS if it.stem == "climb")
    asked = yaml.safe_load(file.read_text())[True]["workflow_dispatch"]["inputs"]
    assert set(asked["to"]["options"]) == {*Backend, "back"}
    assert set(asked["store"]["options"]) == set(Kind)


def jobs(text: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(text)["jobs"]
