"""What a climb does when a step fails: what holds then, and that the same command goes on, or back."""

from collections.abc import Mapping

import pytest
from climb_world import FILE, World, sealed, text, tools

from components.catalog import Kind
from infra.settings import PREFIX
from ladder import plan
from ladder.backups.job import Result
from ladder.climb import backing, obstacles, where
from ladder.climb.climbing import Climb
from ladder.errors import Exit, LadderError
from ladder.stack import document, edits, stackfile
from ladder.stack.document import Json

TO: Mapping[str, Json] = {"backend": "external"}


def go(world: World) -> None:
    Climb(tools(world), TO).go()


def serves(world: World, where: str) -> None:
    assert world.told == where
    place = world.places[where]
    assert (place.open, place.frozen, place.rows) == (True, False, world.acknowledged)


FAILED = Result(ok=False, code=30, why="the target does not answer", fix="look at it")


@pytest.mark.parametrize(
    ("step", "how"),
    [
        ("check", FAILED),
        ("check", Result(ok=True, obstacles=(("table a has no key", "add one"), ("table b too", "add one")))),
        ("copy", FAILED),
        ("copy", "ended without a word"),
        ("gate", FAILED),
        ("gate", Result(ok=False, code=30, why="too slow", fix="later", receipt=sealed("back"))),
        ("gate", "ended without a word"),
        ("up", "cannot be made"),
    ],
)
def test_what_fails_leaves_the_old_place_serving_and_the_same_command_arrives(
    world: World, step: str, how: Result | str
) -> None:
    world.fails[step] = how
    with pytest.raises(LadderError) as error:
        go(world)
    if step in {"check", "copy", "gate"} and isinstance(how, Result):
        assert error.value.code is Exit.FAILED
        assert "applications" in str(error.value)
        assert "--back" in str(error.value)
    if isinstance(how, Result):
        assert all(why in str(error.value) for why, _ in how.obstacles or ((how.why, how.fix),))
    if not (step == "gate" and isinstance(how, str)):
        serves(world, "in_cluster")
    world.fails.clear()
    go(world)
    serves(world, "external")


def test_a_gate_that_did_not_open_leads_back_to_the_copy_by_itself_and_says_what_holds(world: World) -> None:
    world.fails["gate"] = FAILED
    with pytest.raises(LadderError, match="nothing is lost") as error:
        go(world)
    assert world.steps[-3:] == ["back", "save", "up copy"]
    assert "the target does not answer" in str(error.value)
    assert "phase: copy" in text()
    serves(world, "in_cluster")


def test_who_proved_in_the_gate_that_nobody_was_let_in_is_not_asked_again(world: World) -> None:
    world.fails["gate"] = Result(ok=False, why="too slow", receipt=sealed("back"))
    with pytest.raises(LadderError, match="too slow"):
        go(world)
    assert world.steps[-3:] == ["gate", "save", "up copy"]


def test_a_gate_whose_pod_vanished_is_run_once_more(world: World) -> None:
    world.fails["gate"] = "ended without a word"
    with pytest.raises(LadderError, match="without a word"):
        go(world)
    assert world.steps[-2:] == ["gate", "gate"]
    assert "phase: cutover" in text()  # nobody knows: nothing is concluded from it


def test_pods_that_do_not_become_ready_after_the_switch_do_not_lead_back(world: World) -> None:
    world.fails["pods"] = "the image cannot be pulled"
    with pytest.raises(LadderError, match="has all of the data") as error:
        go(world)
    assert "ladder climb postgres --to external" in str(error.value)
    assert "phase: cutover" in text()
    serves(world, "external")
    world.fails.clear()
    go(world)
    serves(world, "external")


def test_whoever_does_not_agree_stops_it_where_it_is(world: World) -> None:
    def no(question: str, otherwise: str) -> None:
        raise LadderError(Exit.APPROVAL, otherwise)

    with pytest.raises(LadderError, match="in_cluster serves"):
        Climb(tools(world, no), TO).go()
    assert world.steps[-1] == "copy"
    serves(world, "in_cluster")


def test_an_older_file_is_put_right_by_the_ledger(world: World) -> None:
    """As on another machine that has the file from before the climb."""
    world.fails["gate"] = "its node is gone"
    with pytest.raises(LadderError):
        go(world)
    world.fails.clear()
    edits.save(stackfile.load("prod").path, document.parse(FILE, "Pulumi.prod.yaml"))
    go(world)
    assert "copy" not in world.steps[world.steps.index("up cutover") :]
    serves(world, "external")


def test_a_file_of_another_way_is_refused(world: World) -> None:
    go(world)
    backing_to_cluster(world)
    older = FILE.replace("    to:\n", "    phase: cutover\n    to:\n      backend: external\n")
    edits.save(stackfile.load("prod").path, document.parse(older, "Pulumi.prod.yaml"))
    file = stackfile.load("prod")
    at = tools(world).where()
    assert at.stale
    found = obstacles.find(file, plan.read_settings(file), tools(world).engine.state(), at, TO)
    assert any("older than the ledger" in fix for _, fix in found)


def backing_to_cluster(world: World) -> None:
    """A climb back, killed in its copy."""
    world.fails["copy"] = "killed"
    with pytest.raises(LadderError):
        Climb(tools(world), {"backend": "in_cluster"}).go()
    world.fails.clear()


def obstacles_of(world: World, to: str = "external") -> str:
    file = stackfile.load("prod")
    it = tools(world)
    found = obstacles.find(file, plan.read_settings(file), it.engine.state(), it.where(), {"backend": to})
    return "\n".join(f"{why} / {fix}" for why, fix in found)


def write(old: str, new: str) -> None:
    held = text()
    assert old in held
    edits.save(stackfile.load("prod").path, document.parse(held.replace(old, new), "Pulumi.prod.yaml"))


def test_nothing_is_in_the_way_of_a_stack_that_is_ready(world: World) -> None:
    assert obstacles_of(world) == ""
    assert world.steps == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  ladder:vault: safe\n", "", "not backed up"),
        ("uri: {secure", "ca: {secure", "ladder:postgres.to.external"),
        ("  ladder:app", "  ladder:move: {to: new}\n  ladder:app", "on the move"),
        ("    storage_gib: 50", "    phase: remove\n    storage_gib: 50", "is being removed"),
        ("  ladder:app", "  ladder:mysql: {phase: remove}\n  ladder:app", ""),
    ],
)
def test_what_is_in_the_way_is_told_before_anything_starts(world: World, old: str, new: str, said: str) -> None:
    if old.startswith("  ladder:vault"):
        write('    backup: {schedule: "15 * * * *"} # hourly\n', "")
    write(old, new)
    found = obstacles_of(world)
    assert said in found
    assert bool(found) is bool(said)
    assert world.steps == []


def test_another_climb_of_the_store_or_of_another_one_is_in_the_way(world: World) -> None:
    world.fails["copy"] = FAILED
    with pytest.raises(LadderError):
        go(world)
    assert "a climb of postgres from in_cluster to external is under way" in obstacles_of(world, "aws_rds")
    held = where.records(tools(world).engine.state())
    assert obstacles.under_way(plan.read_settings(stackfile.load("prod")), held) == {Kind.POSTGRES: "copy"}


def test_a_store_that_was_never_brought_up_has_nothing_to_take_along(world: World) -> None:
    world.held.clear()
    assert "never brought up" in obstacles_of(world)


def test_a_way_back_that_is_none_changes_nothing(world: World) -> None:
    backing.back(tools(world))
    assert world.steps == []
    assert text() == FILE
    assert PREFIX in text()
