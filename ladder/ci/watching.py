"""The commands under `ladder ci` that look by the clock; `ladder.ci.commands` takes them in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ladder.backups.commands import operator_of
from ladder.ci import drift as drifts
from ladder.ci import drill as drills
from ladder.ci import pages, reach
from ladder.ci.issue import Issue
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile
from ladder.terminal import answering

OneStack = Annotated[str, typer.Option("--stack", "-s", help="The stack.", show_default=False)]
Page = Annotated[
    Path | None, typer.Option("--markdown", help="Add it to this file, as a page for people.", show_default=False)
]
InIssue = Annotated[
    str | None,
    typer.Option(
        "--issue",
        metavar="OWNER/NAME",
        help="Keep one issue of this repository on GitHub about it, by `gh`.",
        show_default=False,
    ),
]


def register(ci: typer.Typer) -> None:
    """Add them."""
    for command in (drift, drill):
        ci.command()(command)


def drift(stack: OneStack, page: Page = None, issue: InIssue = None) -> None:
    """Find what was changed behind Pulumi's back; changes nothing, and ends with 1 where something was."""
    with answering():
        file = stackfile.load(stack)
        found = drifts.find(file)
        for it in found:
            typer.echo(f"▲ {it.text}")
        subject = _subject(issue, "drift", file.stack, f"{file.stack} is not what was applied")
        _tell(drifts.page(file.stack, found), good=not found, page=page, subject=subject)
    raise typer.Exit(Exit.WRONG if found else Exit.OK)


def drill(
    stack: OneStack,
    oldest: Annotated[float, typer.Option(help="Hours that the newest run may be old.", min=0)] = 26,
    page: Page = None,
    issue: InIssue = None,
) -> None:
    """Restore the newest backup of every store into a throwaway server, and compare every row with what was saved."""
    with answering():
        file = stackfile.load(stack)
        with reach.settings(file) as wanted:
            found = drills.run(operator_of(wanted), datetime.now(UTC), timedelta(hours=oldest))
        if not found:
            raise LadderError(
                Exit.WRONG, f"{file.stack}: no store of this stack is backed up\n    fix: set ladder:vault"
            )
        for it in found:
            typer.echo(f"{'✓' if it.good else '✗'} {it.store}: {it.text}")
        good = all(it.good for it in found)
        subject = _subject(issue, "drill", file.stack, f"{file.stack}: a newest backup does not restore")
        _tell(drills.page(file.stack, found), good=good, page=page, subject=subject)
    raise typer.Exit(Exit.OK if good else Exit.FAILED)


def _subject(repository: str | None, subject: str, stack: str, title: str) -> Issue | None:
    return Issue(repository=repository, subject=subject, stack=stack, title=title) if repository else None


def _tell(text: str, *, good: bool, page: Path | None, subject: Issue | None) -> None:
    if page:
        pages.add(page, text)
    if subject:
        typer.echo(subject.tell(None if good else text))
