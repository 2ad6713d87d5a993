"""How a comparison looks: a column a stage."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.catalog import Role
from ladder.plan import words
from ladder.plan.compare import Comparison, Side
from ladder.plan.estimate import StoreEstimate

LABEL_COLUMNS = 15
NONE = "–"  # noqa: RUF001 (the sign that tables have where there is nothing)
SAME = "the same"
NOT_OFFERED = "not offered at this stage"
Cell = Callable[[StoreEstimate], str]


def render(comparison: Comparison) -> RenderableType:
    """Both stages side by side: every store, then what they share, then the sum and what it lacks."""
    sides = comparison.sides
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=LABEL_COLUMNS)
    for _ in sides:
        table.add_column(ratio=1)
    table.add_row("", *(Text(side.stage, style="bold") for side in sides))
    for name in dict.fromkeys(name for side in sides for name in side.estimate.stores):
        for label, cells in _store(name, sides):
            table.add_row(label, *_once(cells))
        table.add_row("")
    for part in _shared(sides):
        table.add_row(part, *_once([words.total(side.estimate.bill.of(part)) for side in sides]))
    totals = _once([_total(side) for side in sides])
    table.add_row(Text("total", style="bold"), *(Text(it, style="bold") for it in totals))
    for title, cells in _gaps(sides):
        table.add_row(Text(f"  {title}", style="dim"), *(Text(cell, style="dim") for cell in _once(cells)))
    return Group(_title(comparison), table, *_footer(sides))


def _title(comparison: Comparison) -> Text:
    place = comparison.sides[0].at.settings.placement
    region = f", {place.region}" if place.region else ""
    return Text(f"{comparison.stack} on {place.cloud}{region}, as if all of it were at one stage", style="bold")


def _store(name: str, sides: Sequence[Side]) -> Iterator[tuple[str | Text, list[str]]]:
    held = [side.estimate.stores.get(name) for side in sides]
    keeps = any(it and it.store.role is not Role.CACHE for it in held)

    def row(label: str, cell: Cell) -> tuple[str | Text, list[str]]:
        return f"  {label}", [cell(it) if it else NONE for it in held]

    yield Text(name, style="bold"), [it.words if it else NOT_OFFERED for it in held]
    yield row("lost at worst", lambda it: it.recovery.lost.text)
    yield row("back after", lambda it: it.recovery.back.text)
    if keeps:
        yield row("to undo", lambda it: it.recovery.undo.text)
    yield row("price", lambda it: words.of_store(it.store, it.bill))
    if keeps:
        yield row("to leave", words.to_leave)
        yield row("kept by", lambda it: ", ".join(it.kept) or NONE)
    if any(it and it.lacks for it in held):
        yield row("cannot have", lambda it: "; ".join(it.lacks) or NONE)


def _once(cells: Sequence[str]) -> list[str]:
    """What is on the left already is not said again."""
    return [cells[0], *(SAME if cell == cells[0] and cell != NONE else cell for cell in cells[1:])]


def _shared(sides: Sequence[Side]) -> list[str]:
    """Components other than stores that cost something at a stage."""
    stores = {name for side in sides for name in side.estimate.stores}
    parts = dict.fromkeys(line.part for side in sides for line in side.estimate.bill.lines)
    return [part for part in parts if part not in stores]


def _total(side: Side) -> str:
    outside = [it.store.name for it in side.estimate.stores.values() if it.store.backend == "external"]
    without = f", without {', '.join(side.at.not_offered)}" if side.at.not_offered else ""
    return words.of_stack(side.estimate.bill, outside) + without


def _gaps(sides: Sequence[Side]) -> Iterator[tuple[str, list[str]]]:
    """What the sums lack, by reason."""
    found = [dict(words.gaps(side.estimate.bill)) for side in sides]
    for title in dict.fromkeys(title for held in found for title in held):
        yield title, [held.get(title, "") for held in found]


def _footer(sides: Sequence[Side]) -> Iterator[Text]:
    yield Text()
    for side in sides:
        if side.at.left_out:
            yield Text(f"left out at {side.stage}: {', '.join(side.at.left_out)}", style="dim")
        if side.at.stood_in:
            yield Text(f"yet to be set for {side.stage}: {', '.join(side.at.stood_in)}", style="dim")
    priced = [side for side in sides if side.estimate.bill.days]
    if priced:
        yield Text(words.provenance([side.estimate.bill for side in priced], priced[0].estimate.site), style="dim")
