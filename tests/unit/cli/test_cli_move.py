"""A move between two stacks, with the engine and the jobs played; killed at every step, it loses nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from cli_world import PROJECT

from components.store import StoreArgs
from infra.settings import Settings
from ladder import plan
from ladder.backups.job import Result
from ladder.backups.operator import Operator
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.move.moving import Move, Side
from ladder.stack import stackfile

FILE = """\
config:
  ladder:stage: bootstrap
  ladder:cloud: aws
  ladder:cluster: {{kind: existing, context: {name}, identifier: {name}, storage_class: gp3, region: eu-central-1}}
  ladder:vault: {vault}
  ladder:redis: {{role: cache}}
  ladder:postgres: {{storage_gib: {gib}}} # the books
  ladder:app: {{image: "acme/weather:1"}}
"""


class Killed(BaseException):
    """The process ended here."""


@dataclass
class World:
    """What is true of two stacks: rows, who may write, which application runs; `steps` is what was done to them."""

    rows: dict[str, int | None] = field(default_factory=lambda: {"old": 7, "new": None})
    runs: dict[str, int] = field(default_factory=dict[str, int])
    frozen: dict[str, bool] = field(default_factory=lambda: {"old": False, "new": False})
    apps: dict[str, bool] = field(default_factory=lambda: {"old": True, "new": False})
    steps: list[str] = field(default_factory=list[str])
    dies_at: int = 0
    fails_at: str = ""

    def step(self, what: str) -> None:
        self.steps.append(what)
        if len(self.steps) == self.dies_at:
            raise Killed
        if what == self.fails_at:
            raise LadderError(Exit.FAILED, f"{what} failed")
        # An application that may write does.
        for name, rows in self.rows.items():
            if self.apps[name] and not self.frozen[name]:
                assert rows is not None
                self.rows[name] = rows + 1
        assert not (self.apps["old"] and self.apps["new"]), "two applications write"


@dataclass
class Cli:
    """`pulumi up` of one stack."""

    world: World
    name: str

    def up(self) -> None:
        self.world.step(f"up {self.name}")
        self.world.apps[self.name] = stackfile.load(self.name).config.get("ladder:move") is None
        if self.name == "new" and self.world.rows["new"] is None:
            self.world.rows["new"] = 0

    def destroy(self) -> None:
        raise AssertionError

    def state(self) -> Snapshot:
        raise AssertionError


@dataclass
class Jobs:
    """The jobs of one stack."""

    world: World
    name: str
    wanted: Settings

    def stores(self) -> list[StoreArgs]:
        return [store for store in self.wanted.stores.values() if store.backup]

    def backup(self, _: StoreArgs, *, accept_empty: bool = False) -> Result:
        self.world.step(f"backup {self.name}")
        run = f"r{len(self.world.runs)}"
        rows = self.world.rows[self.name]
        assert rows is not None
        self.world.runs[run] = rows
        return Result(ok=True, run=run)

    def verify(self, _: StoreArgs) -> Result:
        self.world.step(f"verify {self.name}")
        return Result(ok=True, seconds=3)

    def receive(self, _: StoreArgs, *, run: str = "", check: bool = False) -> Result:
        self.world.step("check" if check else "receive")
        frozen = self.world.frozen[self.name]
        if self.world.rows[self.name] not in (0, *self.world.runs.values()) and not frozen:
            raise LadderError(Exit.REFUSED, "the store holds data")
        if not check:
            self.world.rows[self.name], self.world.frozen[self.name] = self.world.runs[run], False
        return Result(ok=True, run=run, amount=self.world.runs.get(run, 0))

    def freeze(self, _: StoreArgs, *, thaw: bool = False) -> Result:
        self.world.step("thaw" if thaw else "freeze")
        self.world.frozen[self.name] = not thaw
        return Result(ok=True)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    Path("Pulumi.yaml").write_text(PROJECT)
    write()
    return World()


def write(gib: int = 10, vault: str = "safe") -> None:
    Path("Pulumi.old.yaml").write_text(FILE.format(name="old", gib=10, vault="safe"))
    Path("Pulumi.new.yaml").write_text(FILE.format(name="new", gib=gib, vault=vault))


def move(
    world: World,
    agree: Callable[[Sequence[StoreArgs]], None] = lambda _: None,
    source: str = "old",
    target: str = "new",
) -> Move:
    def side(name: str) -> Side:
        file = stackfile.load(name)
        wanted = plan.read_settings(file)
        operator = cast(Operator, Jobs(world, name, wanted))
        return Side(file=file, wanted=wanted, engine=Cli(world, name), operator=operator)

    return Move(source=side(source), target=side(target), say=lambda _: None, agree=agree)


def arrived(world: World) -> None:
    assert world.rows["new"] == world.rows["old"]
    assert world.apps == {"old": False, "new": True}
    assert world.frozen == {"old": True, "new": False}
    assert "move: {to: new}" in Path("Pulumi.old.yaml").read_text()
    assert Path("Pulumi.new.yaml").read_text() == FILE.format(name="new", gib=10, vault="safe")


def test_nothing_is_written_between_the_last_backup_and_the_new_application(world: World) -> None:
    moved = move(world).go()
    arrived(world)
    assert moved.results["postgres"].amount == world.rows["old"]
    assert world.steps == [
        "up new", "backup old", "verify old", "check", "up old", "freeze", "backup old", "receive", "up new",
    ]  # fmt: skip


@pytest.mark.parametrize("step", range(1, 10))
def test_killed_anywhere_it_goes_on(world: World, step: int) -> None:
    world.dies_at = step
    with pytest.raises(Killed):
        move(world).go()
    world.dies_at = 0
    move(world).go()
    arrived(world)


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_before_the_end_it_goes_back(world: World, step: int) -> None:
    world.dies_at = step
    with pytest.raises(Killed):
        move(world).go()
    world.dies_at = 0
    move(world).back()
    assert (world.apps["old"], world.frozen["old"]) == (True, False)
    assert Path("Pulumi.old.yaml").read_text() == FILE.format(name="old", gib=10, vault="safe")


@pytest.mark.parametrize("step", ["up old", "freeze", "receive"])
def test_a_failure_leads_back_by_itself_and_the_next_try_arrives(world: World, step: str) -> None:
    world.fails_at = step
    with pytest.raises(LadderError, match=f"{step} failed"):
        move(world).go()
    world.fails_at = ""
    if step == "up old":
        move(world).back()  # its own `up` failed as well
    assert (world.apps["old"], world.frozen["old"]) == (True, False)
    move(world).go()
    arrived(world)


def test_who_arrived_is_not_moved_again_and_there_is_no_way_back_but_another_move(world: World) -> None:
    move(world).go()
    assert world.rows["new"] is not None
    world.rows["new"] += 1
    before = len(world.steps)
    move(world).go()
    assert world.steps[before:] == ["up new"]
    with pytest.raises(LadderError, match="may hold what old never saw"):
        move(world).back()


def test_it_comes_back_into_the_stack_that_it_left(world: World) -> None:
    move(world).go()
    assert world.rows["new"] is not None
    world.rows["new"] += 1
    move(world, source="new", target="old").go()
    assert world.rows["old"] == world.rows["new"]
    assert world.apps == {"old": True, "new": False}
    assert world.frozen == {"old": False, "new": True}
    assert Path("Pulumi.old.yaml").read_text() == FILE.format(name="old", gib=10, vault="safe")


@pytest.mark.parametrize(
    ("gib", "vault", "why"), [(5, "safe", "10 GiB here, 5 GiB there"), (10, "other", "the same vault in both stacks")]
)
def test_what_is_in_its_way_is_told_before_anything_happens(world: World, gib: int, vault: str, why: str) -> None:
    write(gib, vault)
    with pytest.raises(LadderError, match=why):
        move(world).go()
    assert world.steps == []


def test_a_store_that_cannot_be_frozen_is_in_its_way(world: World) -> None:
    file = Path("Pulumi.old.yaml")
    file.write_text(file.read_text() + "  ladder:mongodb: {}\n")
    with pytest.raises(LadderError, match="cannot freeze mongodb yet"):
        move(world).go()
    assert world.steps == []


def test_without_consent_nothing_happens(world: World) -> None:
    def no(_: Sequence[StoreArgs]) -> None:
        raise LadderError(Exit.REFUSED, "no")

    with pytest.raises(LadderError, match="no"):
        move(world, no).go()
    assert world.steps == []


def test_an_old_stack_that_was_written_to_by_another_hand_is_refused_before_it_stops(world: World) -> None:
    world.rows["new"] = 99
    with pytest.raises(LadderError, match="holds data"):
        move(world).go()
    assert (world.apps["old"], world.frozen["old"]) == (True, False)
