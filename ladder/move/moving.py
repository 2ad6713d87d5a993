"""Moves an environment into another stack: frozen, saved, put back there, compared, and only then started.

The two stack files are the memory. `move: {from: …}` in the target's keeps its application out while the stores are
filled; `move: {to: …}` in the source's stops the application that wrote to them. A move that was killed goes on from
what it finds there.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from components.backups import hooks
from components.catalog import Keeper
from components.store import StoreArgs
from infra.settings import PREFIX, Settings
from ladder.backups.job import Result
from ladder.backups.operator import Operator
from ladder.errors import Exit, LadderError
from ladder.stack import edits
from ladder.stack.pulumi_cli import Engine
from ladder.stack.stackfile import StackFile

SECTION = f"{PREFIX}move"


@dataclass(frozen=True, kw_only=True)
class Side:
    """A stack that takes part."""

    file: StackFile
    wanted: Settings
    engine: Engine
    operator: Operator

    @property
    def name(self) -> str:
        """Of the stack."""
        return self.file.stack

    def set_move(self, direction: str, other: str) -> None:
        """Write `move: {from: …}` or `{to: …}` into its file, and make it so."""
        edits.save(self.file.path, edits.with_section(self.file.reread().document, SECTION, {direction: other}))
        self.engine.up()

    def forget_move(self) -> None:
        """Take it out again."""
        document = self.file.reread().document
        if ("config", SECTION) in document.nodes:
            edits.save(self.file.path, edits.without_store(document, SECTION))
        self.engine.up()


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What came of it.

    Attributes:
        results: By store, what was put back and compared.
        pause: Seconds for which nobody could write; None where this run did not see its beginning.
    """

    results: dict[str, Result]
    pause: float | None


