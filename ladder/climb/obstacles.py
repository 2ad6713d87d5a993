"""What speaks against a climb before anything starts: all of it at once, each with its fix."""

from collections.abc import Iterator, Mapping, Sequence

from components.catalog import Backend, Keeper, Kind, Role
from components.store import Phase, StoreArgs
from infra.complaints import SettingsError
from infra.ledger import Facts
from infra.settings import PREFIX, Settings
from ladder import plan
from ladder.climb import where, written
from ladder.climb.where import Where
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.plan import judge
from ladder.stack.document import Json
from ladder.stack.stackfile import StackFile

Obstacle = tuple[str, str]


def chosen(wanted: Settings, name: str) -> StoreArgs:
    """The store of this kind or name.

    Raises:
        LadderError: There is none.
    """
    for kind, store in wanted.stores.items():
        if name in (kind, store.name):
            return store
    held = ", ".join(wanted.stores) or "none"
    raise LadderError(Exit.WRONG, f"{name}: {wanted.stack} has no such store\n    fix: one of: {held}")


def draft(file: StackFile, at: Where, to: Mapping[str, Json]) -> StackFile:
    """The stack as it would be with its climb begun."""
    return file.having(written.begun(file.document, at.kind, to, at.phase or Phase.COPY))


def refuse(file: StackFile, found: Sequence[Obstacle], name: str) -> None:
    """End here if there is any.

    Raises:
        LadderError: With all of them.
    """
    if found:
        lines = "\n".join(f"  {why}\n    fix: {fix}" for why, fix in found)
        raise LadderError(Exit.WRONG, f"{name} of {file.stack} cannot climb; nothing was changed\n{lines}")


def find(
    file: StackFile,
    wanted: Settings,
    state: Snapshot | None,
    at: Where,
    to: Mapping[str, Json],
    *,
    alone: bool = True,
) -> list[Obstacle]:
    """Everything that is in the way of a climb, or of going on with one.

    Args:
        file: The stack.
        wanted: What it asks for.
        state: What it holds; absent where it could not be read.
        at: How far the climb has come.
        to: Where it is to go.
        alone: Whether no other store may be on its way: those of a whole stack go one by one.
    """
    found = list(_before(file, wanted, state, at, alone=alone))
    if found or at.ending:
        return found
    if at.phase and to.get("backend", at.target) != at.target:
        command = f"ladder climb {at.kind}"
        rule = f"a climb of {at.kind} from {at.source} to {at.target} is under way (phase {at.phase})"
        return [(rule, f"{command} --to {at.target}  to go on,  {command} --back  to go back")]
    try:
        new = draft(file, at, to)
        asked = plan.read_settings(new)
    except SettingsError as error:
        return [(f"{it.key} = {it.value}: {it.rule}", it.fix) for it in error.complaints]
    if state is not None and at.phase is None:
        found += _guarded(new, state, asked, at.kind)
    return found


def _before(
    file: StackFile, wanted: Settings, state: Snapshot | None, at: Where, *, alone: bool = True
) -> Iterator[Obstacle]:
    store = wanted.stores[at.kind]
    if state is not None and not at.known:
        yield f"{store.name} was never brought up: there is nothing to take along", "pulumi up, or edit its section"
    if at.stale:
        yield (
            f"the ledger says phase {at.phase}, from {at.source} to {at.target}, and {file.path.name} another way",
            "take the file from where the climb was begun: it is older than the ledger here",
        )
    if store.phase is Phase.REMOVE:
        yield f"{store.name} is being removed (phase: {Phase.REMOVE})", f"ladder remove {at.kind}, or take phase out"
    if wanted.move is not None:
        yield f"{wanted.stack} is on the move ({PREFIX}move)", "end that first: ladder move, or ladder move --back"
    for kind, phase in under_way(wanted, where.records(state) if state else {}).items():
        if alone and kind is not at.kind:
            yield f"{kind} climbs already (phase {phase})", f"one at a time: ladder climb {kind} --status"
    if at.phase is not None:
        return
    if store.role is Role.CACHE:
        yield (
            f"{store.name} is a cache: it holds nothing that would have to be taken along",
            f"{PREFIX}{at.kind}.phase = {Phase.REMOVE}, pulumi up; then take it out, and write the new backend",
        )
    elif store.backup is None and store.keeper is not Keeper.OTHERS:
        yield (
            f"{store.name} is not backed up, and no data moves without a backup to fall back to",
            f"set {PREFIX}vault, pulumi up" if wanted.vault is None else f"nothing backs {at.kind} up there: by hand",
        )


def of_going_back(file: StackFile, wanted: Settings, at: Where) -> list[Obstacle]:
    """What is in the way of going back."""
    return [it for it in _before(file, wanted, None, at) if at.phase or at.stale]


def under_way(wanted: Settings, held: Mapping[Kind, Facts]) -> dict[Kind, Phase]:
    """The stores that climb, by the file or by the ledger, with their phases."""
    found = {kind: it.phase for kind, it in held.items() if it.phase in where.CLIMBING and kind in wanted.stores}
    found |= {kind: it.phase for kind, it in wanted.stores.items() if it.phase in where.CLIMBING}
    return {kind: phase for kind, phase in found.items() if phase}


def _guarded(new: StackFile, state: Snapshot, asked: Settings, kind: Kind) -> Iterator[Obstacle]:
    """What the guard would say, but for the receipt, which a job has yet to give."""
    for refusal in judge.refused(new, state, asked):
        for reason in refusal.reasons:
            if not reason.advice.startswith(f"{PREFIX}{kind}.receipt is not set"):
                yield f"{refusal.store}: this change would {reason.would}", reason.advice.rstrip(":")


def is_there(store: StoreArgs, at: Where, target: Backend) -> bool:
    """Whether it is where it was to go, and nothing is left to do."""
    return store.backend is target and not at.climbs and not at.stale
