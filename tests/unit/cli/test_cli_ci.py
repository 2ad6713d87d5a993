"""`ladder gate` and `ladder ci` as they are typed."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_world import Answer
from golden.typical_changes import TYPICAL, lay_out

from ladder.errors import Exit

Ladder = Callable[..., Answer]
FAKE = """\
#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "log").open("a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
if sys.argv[1:3] == ["stack", "history"]:
    print((here / "history.json").read_text())
if sys.argv[1] == "preview":
    print((here / "preview.json").read_text())
    sys.exit(int(os.environ.get("FAKE_EXIT", "0")))
"""


@pytest.fixture
def pulumi(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` on PATH that previews what a file says, and writes down how it was called."""
    folder = project / "bin"
    folder.mkdir()
    program = folder / "pulumi"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "history.json").write_text("[]")
    (folder / "preview.json").write_text(json.dumps({"steps": [], "changeSummary": {"same": 60}}))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def calls(folder: Path) -> list[str]:
    return [json.loads(line)[0] for line in (folder / "log").read_text().splitlines()]


def label(ladder: Ladder) -> str:
    (stack,) = ladder("diff", "--base", "base", "-s", "prod", "--json").json["stacks"]
    return f"data-approved:{stack['digest']}"


def test_the_gate_opens_by_the_label_that_the_comment_names(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["drop-retention"])
    shut = ladder("gate", "--base", "base", "-s", "prod")
    assert shut.code is Exit.APPROVAL
    agreed = label(ladder)
    assert agreed in shut.err
    assert ladder("gate", "--base", "base", "-s", "prod", "--approved", f"bug,{agreed}").code is Exit.OK


def test_the_gate_never_opens_for_what_is_refused(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["drop-a-store"])
    answer = ladder("gate", "--base", "base", "-s", "prod", "--approved", label(ladder))
    assert answer.code is Exit.REFUSED


def test_up_applies_what_was_agreed_to(project: Path, ladder: Ladder, pulumi: Path) -> None:
    lay_out(project, TYPICAL["drop-retention"])
    answer = ladder("ci", "up", "--base", "base", "-s", "prod", "--approved", label(ladder))
    assert (answer.code, calls(pulumi)) == (Exit.OK, ["preview", "up"]), answer.err


def test_up_stops_before_the_first_change_when_the_plan_is_another(project: Path, ladder: Ladder, pulumi: Path) -> None:
    lay_out(project, TYPICAL["drop-retention"])
    (project / "then.json").write_text(ladder("diff", "--base", "base", "-s", "prod", "--json").out)
    urn = "urn:pulumi:prod::shop::kubernetes:core/v1:PersistentVolumeClaim::data-postgres-0"
    steps = [{"op": "delete", "urn": urn, "oldState": {"urn": urn, "inputs": {}}}]
    (pulumi / "preview.json").write_text(json.dumps({"steps": steps, "changeSummary": {"delete": 1}}))
    answer = ladder("ci", "up", "--base", "base", "-s", "prod", "--summary", "then.json")
    assert (answer.code, calls(pulumi)) == (Exit.APPROVAL, ["preview"])
    assert "data-postgres-0: deleted" in answer.err


def test_check_names_every_line_that_goes_around_protection(project: Path, ladder: Ladder) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    assert ladder("ci", "check").code is Exit.OK
    (project / "deploy.sh").write_text("pulumi up --skip-preview\n")
    answer = ladder("ci", "check")
    assert answer.code is Exit.WRONG
    assert "deploy.sh:1: pulumi … --skip-preview" in answer.err


def test_up_stops_when_the_preview_fails_without_a_word(
    project: Path, ladder: Ladder, pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(project, TYPICAL["application-only"])
    monkeypatch.setenv("FAKE_EXIT", "255")
    answer = ladder("ci", "up", "--base", "base", "-s", "prod")
    assert (answer.code, calls(pulumi)) == (Exit.REFUSED, ["preview"])
    assert "pulumi preview ended with 255" in answer.err


def test_the_plan_is_for_the_commit_that_was_last_applied_with_success(
    project: Path, ladder: Ladder, pulumi: Path
) -> None:
    lay_out(project, TYPICAL["drop-retention"])
    applied = subprocess.run(["git", "rev-parse", "base"], cwd=project, check=True, capture_output=True, text=True)
    note = {"git.head": applied.stdout.strip()}
    failed = {"kind": "update", "result": "failed", "environment": {"git.head": "f" * 40}}
    history = [failed, {"kind": "refresh", **failed}, {"kind": "update", "result": "succeeded", "environment": note}]
    (pulumi / "history.json").write_text(json.dumps(history))
    written = ("--summary", "plan.json", "--markdown", "page.md")
    answer = ladder("ci", "plan", "-s", "prod", *written)
    assert answer.code is Exit.APPROVAL
    assert "nobody has agreed" in answer.err
    assert "prod: needs approval" in (project / "page.md").read_text()
    assert ladder("ci", "plan", "-s", "prod", *written, "--approved", label(ladder)).code is Exit.OK
    assert (project / "page.md").read_text().count("### ") == 2
    assert ladder("ci", "up", "-s", "prod", "--summary", "plan.json").code is Exit.OK
    assert calls(pulumi)[-3:] == ["stack", "preview", "up"]


def test_up_takes_only_what_passed_on_the_stack_before(project: Path, ladder: Ladder, pulumi: Path) -> None:
    (project / "requirements.txt").write_text("pulumi==1\n")
    lay_out(project, TYPICAL["touch-nothing"])
    commit = subprocess.run(["git", "rev-parse", "base"], cwd=project, check=True, capture_output=True, text=True)
    proof = {"stack": "dev", "commit": commit.stdout.strip(), "lock": "another"}
    (project / "passed.json").write_text(json.dumps(proof))
    answer = ladder("ci", "up", "--base", "base", "-s", "prod", "--passed", "passed.json")
    assert answer.code is Exit.MISSING
    assert "requirements.txt is another one than passed" in answer.err
    assert not (pulumi / "log").exists()


def test_a_preview_is_kept_for_the_comment_also_where_it_says_that_it_would_fail(
    project: Path, ladder: Ladder, pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(project, TYPICAL["application-only"])
    said = {"steps": [], "diagnostics": [{"severity": "error", "message": "the cluster says no"}]}
    (pulumi / "preview.json").write_text(json.dumps(said))
    monkeypatch.setenv("FAKE_EXIT", "255")
    assert ladder("ci", "preview", "-s", "prod", "--out", "previews/prod.json").code is Exit.OK
    # A stack that is not compared is no reason to stop.
    (project / "previews/other.json").write_text("{}")
    answer = ladder("diff", "--base", "base", "--preview", "previews", "--json")
    assert answer.code is Exit.REFUSED
    assert "the cluster says no" in answer.out
    (project / "previews/prod.json").unlink()
    assert ladder("diff", "--base", "base", "--preview", "previews", "--json").code is Exit.OK


def test_a_preview_that_fails_without_a_word_is_not_kept_as_a_good_one(
    project: Path, ladder: Ladder, pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(project, TYPICAL["application-only"])
    monkeypatch.setenv("FAKE_EXIT", "255")
    answer = ladder("ci", "preview", "-s", "prod", "--out", "previews/prod.json")
    assert (answer.code, "does not say why" in answer.err) == (Exit.FAILED, True)
    assert not (project / "previews").exists()
