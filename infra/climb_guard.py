"""What the guard asks of a climb: which phase may follow which, and what must have been proven before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from components import catalog
from components.catalog import Keeper, Role
from components.store import Climb, Phase, StoreArgs
from infra import holding, receipts
from infra.ledger import Kept, keeps
from infra.refusal import Reason
from infra.schema import PREFIX
from infra.settings import Settings

FRESH = timedelta(hours=24)
"""How old the backup may be to which a climb could fall back, unless the settings accept it by its name."""

GENERATED = "generated:"
"""How a key begins that the offline engine made up: no seal can be looked at there."""

_WANTS = {
    "copy": "a backup that was restored and compared",
    "cutover": "a copy that was compared with the original, row by row",
    "back": "a target that nobody wrote to",
    "gate": "a source that is frozen and a copy that has its last write",
    "retire": "a backup of the new place that was restored and compared",
}


def check(kept: Kept, wanted: StoreArgs, settings: Settings, now: datetime) -> Iterator[Reason]:
    """Every reason against the step from what is held to what is wanted.

    Args:
        kept: The store in the state.
        wanted: The same store in the settings.
        settings: All of them.
        now: For the age of receipts.
    """
    step = _Step(kept, wanted, settings, now)
    match kept.climbing:
        case Phase.COPY:
            yield from step.from_copy()
        case Phase.CUTOVER:
            yield from step.from_cutover()
        case Phase.RETIRE:
            yield from step.from_retire()
        case _:
            yield from step.from_rest()


def kept_on(kept: Kept) -> list[catalog.Backend]:
    """The backends whose data may be the only copy."""
    record = kept.record
    if record is None or record.to is None:
        return [kept.backend]
    match kept.climbing:
        case Phase.CUTOVER:
            return [record.backend, record.to.backend]
        case Phase.RETIRE:
            return [record.to.backend]
        case _:
            return [record.backend]


class _Step:
    def __init__(self, kept: Kept, wanted: StoreArgs, settings: Settings, now: datetime) -> None:
        self.kept, self.wanted, self.settings, self.now = kept, wanted, settings, now
        self.to = wanted.climb.to.backend if wanted.climb else None
        self.phase = wanted.phase if wanted.climb else None
        was_to = kept.record.to.backend if kept.record and kept.record.to else None
        self.same = (wanted.backend, self.to) == (kept.backend, was_to)
        self.swapped = (self.to, wanted.backend) == (kept.backend, was_to)
        self.arrived = was_to is not None and self.phase is None and wanted.backend is was_to

    def from_rest(self) -> Iterator[Reason]:
        """No climb was under way."""
        facts = self.kept.bearers[0]
        if self.wanted.backend is not self.kept.backend:
            # A cache that was marked first is not exchanged by a slip.
            if facts.role is not Role.CACHE or not self.kept.removed:
                yield self._flip()
        elif self.phase is Phase.COPY:
            if catalog.keeper(facts.backend) is not Keeper.OTHERS:
                yield from self._proof("copy", fresh=True)
        elif self.phase is not None:
            yield self._order("before anything was copied", "copy")

    def from_copy(self) -> Iterator[Reason]:
        """Both exist; applications use the old one, and what the new one holds may go."""
        if self.wanted.backend is not self.kept.backend:
            yield self._flip()
        elif self.phase is Phase.CUTOVER and self.same:
            yield from self._proof("cutover")
        elif self.phase in (Phase.CUTOVER, Phase.RETIRE):
            yield self._order("before it was copied and compared", "copy")

    def from_cutover(self) -> Iterator[Reason]:
        """Applications use the new one, or are about to: either may hold what the other does not."""
        if self.phase is Phase.COPY and self.swapped:
            yield from self._proof("gate")
        elif not self.same:
            yield self._order("while either side may hold what the other does not", "cutover")
        elif self.phase is Phase.COPY:
            yield from self._proof("back")
        elif self.phase is Phase.RETIRE:
            climb = self.wanted.climb
            yield from self._proof("retire" if climb and climb.to.backup else "gate")

    def from_retire(self) -> Iterator[Reason]:
        """The new one has everything; the old one's volumes stay, and are no longer up to date."""
        if self.arrived or (self.same and self.phase in (Phase.CUTOVER, Phase.RETIRE)):
            return
        yield self._order("although its data is on another backend by now", "retire")

    def _proof(self, proves: str, *, fresh: bool = False) -> Iterator[Reason]:
        climb = self.wanted.climb
        if climb is None or (why := self._unproven(climb, proves, fresh=fresh)) is None:
            return
        yield Reason(
            would=f"begin phase {self.phase} without {_WANTS[proves]}",
            was=str(self.kept.backend),
            held=f"phase {self.kept.climbing or 'none'}",
            wanted=str(self.to),
            setting=f'{PREFIX}{self.kept.kind}.phase = "{self.phase}"',
            advice=f"{why} To do it step by step, each proven:",
            command=self._command(self.to),
        )

    def _unproven(self, climb: Climb, proves: str, *, fresh: bool) -> str | None:
        """Why the receipt does not prove it; None where it does."""
        key = f"{PREFIX}{self.kept.kind}.receipt"
        receipt = receipts.parse(climb.receipt) if climb.receipt else None
        if receipt is None:
            return f"{key} is not set: a job gives it when it has seen that."
        if receipt.proves != proves:
            return f'{key} proves "{receipt.proves}", and this wants "{proves}".'
        held = self.kept.receipt_key
        if held is None:
            return f"{key} was sealed by no job that this stack's state knows of."
        if not held.startswith(GENERATED) and not receipt.sealed_by(held, self.kept.kind, self.settings.stack):
            return f"{key} was not sealed by a job of this store."
        if fresh and self.now - receipt.time > FRESH and climb.fall_back_to_run != receipt.run:
            hours = (self.now - receipt.time) // timedelta(hours=1)
            return (
                f"Run {receipt.run} was proven {hours} h ago: a climb that failed badly would lose everything since. "
                f"To accept that, set {PREFIX}{self.kept.kind}.fall_back_to_run to it."
            )
        return None

    def _flip(self) -> Reason:
        kept, wanted = self.kept, self.wanted
        there = kept.on(kept.backend)
        facts = there.bearers[0]
        section = f"{PREFIX}{kept.kind}"
        command = self._command(wanted.backend)
        if facts.role is Role.CACHE:
            would = "exchange the server under a running cache"
            advice = (
                f"A cache may be lost, but not by a slip: set {section}.phase to remove, run `pulumi up`, then take "
                "the phase out and write the new backend."
            )
            command = None
        elif keeps(facts):
            would = f"delete the {holding.bearers(there)} that hold its data"
            advice = "Its data moves along, compared row by row, and nothing is deleted, by:"
        else:
            would = "leave its data behind and start an empty server"
            advice = "Its data moves along, compared row by row, by:"
        return Reason(
            would=would,
            was=str(kept.backend),
            held=holding.held(there),
            wanted=str(wanted.backend),
            setting=f'{section}.backend = "{wanted.backend}"',
            advice=advice,
            command=command,
        )

    def _order(self, when: str, needs: str) -> Reason:
        section = f"{PREFIX}{self.kept.kind}"
        record = self.kept.record
        to = record.to.backend if record and record.to else self.to
        asked = f'phase = "{self.phase}"' if self.phase else f'backend = "{self.wanted.backend}"'
        return Reason(
            would=f"go on {when}",
            was=f"phase {self.kept.climbing or 'none'}",
            held=f"{self.kept.backend}" + (f" to {to}" if record and record.to else ""),
            wanted=f"phase {self.phase or 'none'}",
            setting=f"{section}.{asked}",
            advice=f"Set {section} back to phase {needs}, {self.kept.backend} to {to}. To go on, each step proven:",
            command=self._command(to),
        )

    def _command(self, to: object) -> str:
        return f"ladder climb {self.kept.kind} --to {to} --stack {self.settings.stack}"
