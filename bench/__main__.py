"""`python -m bench [NAME]...`: measure, print tables; without a name `preview` and `stores`."""

import os
import sys
from collections.abc import Callable, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import backups, diffs, preview, recreate, stores, triples, up
from bench.measure import NotMeasuredError

RUNS = int(os.environ.get("BENCH_RUNS", "7"))


def main(names: Sequence[str]) -> int:
    """Measure what is named; what cannot be measured here says why."""
    measurements: dict[str, Callable[[], Table]] = {
        "preview": _previews,
        "stores": _stores,
        "triples": _triples,
        "diffs": _diffs,
        "up": _up,
        "recreate": _recreate,
        "backups": _backups,
        "month": _month,
    }
    if unknown := [name for name in names if name not in measurements]:
        print(f"{', '.join(unknown)}: no such measurement; there are: {', '.join(measurements)}", file=sys.stderr)
        return 2
    console = Console(width=140)
    for name in names or ("preview", "stores"):
        try:
            console.print(measurements[name](), "")
        except NotMeasuredError as error:
            console.print(f"{name}: not measured: {error}\n", markup=False)
    print(f"load average at the end: {os.getloadavg()[0]:.1f}")
    return 0


def _previews() -> Table:
    found = preview.measure(RUNS)
    table = _table(f"pulumi preview, {RUNS} runs in turns, medians", "program")
    for heading in ("resources", "seconds (min-max)", "/ empty", "cpu", "/ same objects, flat", "cpu"):
        table.add_column(heading, justify="right")
    for it in found:
        seconds = f"{median(it.times.wall):.2f} ({min(it.times.wall):.2f}-{max(it.times.wall):.2f})"
        flat = it.times.over(it.flat) if it.flat else None
        ratios = [*it.times.over(it.empty), *(flat or ())]
        table.add_row(it.name, str(it.resources), seconds, *(f"{ratio:.2f}" for ratio in ratios))
    table.caption = "cpu: the same ratio of processor time, which other work on the machine hardly moves"
    return table


def _stores() -> Table:
    found = stores.measure(RUNS)
    (base,) = [it for it in found if it.stores == stores.BASE]
    table = _table(
        f"stores on the offline engine, {RUNS} fresh processes each, medians, / {stores.BASE} stores", "stores"
    )
    for heading in ("processor time per store (min-max)", "peak memory", "peak MiB"):
        table.add_column(heading, justify="right")
    for it in found:
        each = [seconds / median(base.seconds_each) for seconds in it.seconds_each]
        table.add_row(
            str(it.stores),
            f"{median(each):.2f} ({min(each):.2f}-{max(each):.2f})",
            f"{it.peak_mib / base.peak_mib:.2f}",
            f"{it.peak_mib:.0f}",
        )
    return table


def _triples() -> Table:
    found = triples.measure(RUNS)
    (base,) = [it for it in found if it.name == " ".join(triples.BASE)]
    table = _table(f"the program, {RUNS} fresh processes each, medians, / {base.name}", "store, stage, cloud")
    for heading in ("processor time", "seconds of it (min-max)", "peak memory", "peak MiB"):
        table.add_column(heading, justify="right")
    for it in found:
        table.add_row(
            it.name,
            f"{median(it.seconds) / median(base.seconds):.2f}",
            f"{median(it.seconds):.2f} ({min(it.seconds):.2f}-{max(it.seconds):.2f})",
            f"{it.peak_mib / base.peak_mib:.2f}",
            f"{it.peak_mib:.0f}",
        )
    table.caption = f"one after the other: {sum(median(it.seconds) for it in found):.0f} s of processor"
    return table


def _diffs() -> Table:
    found = diffs.measure(RUNS)
    table = _table(f"ladder diff, {RUNS} runs in turns, medians", "of")
    for heading in ("stacks", "seconds (min-max)", "/ ladder plan of dev", "cpu"):
        table.add_column(heading, justify="right")
    for name, it in found.items():
        wall, cpu = it.times.over(it.plan)
        seconds = f"{median(it.times.wall):.1f} ({min(it.times.wall):.1f}-{max(it.times.wall):.1f})"
        table.add_row(name, str(it.stacks), seconds, f"{wall:.2f}", f"{cpu:.2f}")
    return table


def _up() -> Table:
    found = up.measure()
    table = _table("make up from a warm cache, once", "what")
    for heading in ("seconds", "/ local/up"):
        table.add_column(heading, justify="right")
    table.add_row("local/up alone", f"{found.cluster:.0f}", "1.00")
    table.add_row("make up", f"{found.everything:.0f}", f"{found.everything / found.cluster:.2f}")
    return table


def _recreate() -> Table:
    found = recreate.measure()
    table = _table("an environment removed and made again with its data, seconds, once", "PostgreSQL")
    for heading in (*found[0].steps, "whole", f"/ {found[0].mib} MiB"):
        table.add_column(heading, justify="right")
    for it in found:
        steps = (f"{seconds:.0f}" for seconds in it.steps.values())
        table.add_row(f"{it.mib} MiB", *steps, f"{it.whole:.0f}", f"{it.whole / found[0].whole:.2f}")
    return table


def _backups() -> Table:
    found = backups.speed(RUNS)
    table = _table(f"backups of PostgreSQL, {RUNS} runs in turns, medians", "data")
    for heading in ("way", "seconds (min-max)", "/ bare dump", "/ dump | gzip", "cpu", "biggest process, MiB"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for size, (bare, packed, *jobs) in found.items():
        for it in (bare, packed, *jobs):
            (of_bare, _), (of_packed, cpu) = it.times.over(bare.times), it.times.over(packed.times)
            seconds = f"{median(it.times.wall):.1f} ({min(it.times.wall):.1f}-{max(it.times.wall):.1f})"
            ratios = f"{of_bare:.2f}", f"{of_packed:.2f}", f"{cpu:.2f}"
            table.add_row(size, it.name, seconds, *ratios, f"{it.peak_mib:.0f}")
    table.caption = "cpu: processor time against dump | gzip, without the server's"
    return table


def _month() -> Table:
    table = _table(f"{backups.DAYS} daily backups of {backups.CHURN_MIB} MiB", "each day")
    for heading in ("gzip dumps, MiB", "repository, MiB", "/ gzip dumps"):
        table.add_column(heading, justify="right")
    for it in backups.month():
        ratio = f"{it.repository_mib / it.gzip_mib:.3f}"
        table.add_row(it.churn, f"{it.gzip_mib:.0f}", f"{it.repository_mib:.0f}", ratio)
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, box=None, header_style="bold", title_justify="left", caption_justify="left")
    table.add_column(first)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
