"""How a run ends when the program raises or a resource fails."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pytest
from engine_toys import PASSWORD, STACK, Shelf, config_map, named, password, provider, settled, up

from ladder.engine import Failure, Op, Step, run

CLAIM = "urn:pulumi:dev::ladder::kubernetes:core/v1:ConfigMap::settings"


def _nth(urn: str, number: int) -> Callable[[str], Failure | None]:
    """Let the operation with this number on a resource fail."""
    seen: list[str] = []

    def fail(it: str) -> Failure | None:
        seen.append(it)
        return Failure(message="refused") if it == urn and seen.count(urn) == number else None

    return fail


def test_a_program_that_raises_first_deletes_nothing_and_says_its_own_words():
    before = settled(lambda: password())

    def program() -> None:
        raise ValueError("postgres: this would delete the only copy")

    for done in (run(program, before=before), up(program, before=before), run(program, before=before, preview=True)):
        assert done.error == "postgres: this would delete the only copy"
        assert done.changes == ()
        assert done.after.urns == before.urns


def test_what_was_registered_before_the_program_raised_is_made():
    before = settled(lambda: password("old"))

    def program() -> None:
        password("new")
        raise RuntimeError("too late")

    done = up(program, before=before)
    assert done.error == "too late"
    assert named(done) == [(Op.CREATE, "new")]
    assert {f"{PASSWORD}new", f"{PASSWORD}old"} <= set(done.after.urns)
    assert run(program, before=before).after == before


def test_an_error_in_an_apply_is_the_programs_own():
    def fail(_: str) -> None:
        raise RuntimeError("bad address")

    done = up(lambda: password().result.apply(fail))
    assert done.error == "bad address"


def test_what_the_program_raised_comes_before_what_its_applies_raised():
    def fail(_: str) -> None:
        raise RuntimeError("bad address")

    def program() -> None:
        password().result.apply(fail)
        raise ValueError("own words")

    done = up(program)
    assert done.error == "own words"
    assert "in program" in done.traceback


def test_a_failed_resource_ends_the_run_and_everything_old_stays():
    before = settled(lambda: (password("old"), pulumi.export("a", 1)))

    def program() -> None:
        pulumi.export("b", 2)
        first = password("first")
        second = password("second", depends_on=[first])
        password("third", depends_on=[second])

    done = run(program, before=before, failures={f"{PASSWORD}second": "quota exceeded"})
    assert done.error == "quota exceeded"
    assert named(done) == [(Op.CREATE, "first"), (Op.CREATE, "second")]
    assert done.steps[-1] == Step(op=Op.CREATE, urn=f"{PASSWORD}second", failed=True)
    assert f"{PASSWORD}second" not in done.after.urns
    assert {f"{PASSWORD}first", f"{PASSWORD}old"} <= set(done.after.urns)
    assert done.after[STACK].outputs == {"a": 1, "b": 2}


def test_what_was_made_but_did_not_get_ready_is_kept_and_tried_again():
    failures = {f"{PASSWORD}pw": Failure(message="not ready in time", created=True)}
    done = run(lambda: password(), failures=failures)
    assert done.error == "not ready in time"
    assert done.after[f"{PASSWORD}pw"].init_errors == ("not ready in time",)
    again = run(lambda: password(), before=done.after)
    assert named(again) == [(Op.UPDATE, "pw")]
    assert again.after[f"{PASSWORD}pw"].init_errors == ()


def test_what_does_not_need_the_unready_is_made_and_nothing_is_deleted():
    """Seen with the real engine: it waits for one resource and makes the others meanwhile."""
    before = settled(lambda: password("old"))

    def program() -> None:
        first = password("first")
        password("second", depends_on=[first])
        password("third")

    done = run(
        program, before=before, failures={f"{PASSWORD}first": Failure(message="not ready in time", created=True)}
    )
    assert done.error == "not ready in time"
    assert named(done) == [(Op.CREATE, "first"), (Op.CREATE, "third")]
    assert {f"{PASSWORD}first", f"{PASSWORD}third", f"{PASSWORD}old"} <= set(done.after.urns)


def test_a_failed_update_leaves_the_old_inputs():
    def program(text: str) -> None:
        config_map(data={"a": text}, provider=provider(enable_config_map_mutable=True))

    done = run(lambda: program("2"), before=settled(lambda: program("1")), failures={CLAIM: "refused"})
    assert done.error == "refused"
    assert done.after[CLAIM].inputs["data"] == {"a": "1"}


def test_a_replacement_that_died_between_delete_and_create_is_finished_by_the_next_run():
    def program(text: str) -> None:
        config_map(data={"a": text}, provider=provider())

    done = up(lambda: program("2"), before=settled(lambda: program("1")), failures=_nth(CLAIM, 2))
    assert done.error == "refused"
    assert done.after[CLAIM].pending_replacement
    again = run(lambda: program("2"), before=done.after)
    assert named(again) == [(Op.REPLACE, "settings"), (Op.CREATE_REPLACEMENT, "settings")]
    assert again.after.urns.count(CLAIM) == 1
    gone = run(lambda: provider(), before=done.after)
    assert named(gone) == [(Op.REMOVE_PENDING_REPLACE, "settings")]


def test_the_engine_deletes_a_finished_successor_when_nothing_forces_the_replacement_any_more():
    """Seen with the real engine: the old entry is deleted in the end, and with it the new object of that name."""

    def program(text: str) -> None:
        config_map(data={"a": text}, provider=provider())

    failing = up(
        lambda: program("2"),
        before=settled(lambda: program("1")),
        failures=_nth(CLAIM, 2),
    )
    assert failing.after[CLAIM].pending_replacement
    back = run(lambda: program("1"), before=failing.after)
    assert named(back) == [
        (Op.CREATE_REPLACEMENT, "settings"),
        (Op.REPLACE, "settings"),
        (Op.DELETE_REPLACED, "settings"),
    ]


def test_a_successor_is_kept_when_the_old_one_cannot_be_deleted():
    before = settled(lambda: password())
    done = up(lambda: password(length=30), before=before, failures=_nth(f"{PASSWORD}pw", 2))
    assert done.error == "refused"
    assert [it.delete for it in done.after.resources if it.urn == f"{PASSWORD}pw"] == [False, True]
    again = run(lambda: password(length=30), before=done.after)
    assert named(again) == [(Op.SAME, "pw"), (Op.DELETE_REPLACED, "pw")]


@pytest.mark.parametrize("preview", [True, False])
def test_a_second_register_outputs_is_an_error(preview: bool):
    def program() -> None:
        Shelf("a").register_outputs({})

    done = run(program, preview=preview)
    assert "cannot complete a resource 'urn:pulumi:dev::ladder::toy:index:Shelf::a'" in (done.error or "")
