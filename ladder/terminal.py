"""What the commands share: their options, how they answer, and how an error ends them."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from infra.cluster_api import ClusterError
from infra.complaints import SettingsError
from ladder.engine import UnsupportedError
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile

LOG_COLUMNS = 100
"""Width where no terminal tells its own: in a log, in a pipe."""

Stack = Annotated[
    str | None, typer.Option("--stack", "-s", envvar=stackfile.STACK_VARIABLE, help="The stack.", show_default=False)
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(envvar=stackfile.CONFIG_FILE_VARIABLE, help="Instead of Pulumi.<stack>.yaml.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@contextmanager
def answering(*, as_json: bool = False) -> Generator[None]:
    """Turn what is known to go wrong into words and an exit code."""
    try:
        yield
    except SettingsError as error:
        found = [{"key": it.key, "value": it.value, "rule": it.rule, "fix": it.fix} for it in error.complaints]
        _fail(Exit.WRONG, str(error), as_json=as_json, settings_errors=found)
    except LadderError as error:
        _fail(error.code, str(error), as_json=as_json)
    except ClusterError as error:
        _fail(Exit.MISSING, str(error), as_json=as_json)
    except UnsupportedError as error:
        _fail(Exit.FAILED, str(error), as_json=as_json)


def _fail(code: Exit, text: str, *, as_json: bool, **more: object) -> None:
    if as_json:
        say_json({"schema": 1, "verdict": code.name.lower(), "error": text, **more})
    else:
        complain(text)
    raise typer.Exit(code)


def complain(text: str) -> None:
    """An error, where errors go."""
    console(stderr=True).print(f"error: {text.rstrip()}", style="red", markup=False, soft_wrap=True)


def say_json(value: object) -> None:
    """An answer for programs."""
    typer.echo(json.dumps(value, indent=1, default=str))


def console(*, stderr: bool = False) -> Console:
    """Where a person reads: as wide as the terminal, or fit for a log."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else LOG_COLUMNS)


def show(what: RenderableType) -> None:
    """Print a screen; in a log its lines have no blanks at their ends."""
    to = console()
    if to.is_terminal:
        to.print(what, crop=False)
        return
    with to.capture() as captured:
        to.print(what, crop=False)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def report(machine: dict[str, object], human: RenderableType, *, as_json: bool) -> None:
    """Answer a program or a person."""
    if as_json:
        say_json(machine)
    else:
        show(human)


def tell(text: str) -> None:
    """What is going on, beside what a program reads."""
    typer.echo(text, err=True)


def agreed(name: str, typed: str | None) -> None:
    """Go on only if the name was typed.

    Args:
        name: What was asked for.
        typed: What somebody typed; None where nobody could.

    Raises:
        LadderError: It is another one.
    """
    if typed is None:
        fix = f"--confirm {name}"
        raise LadderError(Exit.REFUSED, f"nobody is here to type the name; nothing was changed\n    fix: {fix}")
    if typed.strip() != name:
        raise LadderError(Exit.REFUSED, f'"{typed}" is not "{name}"; nothing was changed')


def ask(question: str) -> str | None:
    """What was typed; None where nobody can answer."""
    return str(typer.prompt(question)) if sys.stdin.isatty() else None
