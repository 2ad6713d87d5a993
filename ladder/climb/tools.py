"""What a climb works with: the stack, its engine, its jobs, and who is told and asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from components.catalog import Kind, Role
from components.store import StoreArgs
from infra.settings import Settings
from ladder import plan
from ladder.backups.job import Result
from ladder.backups.started import REAL, Clock
from ladder.climb import where
from ladder.climb.jobs import Copier
from ladder.climb.where import Where
from ladder.errors import Exit, LadderError
from ladder.stack import edits, pulumi_cli
from ladder.stack.document import Document
from ladder.stack.pulumi_cli import Running
from ladder.stack.stackfile import StackFile


class Engine(pulumi_cli.Engine, Protocol):
    """What is asked of the CLI."""

    def begin_up(self) -> Running:
        """Start `pulumi up`, and leave it to itself."""
        ...


class Prover(Protocol):
    """Takes backups of a store, and proves them."""

    def backup(self, store: StoreArgs) -> Result:
        """Take a run."""
        ...

    def verify(self, store: StoreArgs, run: str = "") -> Result:
        """Restore a run into a throwaway server, and compare."""
        ...


@dataclass(frozen=True, kw_only=True)
class Talk:
    """How the user is told and asked.

    Attributes:
        say: Print a line.
        agree: Ask whether to go on, and what holds if not; raises where the answer is no.
    """

    say: Callable[[str], None]
    agree: Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A step that was done, and how long it took."""

    step: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Of the climb of one store.

    Attributes:
        file: The stack, as it was when the command began.
        kind: Of the store.
        engine: Makes the stack what its file says.
        copier: Runs the jobs of the climb.
        prover: Takes and proves backups.
        shows: Whether applications are told of the place where a store goes.
        talk: With the user.
        clock: Time.
        spent: What was done so far.
    """

    file: StackFile
    kind: Kind
    engine: Engine
    copier: Copier
    prover: Prover
    shows: Callable[[StoreArgs], bool]
    talk: Talk
    clock: Clock = REAL
    spent: list[Spent] = field(default_factory=list[Spent])

    def current(self) -> StackFile:
        """The stack as its file is now."""
        return self.file.reread()

    def settings(self) -> Settings:
        """What the file asks for now."""
        return plan.read_settings(self.current())

    def store(self) -> StoreArgs:
        """The store, as the file asks for it now."""
        return self.settings().stores[self.kind]

    def target(self) -> StoreArgs:
        """Where it goes.

        Raises:
            LadderError: It goes nowhere.
        """
        climb = self.store().climb
        if climb is None:
            raise LadderError(Exit.WRONG, f"{self.kind}: {self.file.path.name} names no climb")
        return climb.to

    def where(self) -> Where:
        """How far it has come."""
        current = self.current()
        return where.read(current, plan.read_settings(current), where.records(self.engine.state()), self.kind)

    def save(self, held: Document) -> None:
        """Write the stack file."""
        edits.save(self.file.path, held)

    def timed(self, step: str, since: float) -> float:
        """Note what a step took."""
        seconds = self.clock.now() - since
        self.spent.append(Spent(step=step, seconds=seconds))
        return seconds


def moves_data(store: StoreArgs) -> bool:
    """Whether there is anything to copy: a cache may forget."""
    return store.role is not Role.CACHE
