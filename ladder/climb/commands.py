"""The command for climbs; `ladder.cli` takes it in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from components.catalog import Backend, Stage
from components.store import StoreArgs
from ladder import plan
from ladder.climb import backing, doing, obstacles, plan_screen, planned, staging, status, where
from ladder.climb.climbing import Climb
from ladder.climb.planned import Planned
from ladder.climb.where import Where
from ladder.engine import Snapshot
from ladder.stack import stackfile
from ladder.stack.stackfile import StackFile
from ladder.terminal import AsJson, ConfigFile, Stack, answering, show, tell
from ladder.terminal import report as answer


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command()(climb)


def climb(
    store: Annotated[str | None, typer.Argument(help="The store, for example postgres.", show_default=False)] = None,
    to: Annotated[Backend | None, typer.Option("--to", help="The backend that it goes to.", show_default=False)] = None,
    back: Annotated[bool, typer.Option("--back", help="Go back to where its data was.")] = False,
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="Every store, one by one, to this stage.", show_default=False)
    ] = None,
    standing: Annotated[bool, typer.Option("--status", help="Say how far the stack's climbs have come.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only the plan; nothing is changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before each step.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            help="Seconds for which writers may wait at the switch, which is then given up.", min=1, show_default="60"
        ),
    ] = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Where the report of the climb is written.", show_default=False)
    ] = None,
    stack: Stack = None,
    config_file: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Take a store's data to another backend, and the applications after it; goes on where it was interrupted."""
    if standing:
        if to or back or dry_run or stage:
            raise typer.BadParameter("--status goes alone")
        _status(stack, config_file, as_json=as_json)
        return
    if stage:
        if store or to or back or report_file or as_json:
            raise typer.BadParameter("--stage goes with --dry-run, --yes, --limit and --stack alone")
        staging.go(stack, config_file, stage, dry_run=dry_run, yes=yes, limit=limit)
        return
    if store is None:
        raise typer.BadParameter("name a store, for example postgres; or --stage, or --status")
    if (to is None) is not back:
        raise typer.BadParameter("name where it goes, --to BACKEND, or --back")
    if dry_run and back:
        raise typer.BadParameter("--dry-run goes with --to")
    if as_json and not dry_run:
        raise typer.BadParameter("--json goes with --dry-run or --status")
    with answering(as_json=as_json):
        file = stackfile.load(stack, config_file)
        chosen = obstacles.chosen(plan.read_settings(file), store)
        if to is None:
            _back(file, chosen, _Ways(yes=yes, out=report_file, limit=limit))
        elif dry_run:
            _plan(file, chosen, to, as_json=as_json)
        else:
            _to(file, chosen, to, _Ways(yes=yes, out=report_file, limit=limit))


@dataclass(frozen=True, kw_only=True)
class _Ways:
    """How the user wants it done."""

    yes: bool
    out: Path | None
    limit: int | None


def _plan(file: StackFile, store: StoreArgs, to: Backend, *, as_json: bool) -> None:
    state = doing.state_of(file, needed=False)
    at = _ready(file, store, to, state)
    if at is None:
        return
    if at.climbs:
        tell(_under_way(store, at))
        return
    found = _worked_out(file, store, to, at, looked=state is not None)
    answer(found.as_json(), plan_screen.render(found), as_json=as_json)


def _to(file: StackFile, store: StoreArgs, to: Backend, ways: _Ways) -> None:
    at = _ready(file, store, to, doing.state_of(file, needed=True))
    if at is None:
        return
    if at.climbs:
        tell(f"{_under_way(store, at)}; it goes on")
    else:
        show(plan_screen.render(_worked_out(file, store, to, at, looked=True)))
    tools = doing.tools_of(file, plan.read_settings(file), store, yes=ways.yes, limit=ways.limit)
    if not at.climbs:
        tools.talk.agree(f"Climb {store.name} of {file.stack} to {to}?", "nothing was changed")
    doing.finish(tools, Climb(tools, {"backend": str(to)}).go, ways.out)


def _ready(file: StackFile, store: StoreArgs, to: Backend, state: Snapshot | None) -> Where | None:
    """How far the climb has come; None where it is over.

    Raises:
        LadderError: Something is in the way.
    """
    wanted = plan.read_settings(file)
    at = where.read(file, wanted, where.records(state or Snapshot.empty()), store.kind)
    if obstacles.is_there(store, at, to):
        tell(f"{store.name} of {file.stack} is on {to}: there is nothing to do")
        return None
    obstacles.refuse(file, obstacles.find(file, wanted, state, at, {"backend": str(to)}), store.name)
    return at


def _worked_out(file: StackFile, store: StoreArgs, to: Backend, at: Where, *, looked: bool) -> Planned:
    wanted = plan.read_settings(file)
    new = obstacles.draft(file, at, {"backend": str(to)})
    return planned.make(file, new, store, size=lambda it: doing.size_of(wanted, it), looked=looked)


def _under_way(store: StoreArgs, at: Where) -> str:
    return f"a climb of {store.name} to {at.target} is under way, phase {at.phase or 'retire'}"


def _back(file: StackFile, store: StoreArgs, ways: _Ways) -> None:
    wanted = plan.read_settings(file)
    tools = doing.tools_of(file, wanted, store, yes=ways.yes, limit=ways.limit)
    obstacles.refuse(file, obstacles.of_going_back(file, wanted, tools.where()), store.name)
    doing.finish(tools, lambda: backing.back(tools), ways.out)


def _status(stack: str | None, config_file: Path | None, *, as_json: bool) -> None:
    with answering(as_json=as_json):
        file = stackfile.load(stack, config_file)
        state = doing.state_of(file, needed=False)
        found = status.read(file, plan.read_settings(file), where.records(state) if state else None)
    answer(found.as_json(), status.render(found), as_json=as_json)
