"""A change on a terminal, or in a log."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ladder.diff import words
from ladder.diff.model import Diff, StackDiff, Verdict

_COLOURS = {Verdict.SAFE: "green", Verdict.APPROVAL: "yellow", Verdict.REFUSED: "red"}


def render(diff: Diff) -> RenderableType:
    """The worst stack first."""
    return Group(*_blocks(diff))


def _blocks(diff: Diff) -> Iterator[RenderableType]:
    for it in diff.stacks:
        if not it.is_quiet:
            yield from _stack(it)
    if quiet := words.quiet(diff):
        yield Text(f"🟢 nothing changes in {', '.join(quiet)}\n", style="green")
    yield Text(f"compared with {diff.base}", style="dim")
    for note in diff.notes:
        yield Text(note, style="dim")


def _stack(it: StackDiff) -> Iterator[RenderableType]:
    yield Text(f"{it.verdict.sign} {words.headline(it)}\n", style=f"bold {_COLOURS[it.verdict]}")
    if it.refusal:
        yield Text(f"{it.refusal.rstrip()}\n", style="red", no_wrap=True, overflow="ignore")
    for category, text in words.agreed(it):
        yield Text(f"   {category} · {text}", style="yellow")
    if it.risks:
        yield Text(f"   to agree: {it.digest}\n", style="dim")
    if rows := words.rows(it):
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for title in ("store", "change", "cost a month", "lock-in"):
            table.add_column(title)
        for row in rows:
            table.add_row(row.name, "\n".join(row.change).replace("`", ""), row.cost, row.lock_in)
        yield Padding(table, (0, 0, 1, 3))
    for step in () if it.refusal else words.steps(it):
        yield Text(f"   {step}", style="dim")
    if it.previewed:
        yield from _previewed(it)
    for warning in it.warnings:
        yield Text(f"   warning: {warning}", style="yellow")
    yield Text()


def _previewed(it: StackDiff) -> Iterator[RenderableType]:
    assert it.previewed  # noqa: S101 (asked only where there is one)
    if not it.previewed.differences and not it.previewed.error:
        yield Text("   pulumi preview says the same", style="dim")
    for one in it.previewed.differences:
        yield Text(
            f"   {one.title}: offline {one.offline or 'nothing'}, preview {one.preview or 'nothing'}", style="yellow"
        )
