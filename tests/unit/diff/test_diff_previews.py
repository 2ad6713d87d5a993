"""What the real engine prints, and where it differs from the offline one."""

import json
from pathlib import Path
from typing import Any

import pytest
from diff_world import as_the_cli_prints
from stacks import config, settled

from components.catalog import Kind
from infra import program
from ladder import engine, vaults
from ladder.diff import changes, previews
from ladder.diff.changes import Change
from ladder.engine import Op, Run, Snapshot
from ladder.errors import Exit, LadderError


def preview(settings: Any, before: Snapshot) -> Run:
    return engine.run(
        lambda: program.main(look=False), config=settings, invokes=vaults.OFFLINE, before=before, preview=True
    )


@pytest.fixture(scope="module")
def before() -> Snapshot:
    return settled(config({Kind.POSTGRES: {"storage_gib": 5}})).after


def of(done: Run, before: Snapshot) -> list[Change]:
    return [*changes.of_run(done, before, [it for it in done.steps if it.op not in (Op.SAME, Op.READ)])]


def test_both_read_the_same_of_a_change(before: Snapshot) -> None:
    done = preview(config({Kind.POSTGRES: {"storage_gib": 8}}), before)
    offline = of(done, before)
    real = previews.parse(as_the_cli_prints(done, before), "test")
    assert {it.urn: it.op for it in real.changes} == {it.urn: it.op for it in offline} != {}
    assert {it.urn: it.part for it in real.changes} == {it.urn: it.part for it in offline}
    assert (previews.compared(offline, real).differences, real.error, real.is_new) == ([], None, False)


def test_what_only_one_of_them_sees_is_told(before: Snapshot) -> None:
    done = preview(config({Kind.POSTGRES: {"storage_gib": 8}}), before)
    told = json.loads(as_the_cli_prints(done, before))
    dropped = next(it for it in told["steps"] if it["op"] == "update")
    told["steps"].remove(dropped)
    drifted = next(it for it in told["steps"] if it["op"] == "same" and "StatefulSet" in it["urn"])
    drifted["op"] = "update"
    real = previews.parse(json.dumps(told), "test")
    offline = of(done, before)
    found = previews.compared(offline, real).differences
    assert {(it.offline, it.preview) for it in found} == {(None, Op.UPDATE), (Op.UPDATE, None)}
    assert previews.together(offline, real) == real.changes


def test_a_preview_that_fails_says_why_and_is_not_blamed_for_the_rest(before: Snapshot) -> None:
    done = preview(config({Kind.POSTGRES: {"storage_gib": 8}}), before)
    told = json.loads(as_the_cli_prints(done, before, errors=("postgres: would be lost", "preview failed")))
    told["steps"] = told["steps"][:1]
    real = previews.parse(json.dumps(told), "test")
    offline = of(done, before)
    assert real.error == "postgres: would be lost"
    assert previews.compared(offline, real).differences == []
    assert {it.urn for it in offline} <= {it.urn for it in previews.together(offline, real)}


def test_protection_that_goes_is_seen_though_the_engine_calls_it_unchanged(before: Snapshot) -> None:
    done = preview(config({Kind.POSTGRES: {"storage_gib": 5, "protect": False}}), before)
    real = previews.parse(as_the_cli_prints(done, before), "test")
    assert {it.op for it in real.changes} == {Op.SAME}
    assert any(it.was_protected and not it.protected for it in real.changes)


def test_a_new_stack_is_new() -> None:
    done = preview(config({Kind.POSTGRES: {}}), Snapshot.empty())
    assert previews.parse(as_the_cli_prints(done, Snapshot.empty()), "test").is_new


@pytest.mark.parametrize("text", ["", "Previewing update (dev)", "[]", '{"steps": [{"urn": "x"}]}'])
def test_anything_else_is_refused_with_the_fix(text: str, tmp_path: Path) -> None:
    (tmp_path / "preview.json").write_text(text)
    with pytest.raises(LadderError, match="fix: pulumi preview --json"):
        previews.read(tmp_path / "preview.json")


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(LadderError) as raised:
        previews.read(tmp_path / "nothing.json")
    assert raised.value.code is Exit.MISSING
