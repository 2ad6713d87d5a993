"""`ladder diff` as it is typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_world import Answer
from golden.typical_changes import TYPICAL, lay_out

from ladder.diff import other_side
from ladder.errors import Exit

Ladder = Callable[..., Answer]


@pytest.mark.parametrize(
    ("change", "code"),
    [("application-only", Exit.OK), ("drop-retention", Exit.APPROVAL), ("drop-a-store", Exit.REFUSED)],
)
def test_the_exit_code_is_the_verdict(change: str, code: Exit, project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL[change])
    answer: Answer = ladder("diff", "--base", "base", "-s", "prod")
    assert (answer.code, answer.err) == (code, "")
    assert max(map(len, answer.out.splitlines())) <= 110


def test_json_has_what_the_comment_has(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["drop-retention"])
    (stack,) = ladder("diff", "--base", "base", "-s", "prod", "--json").json["stacks"]
    assert stack["verdict"] == "approval"
    assert [it["category"] for it in stack["at_risk"]] == ["backups", "backups"]
    assert {"key": "backups.keep.daily", "before": "14", "after": "3"} in stack["settings"]
    store = stack["stores"]["postgres"]
    assert store["before"]["recovery"] != store["after"]["recovery"]
    assert store["before"]["leaving"] == store["after"]["leaving"]
    assert stack["cost_per_month"]["change"]["amount"] == 0
    assert len(stack["digest"]) == 12


def test_every_stack_is_compared_unless_some_are_named(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["touch-nothing"])
    told = ladder("diff", "--base", "base", "--json").json
    assert [it["stack"] for it in told["stacks"]] == ["dev", "prod"]


def test_the_whole_goes_into_a_file(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["application-only"])
    answer = ladder(
        "diff", "--base", "base", "-s", "prod", "--markdown", "--whole", "whole.md", "--link", "https://x.example"
    )
    assert answer.out == (project / "whole.md").read_text()
    assert "https://x.example" in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--base", "nowhere"), Exit.MISSING, "git knows no such commit here"),
        (("--base", "base", "-s", "test"), Exit.MISSING, "there are: dev, prod"),
        (("--base", "base", "--preview", "p.json"), Exit.USAGE, "of which stack?"),
        (("--base", "base", "-s", "dev", "--preview", "prod=p.json"), Exit.USAGE, "prod is not compared"),
        (("--base", "base", "-s", "dev", "--preview", "p.json"), Exit.MISSING, "p.json"),
        (("--base", "base", "--json", "--markdown"), Exit.USAGE, "exclude each other"),
        ((), Exit.USAGE, "--base"),
    ],
)
def test_what_is_asked_wrongly_is_said_with_the_fix(
    arguments: tuple[str, ...], code: Exit, words: str, project: Path, ladder: Ladder
) -> None:
    lay_out(project, TYPICAL["touch-nothing"])
    answer = ladder("diff", *arguments)
    assert answer.code is code
    assert words in answer.err


def test_a_preview_beside_it_is_read(project: Path, ladder: Ladder) -> None:
    lay_out(project, TYPICAL["application-only"])
    (project / "p.json").write_text(json.dumps({"steps": [], "changeSummary": {"same": 60}}))
    told = ladder("diff", "--base", "base", "-s", "prod", "--preview", "p.json", "--json").json["stacks"][0]
    assert told["preview"]["counts"] == {"same": 60}
    assert [it["offline"] for it in told["preview"]["differences"]] == ["update"]


def test_what_runs_the_other_sides_code_needs_nothing_of_this_one() -> None:
    source = Path(other_side.__file__).read_text()
    assert not [line for line in source.splitlines() if line.startswith(("from ladder", "import ladder", "from infra"))]