@dataclass(frozen=True, kw_only=True)
class Move:
    """Everything that a move works with.

    Attributes:
        source: Where the environment is.
        target: Where it goes.
        say: Is told each step.
        agree: Asks before anything stops; raises where the answer is no.
        now: Seconds that pass.
    """

    source: Side
    target: Side
    say: Callable[[str], None]
    agree: Callable[[Sequence[StoreArgs]], None]
    now: Callable[[], float] = time.monotonic

    def go(self) -> Moved:
        """Move, or go on with a move.

        Raises:
            LadderError: It cannot be begun, or a step failed; then the source serves again as before.
        """
        if self._arrived():
            self.say(f"{self.source.name} moved to {self.target.name} before; pulumi up there, in case it was cut off")
            self.target.engine.up()
            return Moved(results={}, pause=None)
        stores = self._stores()
        self.agree(stores)
        here, there = self.source, self.target
        self.say(f"1/6 {there.name} gets ready: {SECTION} in {there.file.path.name}, pulumi up; its application waits")
        there.set_move("from", here.name)
        self.say(
            f"2/6 every store of {here.name} is backed up and proven, and {there.name} looks whether it can take it"
        )
        seconds = sum(self._rehearsed(store) for store in stores)
        self.say(f"    the proofs took {seconds} s: expect about as long without writes")
        self.say(f"3/6 {here.name} stops: {SECTION} in {here.file.path.name}, pulumi up; then its databases are frozen")
        began = self.now()
        try:
            here.set_move("to", there.name)
            for store in stores:
                here.operator.freeze(store)
            self.say(f"4/6 the last backup, and 5/6 its way into {there.name}, compared line by line")
            results = {store.name: self._carried(store) for store in stores}
        except (LadderError, KeyboardInterrupt):
            self.say(f"it did not work: {here.name} gets its rights and its application back")
            self.back()
            raise
        self.say(f"6/6 {there.name} starts: {SECTION} goes out of {there.file.path.name}, pulumi up")
        there.forget_move()
        return Moved(results=results, pause=self.now() - began)

    def back(self) -> None:
        """Let the source serve again; the target keeps what it has, and its application stays out.

        Raises:
            LadderError: When the target serves already, or a step fails.
        """
        if self._arrived():
            fix = f"move the other way:  ladder move --stack {self.target.name} --to {self.source.name}"
            raise LadderError(
                Exit.REFUSED,
                f"{self.target.name} serves, and may hold what {self.source.name} never saw; nothing was changed\n"
                f"    fix: {fix}",
            )
        for store in self._stores():
            self.source.operator.freeze(store, thaw=True)
        self.source.forget_move()

    def _arrived(self) -> bool:
        """Whether all was done: the target's mark goes last, the source's stays."""
        return _mark(self.source, "to") == self.target.name and _mark(self.target, "from") is None

    def _stores(self) -> list[StoreArgs]:
        """What moves.

        Raises:
            LadderError: With everything that is in its way.
        """
        if found := list(self._obstacles()):
            lines = "\n".join(f"  {why}\n    fix: {fix}" for why, fix in found)
            raise LadderError(
                Exit.WRONG, f"{self.source.name} cannot move to {self.target.name}; nothing was changed\n{lines}"
            )
        return self.source.operator.stores()

    def _obstacles(self) -> Iterator[tuple[str, str]]:
        here, there = self.source.wanted, self.target.wanted
        if (here.vault, here.project) != (there.vault, there.project) or not here.vault:
            yield f"{PREFIX}vault: {here.vault or 'none'} and {there.vault or 'none'}", "the same vault in both stacks"
        if here.placement.namespace == there.placement.namespace and here.cluster == there.cluster:
            yield f"both live in namespace {here.placement.namespace} of one cluster", "another namespace, or cluster"
        for side, direction, other in ((self.source, "to", self.target), (self.target, "from", self.source)):
            move = side.wanted.move
            # Where the environment once left for `other`, it may come back from there.
            comes_back = direction == "from" and _mark(side, "to") == other.name
            if move and not comes_back and _mark(side, direction) != other.name:
                yield f"{side.file.path.name}: {SECTION} is about another move", "end that one first, or take it back"
        for kind, store in here.stores.items():
            if not store.holds_data or store.keeper is Keeper.OTHERS:
                continue
            if kind not in hooks.FREEZES:
                yield f"{store.name}: Ladder cannot freeze {kind} yet, so nobody could say what came last", "by hand"
                continue
            if store.backup is None:
                yield f"{store.name} is not backed up", "only what is backed up can move"
                continue
            other = there.stores.get(kind)
            if other is None or other.backup is None or other.keeper is not Keeper.CLUSTER:
                yield (
                    f"{store.name}: {self.target.name} has no {kind} in its cluster that keeps data and is backed up",
                    f"add {PREFIX}{kind} to {self.target.file.path.name}",
                )
            elif (other.engine, _major(other)) != (store.engine, _major(store)):
                yield (
                    f"{store.name}: {store.engine} {store.version} here, {other.engine} {other.version} there",
                    "the same engine and version; upgrade before or after",
                )
            elif other.storage_gib < store.storage_gib:
                yield (
                    f"{store.name}: {store.storage_gib} GiB here, {other.storage_gib} GiB there",
                    f"storage_gib: {store.storage_gib} or more",
                )

    def _there(self, store: StoreArgs) -> StoreArgs:
        return self.target.wanted.stores[store.kind]

    def _rehearsed(self, store: StoreArgs) -> int:
        """Everything that can go wrong is to go wrong before anybody waits; seconds that the proof took."""
        self.source.operator.backup(store)
        proof = self.source.operator.verify(store)
        self.target.operator.receive(self._there(store), check=True)
        return proof.seconds

    def _carried(self, store: StoreArgs) -> Result:
        taken = self.source.operator.backup(store, accept_empty=True)
        return self.target.operator.receive(self._there(store), run=taken.run)


def _mark(side: Side, direction: str) -> str | None:
    move = side.wanted.move
    return None if move is None else (move.from_ if direction == "from" else move.to)


def _major(store: StoreArgs) -> str:
    return store.version.partition(".")[0]
