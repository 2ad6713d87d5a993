"""What the gate lets through: what was agreed to, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.ci import gate
from ladder.diff.model import Diff, StackDiff, Verdict
from ladder.diff.risks import Category, Risk
from ladder.errors import Exit, LadderError

FEWER = Risk(category=Category.BACKUPS, part="postgres", subject="postgres", would="fewer runs", before="14", after="3")
DELETED = Risk(category=Category.DATA, part="postgres", subject="volume data-postgres-0", would="deleted")
AGREED = StackDiff(stack="prod", how="the same code", risks=[FEWER])
WORSE = replace(AGREED, risks=[DELETED, FEWER])
SAFE = replace(AGREED, risks=[])


def diff(*stacks: StackDiff) -> Diff:
    return Diff(base="main", stacks=stacks)


def written(path: Path, found: Diff) -> Path:
    path.write_text(json.dumps(found.as_json()))
    return path


def test_what_puts_nothing_at_risk_needs_nobody() -> None:
    assert not gate.check(diff(SAFE), frozenset(), None)


def test_a_risk_is_held_until_its_own_digest_is_there() -> None:
    (held,) = gate.check(diff(AGREED), frozenset(), None)
    assert held.verdict is Verdict.APPROVAL
    assert f"data-approved:{AGREED.digest}" in held.why
    assert not gate.check(diff(AGREED), frozenset({AGREED.digest}), None)
    assert gate.check(diff(WORSE), frozenset({AGREED.digest}), None)


def test_the_same_risk_of_another_stack_has_another_digest() -> None:
    assert gate.check(diff(replace(AGREED, stack="dev")), frozenset({AGREED.digest}), None)


def test_a_refusal_cannot_be_agreed_to() -> None:
    refused = replace(AGREED, refusal="error: postgres: would be lost\n  more")
    (held,) = gate.check(diff(refused), frozenset({refused.digest}), None)
    assert (held.verdict, held.why) == (Verdict.REFUSED, "refused: postgres: would be lost")


@pytest.mark.parametrize(
    ("now", "words"), [(WORSE, "new   volume data-postgres-0: deleted"), (SAFE, "gone  postgres:")]
)
def test_apply_stops_when_it_is_not_what_was_approved(now: StackDiff, words: str, tmp_path: Path) -> None:
    then = gate.read(written(tmp_path / "then.json", diff(AGREED)))
    assert not gate.check(diff(AGREED), frozenset(), then)
    (held,) = gate.check(diff(now), frozenset(), then)
    assert words in str(held)


def test_a_stack_that_was_not_there_when_it_was_approved_is_held(tmp_path: Path) -> None:
    then = gate.read(written(tmp_path / "then.json", diff(AGREED)))
    assert gate.check(diff(replace(AGREED, stack="dev")), frozenset(), then)


@pytest.mark.parametrize(
    "text", ["data-approved:0123456789ab", "bug,data-approved:0123456789ab,x", '["data-approved:0123456789ab"]']
)
def test_digests_are_found_in_labels_however_they_come(text: str) -> None:
    assert gate.digests([text]) == {"0123456789ab"}


@pytest.mark.parametrize("text", ["", "data-approved:", "data-approved:0123", "data-approved:0123456789abcdef", "bug"])
def test_what_is_no_digest_agrees_to_nothing(text: str) -> None:
    assert not gate.digests([text])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stacks": [{"stack": "prod"}]}'])
def test_what_is_no_summary_is_refused_with_the_fix(text: str, tmp_path: Path) -> None:
    path = tmp_path / "then.json"
    path.write_text(text)
    with pytest.raises(LadderError, match="fix: ladder diff") as raised:
        gate.read(path)
    assert raised.value.code is Exit.WRONG
