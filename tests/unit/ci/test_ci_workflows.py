"""What every workflow of this repository keeps to."""

import re
from pathlib import Path

import pytest

WORKFLOWS = sorted((Path(__file__).resolve().parents[3] / ".github/workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda it: it.stem)
def text(request: pytest.FixtureRequest) -> str:
    return request.param.read_text()


def test_actions_are_pinned_by_commit(text: str) -> None:
    used = re.findall(r"uses: (.*)", text)
    assert used or "steps:" in text
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


def test_there_are_workflows() -> None:
    assert {"check", "preview"} <= {it.stem for it in WORKFLOWS}
