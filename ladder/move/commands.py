"""The command for moves; `ladder.cli` takes it in."""

from collections.abc import Sequence
from typing import Annotated

import typer

from components.store import StoreArgs
from ladder import plan
from ladder.backups import screen
from ladder.backups.commands import operator_of
from ladder.backups.operator import Operator
from ladder.move.moving import Move, Moved, Side
from ladder.stack import stackfile
from ladder.stack.pulumi_cli import PulumiCli
from ladder.stack.stackfile import StackFile
from ladder.terminal import Stack, agreed, answering, ask


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command()(move)


def move(
    to: Annotated[str, typer.Option("--to", help="The stack that it goes to.", show_default=False)],
    stack: Stack = None,
    back: Annotated[
        bool, typer.Option("--back", help="Give up a move that was begun: the source serves again.")
    ] = False,
    confirm: Annotated[
        str | None, typer.Option(help="The name that would be asked for (of the stack it goes to).", show_default=False)
    ] = None,
) -> None:
    """Take a whole environment to another cluster or cloud; goes on where it was interrupted."""
    with answering():
        here = stackfile.load(stack)
        there = stackfile.load("/".join([*here.full_name.split("/")[:-1], to]), start=here.root)
        moving = Move(
            source=_side(here),
            target=_side(there),
            say=typer.echo,
            agree=lambda stores: _agree(here, there, stores, confirm),
        )
        if back:
            moving.back()
            typer.echo(f"{here.stack} serves again; {there.stack} keeps ladder:move until it is moved to, or edited")
            return
        typer.echo(_report(here, there, moving.go(), moving.source.operator))


def _side(file: StackFile) -> Side:
    wanted = plan.read_settings(file)
    return Side(file=file, wanted=wanted, engine=PulumiCli(file), operator=operator_of(wanted))


def _agree(here: StackFile, there: StackFile, stores: Sequence[StoreArgs], confirm: str | None) -> None:
    """Ask for the name of where it goes.

    Raises:
        LadderError: It was not typed.
    """
    names = ", ".join(store.name for store in stores)
    typer.echo(f"{here.stack} → {there.stack}: {names}. Nobody can write from step 3 on until {there.stack} starts;")
    typer.echo(
        f"{here.stack} then stays as it is, frozen, until you remove it. Until step 6 a failure leads back by itself."
    )
    agreed(there.stack, confirm if confirm is not None else ask(f'Type "{there.stack}" to move'))


def _report(here: StackFile, there: StackFile, moved: Moved, operator: Operator) -> str:
    lines = [screen.done(operator.store(name), found, "restore") for name, found in moved.results.items()]
    if moved.pause is not None:
        lines.append(f"{there.stack} serves. Nobody could write for {moved.pause:.0f} s.")
    else:
        lines.append(f"{there.stack} serves.")
    lines.append(
        f"Lead your names and users there. Then give the old one up:  ladder remove --all --stack {here.stack}"
    )
    return "\n".join(lines)
