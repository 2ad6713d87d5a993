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
