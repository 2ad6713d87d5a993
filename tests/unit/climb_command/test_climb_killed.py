"""A climb with the engine and the jobs played and the guard as it is: killed anywhere, the same command arrives."""

import pytest
from climb_world import ENDED, FILE, Killed, World, text, tools

from ladder.climb import backing
from ladder.climb.climbing import Climb

TO = {"backend": "external"}
STEPS = [
    "backup in_cluster", "verify in_cluster", "save", "up copy", "check", "copy", "save", "up cutover", "gate", "save",
    "up retire", "end", "save", "up none",
]  # fmt: skip
BACK = ["check", "gate", "save", "up copy", "check", "copy", "save", "up cutover", "gate"]


def go(world: World) -> None:
    Climb(tools(world), TO).go()


def nothing_is_lost(world: World, where: str) -> None:
    """Applications are where they should be, and every write that they were told of is there."""
    assert world.told == where
    place = world.places[where]
    assert (place.open, place.frozen) == (True, False)
    assert place.rows == world.acknowledged


def test_it_climbs_and_the_file_says_only_where_it_is(world: World) -> None:
    go(world)
    assert world.steps == STEPS
    nothing_is_lost(world, "external")
    assert text() == ENDED
    assert len(world.asked) == 2


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_killed_anywhere_the_same_command_arrives(world: World, step: int) -> None:
    world.dies_at = step
    with pytest.raises(Killed):
        go(world)
    world.dies_at = 0
    go_on(world)
    nothing_is_lost(world, "external")
    assert text() == ENDED


def go_on(world: World) -> None:
    """The command, as it is typed again; where all was done it says so and does nothing."""
    at = tools(world).where()
    if at.climbs or at.source != "external":
        go(world)


@pytest.mark.parametrize("step", range(1, STEPS.index("up cutover") + 2))
def test_killed_before_the_switch_it_goes_back_and_nothing_was_changed(world: World, step: int) -> None:
    world.dies_at = step
    with pytest.raises(Killed):
        go(world)
    world.dies_at = 0
    backing.back(tools(world))
    nothing_is_lost(world, "in_cluster")
    assert world.places["in_cluster"].rows is not None
    assert text() == FILE


@pytest.mark.parametrize("step", range(STEPS.index("up cutover") + 2, STEPS.index("up retire") + 2))
def test_killed_after_the_switch_it_goes_back_with_what_was_written_since(world: World, step: int) -> None:
    world.dies_at = step
    with pytest.raises(Killed):
        go(world)
    world.dies_at = 0
    backing.back(tools(world))
    nothing_is_lost(world, "in_cluster")


@pytest.mark.parametrize("step", range(1, 17))
def test_killed_on_the_way_back_the_same_command_arrives(world: World, step: int) -> None:
    stop_before_retiring(world)
    world.steps, world.dies_at = [], step
    with pytest.raises(Killed):
        backing.back(tools(world))
    world.dies_at = 0
    backing.back(tools(world))
    nothing_is_lost(world, "in_cluster")
    assert "phase" not in text()
    assert "backup: {schedule" in text()


def stop_before_retiring(world: World) -> None:
    """As when somebody looks at the new place first, and says no."""

    def no(question: str, _: str) -> None:
        if question.startswith("Give up postgres"):
            raise Killed

    with pytest.raises(Killed):
        Climb(tools(world, no), TO).go()
    nothing_is_lost(world, "external")
