"""Only what passed goes to the next stack: the same commit, with the same packages."""

from pathlib import Path

import pytest
from golden.typical_changes import commit

from ladder.ci import passed
from ladder.errors import Exit, LadderError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    (tmp_path / passed.LOCK).write_text("pulumi==1\n")
    commit(tmp_path, "first")
    return tmp_path


def test_the_same_goes_on(root: Path) -> None:
    kept = root / "passed.json"
    passed.write(kept, passed.here(root, "dev"))
    passed.demand(passed.read(kept), passed.here(root, "prod"))


def test_another_commit_with_other_packages_does_not_and_is_told_all_at_once(root: Path) -> None:
    then = passed.here(root, "dev")
    (root / passed.LOCK).write_text("pulumi==2\n")
    commit(root, "second")
    now = passed.here(root, "prod")
    with pytest.raises(LadderError, match="take this to dev first") as raised:
        passed.demand(then, now)
    assert f"{then.commit[:9]} passed, {now.commit[:9]} is here" in str(raised.value)
    assert f"{passed.LOCK} is another one" in str(raised.value)


def test_a_stack_does_not_pass_for_itself(root: Path) -> None:
    with pytest.raises(LadderError, match="on prod itself"):
        passed.demand(passed.here(root, "prod"), passed.here(root, "prod"))


def test_what_is_no_commit_is_nothing_that_could_be_taken_on(root: Path) -> None:
    (root / passed.LOCK).write_text("pulumi==2\n")
    with pytest.raises(LadderError, match="changed since the last commit: requirements") as raised:
        passed.here(root, "dev")
    assert raised.value.code is Exit.WRONG


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stack": "dev"}'])
def test_what_is_no_proof_is_refused_with_the_fix(text: str, tmp_path: Path) -> None:
    (tmp_path / "passed.json").write_text(text)
    with pytest.raises(LadderError, match="fix: ladder ci smoke"):
        passed.read(tmp_path / "passed.json")
