"""One issue for one thing: opened, written anew, closed; and nobody else's is ever touched."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lifecycle.workflow import program

from ladder.ci.issue import AUTHOR, Issue
from ladder.errors import Exit, LadderError

MARK = "<!-- ladder drift prod -->"
FAKE = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
body = json.load(sys.stdin) if "--input" in sys.argv else None
method, path = sys.argv[3], sys.argv[4]
with (here / "log").open("a") as log:
    print(json.dumps([method, path.partition("?")[0], body]), file=log)
if (here / "error").exists():
    sys.exit((here / "error").read_text())
print((here / "issues").read_text() if method == "GET" else json.dumps({{"number": 7}}))
"""


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `gh` on PATH whose repository has no issue."""
    program(tmp_path / "gh", FAKE.format(python=sys.executable))
    (tmp_path / "issues").write_text("[[]]")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def issue() -> Issue:
    return Issue(repository="acme/shop", subject="drift", stack="prod", title="prod is not what was applied")


def held(body: str, number: int = 3, author: str = AUTHOR, **more: Any) -> dict[str, Any]:
    return {"number": number, "body": body, "user": {"login": author}, **more}


def sent(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "log").read_text().splitlines() if '"GET"' not in line]


def test_the_first_time_it_is_opened(github: Path) -> None:
    assert issue().tell("the port is another") == "issue 7 is open"
    body = f"{MARK}\nthe port is another"
    assert sent(github) == [["POST", "repos/acme/shop/issues", {"title": "prod is not what was applied", "body": body}]]


def test_while_it_lasts_the_same_issue_is_written_anew_and_only_if_it_differs(github: Path) -> None:
    # On the second page, behind one of another stack.
    (github / "issues").write_text(json.dumps([[held("<!-- ladder drift dev -->\nx", 2)], [held(f"{MARK}\nold")]]))
    assert issue().tell("new") == "issue 3 is open still"
    assert sent(github) == [["PATCH", "repos/acme/shop/issues/3", {"body": f"{MARK}\nnew"}]]
    assert issue().tell("old") == "issue 3 is open still"
    assert len(sent(github)) == 1


def test_when_it_is_over_it_is_closed_with_a_word(github: Path) -> None:
    (github / "issues").write_text(json.dumps([[held(f"{MARK}\nold")]]))
    assert issue().tell(None) == "issue 3 is closed"
    said, closed = sent(github)
    assert said[:2] == ["POST", "repos/acme/shop/issues/3/comments"]
    assert closed == ["PATCH", "repos/acme/shop/issues/3", {"state": "closed", "state_reason": "completed"}]


@pytest.mark.parametrize(
    "other", [held(f"{MARK}\nx", author="mallory"), held(f"{MARK}\nx", pull_request={}), held(f"see {MARK}"), held("")]
)
def test_what_is_somebody_elses_is_left_alone(other: dict[str, Any], github: Path) -> None:
    (github / "issues").write_text(json.dumps([[other]]))
    assert issue().tell(None) == "no issue is open"
    assert not sent(github)


def test_a_refusal_of_github_is_told_with_the_right_that_is_missing(github: Path) -> None:
    (github / "error").write_text("HTTP 403: Resource not accessible by integration")
    with pytest.raises(LadderError, match="issues: write") as raised:
        issue().tell("x")
    assert raised.value.code is Exit.FAILED
    assert "HTTP 403" in str(raised.value)


def test_without_its_cli_nothing_is_told_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LadderError, match="gh, is not on PATH"):
        issue().tell("x")
