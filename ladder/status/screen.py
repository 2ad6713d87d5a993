"""How a status report looks on a terminal and in a log; nothing depends on colour."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components.catalog import Kind
from ladder.status.report import AppStatus, StatusReport, StoreStatus

COLUMNS = ("store", "backend", "health", "volume", "last backup", "last proof of restore")
ABSENT = "–"  # noqa: RUF001 (a dash, as in the table of stores)
FULL = 80


def render(report: StatusReport) -> RenderableType:
    """A header, the table, and below it what needs somebody."""
    parts: list[RenderableType] = [_header(report), Text()]
    if report.problem:
        return Group(*parts, _line("✗", str(report.problem), "red"))
    parts.append(_table(report))
    if report.app:
        parts += [Text(), Text(f" {_app(report.app)}", style="" if report.app.healthy else "red")]
    troubles = [words for row in report.stores for words in row.troubles]
    troubles += [*(report.app.troubles if report.app else []), *report.alerts]
    lines = [_line("✗", words, "red") for words in troubles] + [_line("▲", words, "yellow") for words in report.notes]
    if report.rendered:
        lines.append(_line("▲", "applied as rendered manifests: no ledger, no guard", "yellow"))
    return Group(*parts, *([Text()] if lines else []), *lines)


def _header(report: StatusReport) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right", no_wrap=True)
    where = f"{report.stack} · {report.stage} on {report.cloud} ({report.cluster})"
    line.add_row(Text(where, style="bold"), f"as of {report.at.astimezone():%H:%M:%S}")
    return line


def _table(report: StatusReport) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 1), pad_edge=True, header_style="dim")
    for name in COLUMNS:
        table.add_column(name, no_wrap=not name.startswith("last"))
    rows = {row.kind: row for row in report.stores}
    for kind in Kind:
        row = rows.get(kind)
        if row is None:
            table.add_row(str(kind), ABSENT)
        else:
            name = str(kind) if row.name == kind else f"{row.name} ({kind})"
            style = "" if row.healthy else "red"
            table.add_row(
                name,
                str(row.backend),
                Text(_health(row), style=style),
                _volume(row),
                row.backup.words,
                row.backup.proof or ABSENT,
            )
    return table


def _health(row: StoreStatus) -> str:
    if row.ready is None:
        return "not asked"
    role = f", {row.role}" if row.role else ""
    return f"{row.ready}/{row.wanted}{role}{'' if row.healthy else ' ✗'}"


def _volume(row: StoreStatus) -> Text:
    held = row.volume
    if held is None:
        return Text(ABSENT)
    size = f"{held.size_gib:.3g} GiB"
    if held.percent is None:
        return Text(f"fill unknown, {size}")
    style = "yellow" if held.percent >= FULL else ""
    mark = " ▲" if held.percent >= FULL else ""
    if held.shared:
        return Text(f"node's disk {held.percent} %{mark}", style=style)
    return Text(f"{held.percent} % of {size}{mark}", style=style)


def _app(app: AppStatus) -> str:
    cpu = "CPU unknown" if app.cpu_percent is None else f"CPU {app.cpu_percent} % of what it is promised"
    scale = f"scales from {app.least} to {app.most}" if app.least < app.most else "does not scale"
    return f"app: {app.ready}/{app.wanted} ready, {scale}, {cpu}{'' if app.healthy else ' ✗'}"


def _line(mark: str, words: str, style: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text(mark, style=style), Text(words))
    return Padding(grid, (0, 0, 0, 1))
