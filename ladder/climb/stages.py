"""A whole stack to another stage: its stores one by one, and in the end one line of the stack file.

While it goes on, a store that arrived says so in its own section (`stage: funded`). When all have, the stack's stage
is changed and those lines go: what is left is the change that a person would have written. A store that stays says
the stage that it stays at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components import catalog
from components.catalog import Backend, Kind, Role, Stage
from components.store import CLIMBING, Phase, StoreArgs
from infra.settings import PREFIX, Settings
from ladder import plan
from ladder.climb import written
from ladder.climb.tools import Engine
from ladder.errors import Exit, LadderError
from ladder.stack import edits
from ladder.stack.document import Document
from ladder.stack.stackfile import StackFile

_STAGE = f"{PREFIX}stage"


class How(StrEnum):
    """What becomes of a store."""

    CLIMBS = "climbs"
    EXCHANGED = "exchanged"
    STAYS = "stays"


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One store's part of the way.

    Attributes:
        store: As it is now.
        how: What becomes of it.
        to: Where it will be.
        why: Said beside it.
    """

    store: StoreArgs
    how: How
    to: Backend
    why: str = ""

    @property
    def words(self) -> str:
        """In one line."""
        arrow = f"{self.store.backend} → {self.to}" if self.how is not How.STAYS else str(self.store.backend)
        return f"  {self.store.name:<10} {self.how:<10} {arrow}{f'  ({self.why})' if self.why else ''}"


def legs(file: StackFile, wanted: Settings, stage: Stage) -> list[Leg]:
    """Every store of a stack, in the order in which they go.

    What can be lost goes first: it shows that the way is open. Then the smallest, so that what is learned is learned
    on little. What stays comes last.
    """
    found = [_leg(file, wanted, store, stage) for store in wanted.stores.values()]
    return sorted(found, key=lambda it: (list(How).index(it.how) if it.how is How.STAYS else 0, _weight(it.store)))


def _weight(store: StoreArgs) -> tuple[bool, bool, int]:
    # One that is under way goes first of all: two at a time are refused.
    return store.phase not in CLIMBING, store.role is not Role.CACHE, store.storage_gib


def _leg(file: StackFile, wanted: Settings, store: StoreArgs, stage: Stage) -> Leg:
    section, cloud = written.section_of(file.document, store.kind), wanted.placement.cloud
    if store.climb:
        return Leg(store=store, how=How.CLIMBS, to=store.climb.to.backend)
    if section.get("backend"):
        return Leg(store=store, how=How.STAYS, to=store.backend, why="its section names the backend")
    meant = catalog.SUPPORT.get((store.kind, stage, cloud))
    if meant is None:
        held = ", ".join(catalog.stages(store.kind, cloud))
        return Leg(store=store, how=How.STAYS, to=store.backend, why=f"nothing at {stage} on {cloud}; there is: {held}")
    if meant is store.backend:
        return Leg(store=store, how=How.STAYS, to=meant, why=f"the same at {stage}")
    return Leg(store=store, how=How.EXCHANGED if store.role is Role.CACHE else How.CLIMBS, to=meant)


def flipped(file: StackFile, stage: Stage) -> Document:
    """The file with the stack at `stage`, when every store that goes there has arrived.

    Raises:
        LadderError: It would not say the same of every store.
    """
    wanted = plan.read_settings(file)
    held = edits.with_value(file.document, (_STAGE,), str(stage))
    for kind in wanted.stores:
        key = f"{PREFIX}{kind}"
        said = written.section_of(held, kind).get("stage")
        if said == stage:
            held = edits.without_value(held, (key, "stage"))
        elif said is None and _backend(file.having(held), kind) is not wanted.stores[kind].backend:
            held = edits.with_value(held, (key, "stage"), str(wanted.placement.stage))
    changed = [kind for kind, store in wanted.stores.items() if _backend(file.having(held), kind) is not store.backend]
    if changed:
        rule = f"would put {', '.join(changed)} on another backend than where the data is; nothing was changed"
        raise LadderError(Exit.REFUSED, f"{_STAGE} = {stage} {rule}\n    fix: name their backend in their sections")
    return held


def _backend(file: StackFile, kind: Kind) -> Backend | None:
    """Where a store would be; None where the file says something that cannot be."""
    section = written.section_of(file.document, kind)
    if named := section.get("backend"):
        return Backend(str(named))
    stage = Stage(str(section.get("stage") or file.document.at(edits.CONFIG, _STAGE)))
    return catalog.SUPPORT.get((kind, stage, catalog.Cloud(file.config[f"{PREFIX}cloud"])))


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A cache's way: it is made anew at the other stage, and the old one goes with what it remembered.

    Attributes:
        file: The stack.
        engine: Makes the stack what its file says.
        say: Is told each step.
    """

    file: StackFile
    engine: Engine
    say: Callable[[str], None]

    def go(self, store: StoreArgs, stage: Stage) -> None:
        """Exchange it; killed, the same goes on."""
        key = f"{PREFIX}{store.kind}"
        self.say(f"1/2 {store.name} is a cache, and starts anew: phase {Phase.REMOVE} lifts what holds the old one")
        edits.save(self.file.path, edits.with_phase(self.file.reread().document, key, Phase.REMOVE))
        self.engine.up()
        self.say(f"2/2 {store.name} at stage {stage}, pulumi up: applications use the new one, then the old one goes")
        held = edits.without_phase(self.file.reread().document, key)
        edits.save(self.file.path, edits.with_value(held, (key, "stage"), str(stage)))
        self.engine.up()


def arrive(file: StackFile, engine: Engine, stage: Stage, say: Callable[[str], None]) -> None:
    """Write the one line."""
    say(f"{_STAGE} = {stage} in {file.path.name}, and no store says it for itself any more; pulumi up")
    edits.save(file.path, flipped(file.reread(), stage))
    engine.up()


def going(found: Sequence[Leg]) -> list[Leg]:
    """Those that do not stay."""
    return [it for it in found if it.how is not How.STAYS]
