"""How far a climb has come: what the stack file says and what the ledger says, put together.

A file may come from another machine and lag behind the ledger. Then the ledger counts: whoever went on from the file
would copy once more into a place that applications already write to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from components.catalog import Backend, Kind
from components.store import CLIMBING, Phase, StoreArgs
from infra import ledger
from infra.ledger import Facts, LedgerError
from infra.settings import PREFIX, Settings
from ladder.engine import Snapshot, plain
from ladder.errors import Exit, LadderError
from ladder.stack.stackfile import StackFile

_ORDER = (None, *CLIMBING)


@dataclass(frozen=True, kw_only=True)
class Where:
    """Of one store.

    Attributes:
        kind: The store's.
        source: Where its data was.
        target: Where it goes; absent where it does not climb.
        phase: How far it has come; absent where it does not climb.
        written: The phase in the stack file.
        reached: The phase that the last finished `up` completed.
        back: Whether it is on its way back from where it had climbed to.
        ending: Whether the file says already that it arrived, and only the last `up` is missing.
        known: Whether the ledger holds the store at all.
        stale: Whether the file speaks of another way than the ledger, and cannot be put right from it.
    """

    kind: Kind
    source: Backend
    target: Backend | None = None
    phase: Phase | None = None
    written: Phase | None = None
    reached: Phase | None = None
    back: bool = False
    ending: bool = False
    known: bool = True
    stale: bool = False

    @property
    def climbs(self) -> bool:
        """Whether a climb is under way."""
        return self.phase is not None or self.ending


def records(state: Snapshot) -> Mapping[Kind, Facts]:
    """The ledger records in a state.

    Raises:
        LadderError: When one cannot be read.
    """
    held = {it.urn: {"outputs": plain(it.outputs)} for it in state.resources if not it.delete}
    try:
        return {it.kind: it.record for it in ledger.parse(held).stores if it.record}
    except LedgerError as error:
        raise LadderError(Exit.FAILED, str(error)) from None


def read(file: StackFile, wanted: Settings, held: Mapping[Kind, Facts], kind: Kind) -> Where:
    """How far the climb of a store has come."""
    store, record = wanted.stores[kind], held.get(kind)
    written = store.phase if store.phase in CLIMBING else None
    reached = record.phase if record and record.phase in CLIMBING else None
    target = store.climb.to.backend if store.climb else record.to.backend if record and reached and record.to else None
    where = Where(
        kind=kind,
        source=store.backend,
        target=target,
        phase=written,
        written=written,
        reached=reached,
        back=file.document.at("config", f"{PREFIX}{kind}", "back") is True,
        known=record is not None,
    )
    return _settled(where, store, record)


def _settled(where: Where, store: StoreArgs, record: Facts | None) -> Where:
    if record is None or where.reached is None or record.to is None:
        return replace(where, target=where.target if where.phase else None)
    here, there = record.backend, record.to.backend
    if (store.backend, where.target) == (here, there):
        return replace(where, phase=max(where.written, where.reached, key=_ORDER.index))
    if (store.backend, where.target, where.written) == (there, here, Phase.COPY):
        return where  # turned round, and `up` has yet to follow
    if store.backend is there and where.written is None and where.reached is Phase.RETIRE:
        return replace(where, source=here, target=there, ending=True)
    return replace(where, source=here, target=there, phase=where.reached, stale=True)
