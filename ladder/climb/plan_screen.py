"""How the plan of a climb looks: both ends side by side, then the steps, then the way back."""

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.catalog import Keeper
from components.store import Phase
from ladder.backups.screen import size
from ladder.climb.planned import Planned, Side
from ladder.plan import words

LABEL_COLUMNS = 15
PAUSE = "as long as the last writes take to go over: not measured here before; given up by itself after 60 s"
Cell = Callable[[Side], str]


def render(it: Planned) -> RenderableType:
    """The plan as a person reads it."""
    return Group(
        Text(f"{it.source.name} of {it.stack}: {it.source.backend} → {it.target.backend}\n", style="bold"),
        _sides(it),
        Text(),
        *_notes(it),
        Text(),
        _steps(it),
        Text(),
        *_back(it),
    )


def _sides(it: Planned) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=LABEL_COLUMNS)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row("", Text("now", style="bold"), Text("then", style="bold"))
    for label, cell in _rows():
        table.add_row(label, cell(it.now), cell(it.then))
    return table


def _rows() -> Iterator[tuple[str, Cell]]:
    yield "is", lambda it: it.store.words
    yield "price", lambda it: words.of_store(it.store.store, it.store.bill)
    yield "whole stack", lambda it: words.of_stack(it.all.bill, _outside(it))
    yield "lost at worst", lambda it: it.store.recovery.lost.text
    yield "back after", lambda it: it.store.recovery.back.text
    yield "to undo", lambda it: it.store.recovery.undo.text
    yield "to leave", lambda it: words.to_leave(it.store)
    yield "cannot have", lambda it: "; ".join(it.store.lacks) or "–"  # noqa: RUF001 (as tables have it)


def _outside(side: Side) -> list[str]:
    return [it.name for it in side.settings.stores.values() if it.keeper is Keeper.OTHERS]


def _notes(it: Planned) -> Iterator[Text]:
    changed = words.change(it.now.all.bill, it.then.all.bill)
    if changed:
        yield Text(f"The bill in the end: {changed}. While it climbs both places exist, and both are paid.")
    if not it.looked:
        yield Text("The state was not read: what the guard says is seen when the climb begins.", style="dim")


def _steps(it: Planned) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=1)
    table.add_column(width=20)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    for number, (name, what, how_long) in enumerate(_each(it), 1):
        table.add_row(str(number), name, what, Text(how_long, style="dim"))
    return table


def _each(it: Planned) -> Iterator[tuple[str, str, str]]:
    up = f"in {it.file}, pulumi up"
    held = "" if it.bytes is None else f"{size(it.bytes)} in the newest backup"
    least = f"; {it.copy_seconds:.0f} s or more" if it.copy_seconds else ""
    if it.source.keeper is Keeper.OTHERS:
        yield "backup and proof", "none: somebody else runs the source", ""
    else:
        yield "backup and proof", "of the source, restored and compared", held or "size not known"
    yield "both places", f"phase: {Phase.COPY} {up}", ""
    yield "look", "for everything that can be in the way, on both sides", "reads only"
    yield "copy and compare", "while applications write to the old place", f"{held}{least}" or "size not known"
    yield "switch", f"phase: {Phase.CUTOVER} {up}; writers wait, the rest goes over", f"pause: {PAUSE}"
    if it.target.backup:
        yield "backup and proof", "of the new place", held
    else:
        yield "backup and proof", f"none: Ladder takes none on {it.target.backend}", ""
    yield "give the old one up", f"phase: {Phase.RETIRE} {up}", "what holds its data is kept"
    yield "the end", f"{it.file} says {it.target.backend}, and nothing else; pulumi up", ""


def _back(it: Planned) -> Iterator[Text]:
    name, stack = it.source.name, it.stack
    yield Text("the way back", style="bold")
    back, again = f"ladder climb {name} --back --stack {stack}", f"ladder climb {name} --to {it.source.backend}"
    yield Text(f"  before step 5  {back}   nothing is lost, nobody waits")
    yield Text(f"  before step 7  {back}   the same steps the other way")
    yield Text(f"  afterwards     {again} --stack {stack}   a climb of its own")
