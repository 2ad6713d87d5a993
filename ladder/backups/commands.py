"""The commands for backups; `ladder.cli` takes them in."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from components.store import StoreArgs
from infra.cluster_api import ClusterApi
from infra.settings import Settings
from ladder import plan
from ladder.backups import screen
from ladder.backups.operator import Operator, moment
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile
from ladder.terminal import AsJson, ConfigFile, Stack, agreed, answering, ask, report, say_json, show, tell

Came = TypeVar("Came")
OneOrAll = Annotated[
    str | None, typer.Argument(help="The store, for example postgres; every one by default.", show_default=False)
]
Confirm = Annotated[str | None, typer.Option(help="The name that would be asked for.", show_default=False)]


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, verify, backups, restore):
        commands.command()(command)


def backup(
    store: OneOrAll = None,
    stack: Stack = None,
    config_file: ConfigFile = None,
    accept_empty: Annotated[bool, typer.Option("--accept-empty", help="The database was emptied on purpose.")] = False,
) -> None:
    """Take a backup now."""
    with answering():
        operator = _operator(stack, config_file)
        _each(
            operator,
            store,
            "backed up",
            lambda it: screen.done(it, operator.backup(it, accept_empty=accept_empty), "backup"),
        )


def verify(
    store: OneOrAll = None,
    stack: Stack = None,
    config_file: ConfigFile = None,
    snapshot: Annotated[str, typer.Option(help="A run that `ladder backups` lists; the newest by default.")] = "",
) -> None:
    """Prove a backup: restore it into a throwaway server, and compare every row with what was saved."""
    if snapshot and store is None:
        raise typer.BadParameter("--snapshot goes with one store")
    with answering():
        operator = _operator(stack, config_file)
        _each(operator, store, "proven", lambda it: screen.done(it, operator.verify(it, snapshot), "verify"))


def backups(
    store: OneOrAll = None, stack: Stack = None, config_file: ConfigFile = None, as_json: AsJson = False
) -> None:
    """List the runs of a store, or of every one: age, size, and whether they were proven to restore."""
    with answering(as_json=as_json):
        operator = _operator(stack, config_file)
        if store is not None:
            chosen = operator.store(store)
            held = operator.list(chosen)
            machine = {"schema": 1, **screen.machine(chosen, held)}
            report(machine, screen.listing(chosen, held, datetime.now(UTC)), as_json=as_json)
            return
        found, worst = _gathered(operator.list, _backed_up(operator))
        now = datetime.now(UTC)
        if as_json:
            say_json({"schema": 1, "stores": [screen.machine(it, held) for it, held in found]})
        else:
            show(screen.listings(found, now))
    if worst is not Exit.OK:
        raise typer.Exit(worst)


def restore(
    store: OneOrAll = None,
    everything: Annotated[bool, typer.Option("--all", help="Every store of the stack.")] = False,
    stack: Stack = None,
    config_file: ConfigFile = None,
    snapshot: Annotated[
        str, typer.Option(help="A run that `ladder backups` lists; the newest good one by default.")
    ] = "",
    at: Annotated[
        str, typer.Option(help="What it was at this time, for example 2026-01-31T23:59:59 (UTC).", metavar="TIME")
    ] = "",
    into: Annotated[str, typer.Option(help="Beside the live data, under this name.")] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="In the place of live data; a backup of it is taken first.")
    ] = False,
    confirm: Confirm = None,
) -> None:
    """Put a backup back; into an empty store, unless told otherwise."""
    if (store is None) is not everything:
        raise typer.BadParameter("name one store, or --all")
    if everything and (snapshot or into or at):
        raise typer.BadParameter("--snapshot, --at and --into go with one store")
    if snapshot and at:
        raise typer.BadParameter("--snapshot and --at exclude each other")
    if into and overwrite:
        raise typer.BadParameter("--into and --overwrite exclude each other")
    with answering():
        wanted = moment(at) if at else ""
        operator = _operator(stack, config_file)
        if overwrite:
            _agree(store or operator.wanted.stack, confirm)
        _each(
            operator,
            store,
            "restored",
            lambda it: screen.done(
                it, operator.restore(it, run=snapshot, at=wanted, into=into, overwrite=overwrite), "restore"
            ),
        )


def prove(wanted: Settings, store: StoreArgs) -> str:
    """Take a backup of a store and prove it.

    Returns:
        What a person is told of it.

    Raises:
        LadderError: There is no proof.
    """
    operator = operator_of(wanted)
    operator.backup(store)
    return screen.done(store, operator.verify(store), "verify")


def _operator(stack: str | None, config_file: ConfigFile) -> Operator:
    return operator_of(plan.read_settings(stackfile.load(stack, config_file)))


def operator_of(wanted: Settings) -> Operator:
    """Works on the stores of a stack, in its own cluster, and tells the person at the terminal."""
    return Operator(cluster=ClusterApi(wanted.cluster), wanted=wanted, tell=tell)


def _each(operator: Operator, name: str | None, what: str, do: Callable[[StoreArgs], str]) -> None:
    """Do it for one store, whose error is the command's, or for all, of which each gets its turn.

    Raises:
        LadderError: It failed for one at least.
    """
    if name is not None:
        typer.echo(do(operator.store(name)))
        return
    found, worst = _gathered(do, _backed_up(operator))
    show(screen.summary({it.name: f"✗ {said}" if isinstance(said, LadderError) else said for it, said in found}, what))
    if worst is not Exit.OK:
        raise typer.Exit(worst)


def _backed_up(operator: Operator) -> list[StoreArgs]:
    """Every store that has backups.

    Raises:
        LadderError: There is none.
    """
    if stores := operator.stores():
        return stores
    fix = "set ladder:vault, and run pulumi up"
    raise LadderError(Exit.WRONG, f"{operator.wanted.stack}: no store of this stack is backed up\n    fix: {fix}")


def _gathered(
    do: Callable[[StoreArgs], Came], stores: Sequence[StoreArgs]
) -> tuple[list[tuple[StoreArgs, Came | LadderError]], Exit]:
    """What came of each store, of which each gets its turn; and the worst end among them."""
    found: list[tuple[StoreArgs, Came | LadderError]] = []
    worst = Exit.OK
    for store in stores:
        tell(f"{store.name}:")
        try:
            found.append((store, do(store)))
        except LadderError as error:
            found.append((store, error))
            worst = error.code
    return found, worst


def _agree(name: str, confirm: str | None) -> None:
    """Ask for the name of what is overwritten.

    Raises:
        LadderError: It was not typed.
    """
    typed = (
        confirm
        if confirm is not None
        else ask(f'Type "{name}" to overwrite its live data (a backup of it comes first)')
    )
    agreed(name, typed)
