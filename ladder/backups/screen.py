"""How runs, and what was done with them, look on a terminal and in a log."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.catalog import Kind
from components.store import StoreArgs
from ladder.backups.job import Result, Stretch, written
from ladder.backups.operator import Held
from ladder.errors import LadderError

COUNTED = {Kind.MONGODB: "documents", Kind.REDIS: "keys", Kind.POSTGRES: "rows", Kind.MYSQL: "rows"}
"""What the amount of data is counted in."""


def listing(store: StoreArgs, held: Held, now: datetime) -> RenderableType:
    """The runs of a store, newest first, and what can be had to the moment."""
    found, moments = held.runs, held.moments
    title = Text(f"{store.name} · {len(found)} run{'' if len(found) == 1 else 's'}", style="bold")
    below = [Text(), *_moments(store, moments, now)] if store.backup and store.backup.point_in_time_days else []
    if not found:
        return Group(title, Text(f"  none yet: ladder backup {store.kind}"), *below)
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("  run", "age", "size", "lines", "proof of restore"):
        table.add_column(heading, justify="right" if heading in {"size", "lines"} else "left", no_wrap=True)
    for run in reversed(found):
        proof = f"✓ {age(run.verified, now)}" if run.verified else "not verified"
        if run.state != "ok":
            proof = f"{run.state}: not counted as good"
        table.add_row(f"  {run.run}", age(run.time, now), size(run.bytes), str(run.lines), proof)
    return Group(title, Text(), table, *below)


def listings(found: Sequence[tuple[StoreArgs, Held | LadderError]], now: datetime) -> RenderableType:
    """The same of every store, or why it cannot be told."""
    blocks = [Text(f"✗ {it}", style="red") if isinstance(it, LadderError) else listing(of, it, now) for of, it in found]
    return Group(*(line for block in blocks for line in (block, Text())))


def machine(store: StoreArgs, held: Held | LadderError) -> dict[str, object]:
    """What a vault holds of a store, for programs."""
    if isinstance(held, LadderError):
        return {"store": store.name, "error": str(held)}
    return {
        "store": store.name,
        "runs": [run.model_dump(mode="json") for run in held.runs],
        "moments": [stretch.model_dump(mode="json") for stretch in held.moments],
    }


def _moments(store: StoreArgs, found: Sequence[Stretch], now: datetime) -> list[Text]:
    """Newest first; as `--at` takes them."""
    if not found:
        return [Text("  any moment: none yet, the first base is taken within the hour")]
    lines = [f"  {written(it.since)} to {written(it.until)} ({age(it.until, now)})" for it in reversed(found)]
    return [Text(f"  any moment: ladder restore {store.kind} --at TIME, with TIME from"), *map(Text, lines)]


def done(store: StoreArgs, result: Result, what: str) -> str:
    """What came of one job, as a sentence."""
    counted = f"{result.amount} {COUNTED[store.kind]}"
    if result.ended:
        counted += f", beside {result.ended} that ended by themselves since"
    match what:
        case "backup":
            return f"✓ {store.name}: run {result.run}, {size(result.bytes)}, {counted} ({result.seconds} s)"
        case "verify":
            return f"✓ {store.name}: run {result.run} restores, and equals its manifest: {counted} ({result.seconds} s)"
        case _:
            where = f"beside the live data, as {result.into}" if result.into else "in its place"
            what = f"the store of {result.at}" if result.at else f"run {result.run}"
            lines = [f"✓ {store.name}: {what} is back {where}, compared: {counted} ({result.seconds} s)"]
            if result.saved:
                lines.append(f"  what was there before is run {result.saved}")
            if result.kept:
                lines.append(f"  and stays beside it as {result.kept}, until you delete it")
            return "\n".join(lines)


def summary(rows: Mapping[str, str], what: str) -> RenderableType:
    """What became of every store; a row's text begins with ✓ or ✗."""
    good = sum(1 for text in rows.values() if text.startswith("✓"))
    lines = [Text(text, style="" if text.startswith("✓") else "red") for text in rows.values()]
    return Group(*lines, Text(), Text(f"{good} of {len(rows)} stores {what}", style="bold"))


def age(then: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, length in (("day", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return f"{seconds} s ago"


def size(count: int) -> str:
    """Bytes as people read them."""
    number = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
