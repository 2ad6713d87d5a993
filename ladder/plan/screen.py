"""How a plan looks."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from components import catalog
from components.app.args import AppArgs
from components.catalog import Keeper, Role
from components.store import StoreArgs
from infra.settings import Settings
from ladder.engine import Op
from ladder.plan import schedule, words
from ladder.plan.estimate import Estimate, StoreEstimate
from ladder.plan.model import Change, Part, Plan

SHOWN_PATHS = 2
ESTIMATE_INDENT = 5
NO_BACKUPS = "no backups yet"
_SIGNS = {
    Op.CREATE: ("+", "green"),
    Op.UPDATE: ("~", "yellow"),
    Op.REPLACE: ("±", "red"),
    Op.DELETE: ("-", "red"),
}
_WORDS = {
    Op.CREATE: "to create",
    Op.UPDATE: "to update in place",
    Op.REPLACE: "to replace",
    Op.DELETE: "to delete",
    Op.DISCARD: "to forget",
}


def render(plan: Plan) -> RenderableType:
    """The plan as a person reads it: what is at risk first."""
    return Group(*_blocks(plan))


def _blocks(plan: Plan) -> Iterator[RenderableType]:
    yield _title(plan)
    for problem in (plan.refusal, plan.failure):
        if problem:
            yield Text(f"\nerror: {problem.rstrip()}", style="red", no_wrap=True, overflow="ignore")
            return
    if plan.at_risk:
        yield Text("\ndata at risk", style="bold red")
        yield _changes(plan.at_risk)
    if plan.parts:
        yield Text()
    yield from _parts(plan)
    for warning in plan.warnings:
        yield Text(f"\nwarning: {warning}", style="yellow")
    yield Text()
    yield _totals(plan)


def _title(plan: Plan) -> Text:
    place = plan.settings.placement
    region = f", {place.region}" if place.region else ""
    title = Text(f"{plan.settings.stack}: {place.stage} on {place.cloud}{region}", style="bold")
    title.append(f" · cluster {place.cluster} · namespace {place.namespace}\n", style="not bold")
    if plan.compared_with is None:
        title.append(
            "state not read: everything is shown as new (compare with --state FILE or --base REF)", style="dim"
        )
    else:
        title.append(f"compared with {plan.compared_with}", style="dim")
    return title


def _parts(plan: Plan) -> Iterator[RenderableType]:
    stores = {store.name: store for store in plan.settings.stores.values()}
    names = [len(part.name) for part in plan.parts]
    for part in plan.parts:
        facts = _facts(part, stores.get(part.name), plan.settings, plan.estimate)
        if part.op is Op.SAME and part.name not in stores:
            continue
        row = Table.grid(padding=(0, 2))
        row.add_column(width=1)
        row.add_column(width=max(names))
        row.add_column()
        row.add_row(_sign(part.op), part.name, Text(facts, style="dim" if part.op is Op.SAME else ""))
        yield row
        if plan.estimate and (found := plan.estimate.stores.get(part.name)) and part.op in (Op.CREATE, Op.UPDATE):
            yield Padding(_estimate(found), (0, 0, 0, ESTIMATE_INDENT))
        if part.op is Op.UPDATE:
            yield _changes(part.changes)


def _changes(changes: Sequence[Change]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for change in changes:
        what = Text(f"{change.kind} {change.name}", style="bold red" if change.loses_data else "")
        table.add_row(_sign(change.op), what, Text(_why(change), style="dim"))
    return Padding(table, (0, 0, 0, 3))


def _why(change: Change) -> str:
    """The properties that change; Ladder's own annotations, which follow from the others, only where they are alone."""
    telling = [path for path in change.paths if "annotations.ladder/" not in path] or change.paths
    more = len(telling) - SHOWN_PATHS
    return ", ".join(telling[:SHOWN_PATHS]) + (f" and {more} more" if more > 0 else "")


def _sign(op: Op) -> Text:
    sign, colour = _SIGNS.get(op, (" ", ""))
    return Text(sign, style=colour)


def _estimate(found: StoreEstimate) -> RenderableType:
    """What a store costs, what its failure costs, and what it takes to leave."""
    table = Table.grid(padding=(0, 2))
    for title, text in words.store_lines(found):
        table.add_row(Text(title, style="dim"), text)
    return table


def _facts(part: Part, store: StoreArgs | None, settings: Settings, estimate: Estimate | None) -> str:
    count = f"{part.resources} resources" if part.resources != 1 else "1 resource"
    if part.op is Op.DELETE:
        return f"{len(part.changes)} resources"
    if store:
        return " · ".join(
            [
                *_store(store, estimate.stores.get(store.name) if estimate else None),
                *(["unchanged"] if part.op is Op.SAME else []),
            ]
        )
    if part.name == AppArgs.name and settings.app:
        return " · ".join(_app(settings.app))
    return count


def _store(store: StoreArgs, found: StoreEstimate | None) -> Iterator[str]:
    """What somebody wants to know of a store before it is made."""
    yield store.backend
    match store.keeper:
        case Keeper.OTHERS:
            yield "run by somebody else"
            return
        case Keeper.PROVIDER:
            yield f"{store.engine} {store.version}"
            yield found.words if found else ""
            yield "protected" if store.protected else "unprotected"
        case Keeper.CLUSTER:
            yield f"{store.engine} {store.version}"
            yield from _in_cluster(store)
        case _:
            assert_never(store.keeper)
    if store.phase:
        yield f"phase {store.phase}"


def _in_cluster(store: StoreArgs) -> Iterator[str]:
    if store.role is Role.CACHE:
        yield "cache: no volume, no backups"
    else:
        size = f" of {store.storage_gib} GiB" if catalog.has_disk(store.backend) else ""
        yield f"{_count(store.replicas + store.readers, 'member')}{size}"
        yield "protected" if store.protected else "unprotected"
    yield "TLS" if store.pods.tls else "no TLS"
    if store.holds_data:
        every = schedule.longest_gap(store.backup.schedule) if store.backup else None
        yield f"backups every {schedule.words(every)}" if every else NO_BACKUPS


def _app(app: AppArgs) -> Iterator[str]:
    yield app.image
    yield _count(app.least, "replica") if app.least == app.most else f"{app.least} to {app.most} replicas"
    yield f"uses {', '.join(app.uses)}" if app.uses else "uses no store"
    if app.node_port:
        yield f"node port {app.node_port}"
    if app.ingress:
        yield f"https://{app.ingress.host}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _totals(plan: Plan) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    counted = [f"{plan.counts[op]} {word}" for op, word in _WORDS.items() if plan.counts.get(op)]
    table.add_row("resources", ", ".join(counted) or "nothing would change")
    asks = plan.asks
    table.add_row(
        "asks for",
        f"{_number(asks.cpu)} cores, {_number(asks.memory_mib / 1024)} GiB, "
        f"{_number(asks.storage_gib)} GiB of volumes, at the least",
    )
    if plan.estimate:
        bill = plan.estimate.bill
        changed = words.change(plan.estimate.before, bill) if plan.estimate.before else ""
        this = f"; this change: {changed}" if changed else ""
        table.add_row("cost", words.of_stack(bill, plan.outside) + this)
        for title, what in words.gaps(bill):
            table.add_row("", Text(f"{title}: {what}", style="dim"))
        if bill.days:
            table.add_row("", Text(words.provenance([bill], plan.estimate.site), style="dim"))
    return table


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
