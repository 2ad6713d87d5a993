"""The plan of a climb: what it costs and changes, how long it takes, and the way back at every step."""

from collections.abc import Callable
from dataclasses import dataclass

from components.catalog import Keeper
from components.store import StoreArgs
from infra.settings import Settings
from ladder import offline, plan
from ladder.climb import written
from ladder.errors import Exit, LadderError
from ladder.plan import estimate, estimate_json, registered
from ladder.plan.estimate import Estimate, StoreEstimate
from ladder.plan.leaving import MIB_A_SECOND
from ladder.stack.stackfile import StackFile


@dataclass(frozen=True, kw_only=True)
class Side:
    """The stack before, or after.

    Attributes:
        settings: What it asks for.
        all: What all of it costs.
        store: What the store costs, and what a failure and leaving cost.
    """

    settings: Settings
    all: Estimate
    store: StoreEstimate


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The climb of one store.

    Attributes:
        stack: Full name.
        file: Name of the stack file.
        source: The store where it is.
        target: Where it goes.
        now: The stack as it is.
        then: As it will be.
        bytes: Of the newest backup, before deduplication; absent where nobody knows.
        verify_seconds: What the last proof of a backup took; absent where nobody knows.
        looked: Whether the state was read: without it the guard was not asked.
    """

    stack: str
    file: str
    source: StoreArgs
    target: StoreArgs
    now: Side
    then: Side
    bytes: int | None
    looked: bool

    @property
    def copy_seconds(self) -> float | None:
        """At the fastest, by the rule at `MIB_A_SECOND`; None where nothing was measured."""
        if self.bytes is None or self.now.store.leaving.minutes is None:
            return None
        return self.bytes / 2**20 / MIB_A_SECOND

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "schema": 1,
            "stack": self.stack,
            "store": self.source.name,
            "from": self.source.backend,
            "to": self.target.backend,
            "bytes": self.bytes,
            "copy_seconds_at_least": self.copy_seconds,
            "guard_asked": self.looked,
            "now": _side(self.now),
            "then": _side(self.then),
        }


def _side(side: Side) -> dict[str, object]:
    return {**estimate_json.of_store(side.store), "stack_cost_per_month": estimate_json.bill(side.all.bill)}


def make(
    file: StackFile, new: StackFile, store: StoreArgs, *, size: Callable[[StoreArgs], int | None], looked: bool
) -> Planned:
    """Work it out.

    Args:
        file: The stack as it is.
        new: With the climb begun.
        store: Where it is.
        size: Tells the bytes of the newest backup.
        looked: Whether the state was read.

    Raises:
        LadderError: When the program fails at either end.
        UnsupportedError: When the offline engine cannot judge it.
    """
    climb = plan.read_settings(new).stores[store.kind].climb
    assert climb  # noqa: S101 (its settings were read before)
    then = new.having(written.ended(new, store.kind, climb.to))
    return Planned(
        stack=file.full_name,
        file=file.path.name,
        source=store,
        target=climb.to,
        now=_at(file, store),
        then=_at(then, store),
        bytes=None if store.keeper is Keeper.OTHERS else size(store),
        looked=looked,
    )


def _at(file: StackFile, store: StoreArgs) -> Side:
    done = offline.run(file)
    if done.error is not None:
        raise LadderError(Exit.FAILED, done.error)
    settings = plan.read_settings(file)
    found = estimate.make(settings, registered.resources(done.registrations))
    return Side(settings=settings, all=found, store=found.stores[store.name])
