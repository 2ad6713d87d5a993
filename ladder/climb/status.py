"""Where the climbs of a stack stand: what holds now, and what goes on or back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from components.catalog import Kind
from components.store import Phase
from infra.ledger import Facts
from infra.settings import Settings
from ladder.climb import where
from ladder.climb.where import Where
from ladder.stack.stackfile import StackFile


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Every store of a stack.

    Attributes:
        stack: Full name.
        file: Name of the stack file.
        stores: How far each has come.
        looked: Whether the ledger was read.
    """

    stack: str
    file: str
    stores: Sequence[Where]
    looked: bool

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "schema": 1,
            "stack": self.stack,
            "ledger_read": self.looked,
            "stores": [_machine(it) for it in self.stores],
        }


def read(file: StackFile, wanted: Settings, held: Mapping[Kind, Facts] | None) -> Standing:
    """Of every store; `held` is absent where the ledger could not be read."""
    stores = [where.read(file, wanted, held or {}, kind) for kind in wanted.stores]
    return Standing(stack=file.full_name, file=file.path.name, stores=stores, looked=held is not None)


def render(it: Standing) -> RenderableType:
    """As a person reads it."""
    lines = [Text(f"{it.stack}: climbs", style="bold")]
    for store in it.stores:
        lines += [
            Text(f"  {store.kind:<9} {_sentence(store)}"),
            *(Text(f"            {line}") for line in _ways(it, store)),
        ]
    if not it.looked:
        lines.append(
            Text("The ledger was not read (no Pulumi CLI): this is what the stack file says alone.", style="dim")
        )
    return Group(*lines)


def _machine(it: Where) -> dict[str, object]:
    return {
        "kind": it.kind,
        "from": it.source,
        "to": it.target,
        "phase": it.phase,
        "written": it.written,
        "completed": it.reached,
        "back": it.back,
        "ending": it.ending,
        "stale": it.stale,
    }


def _sentence(it: Where) -> str:
    if it.stale:
        return f"the ledger says phase {it.phase}, {it.source} → {it.target}; the stack file says another way"
    if it.ending:
        return f"{it.source} → {it.target}: arrived, and the last pulumi up is missing"
    if it.phase is None:
        return f"on {it.source}"
    completed = "" if it.phase is it.reached else ", not completed"
    back = " (the way back)" if it.back else ""
    return f"{it.source} → {it.target}{back}: phase {it.phase}{completed}; {_holds(it)}"


def _holds(it: Where) -> str:
    match it.phase:
        case Phase.COPY:
            return f"applications use {it.source}; {it.target} is being filled"
        case Phase.CUTOVER:
            return f"applications use, or are being led to, {it.target}; {it.source} is beside it"
        case _:
            return f"applications use {it.target}; {it.source} is being given up"


def _ways(standing: Standing, it: Where) -> list[str]:
    if it.stale:
        return [f"take {standing.file} from where the climb was begun"]
    if not it.climbs:
        return []
    command, stack = f"ladder climb {it.kind}", f"--stack {standing.stack}"
    go_on = f"{command} --back {stack}" if it.back else f"{command} --to {it.target} {stack}"
    back = it.phase in {Phase.COPY, Phase.CUTOVER} and not it.back
    return [f"to go on:   {go_on}", *([f"to go back: {command} --back {stack}"] if back else [])]
