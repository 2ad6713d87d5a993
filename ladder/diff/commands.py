"""The command that tells what a change means; `ladder.cli` takes it in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ladder.diff import base as bases
from ladder.diff import compare, markdown, previews, screen
from ladder.diff.model import Diff
from ladder.diff.previews import Preview
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile
from ladder.terminal import AsJson, answering, report

Stacks = Annotated[
    list[str] | None,
    typer.Option("--stack", "-s", help="A stack; may be given again. All by default.", show_default=False),
]
BaseRef = Annotated[str, typer.Option(help="The commit that the change is compared with.", show_default=False)]
Previews = Annotated[
    list[str] | None,
    typer.Option(
        "--preview",
        help="What `pulumi preview --json` printed, as STACK=FILE, or a folder of STACK.json; may be given again.",
        show_default=False,
    ),
]
WithPreview = Annotated[
    bool, typer.Option("--with-preview", help="Run `pulumi preview` for every stack; wants its CLI and credentials.")
]


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command()(diff)


def diff(
    base: BaseRef,
    stack: Stacks = None,
    preview: Previews = None,
    with_preview: WithPreview = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As a comment under a pull request.")] = False,
    link: Annotated[
        str | None, typer.Option(help="Where the whole can be read, for the comment.", show_default=False)
    ] = None,
    whole: Annotated[
        Path | None, typer.Option(help="Write the whole comment, of any length, into this file.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a change means: data at risk, cost, recovery, lock-in; safe, needs approval, or refused."""
    if as_markdown and as_json:
        raise typer.BadParameter("--markdown and --json exclude each other")
    with answering(as_json=as_json):
        found = work_out(base, stack, preview or [], with_preview=with_preview)
    if whole:
        whole.write_text(markdown.render(found, link=link, limit=None), encoding="utf-8")
    if as_markdown:
        typer.echo(markdown.render(found, link=link), nl=False)
    else:
        report(found.as_json(), screen.render(found), as_json=as_json)
    raise typer.Exit(found.verdict.exit)


def work_out(base: str, chosen: list[str] | None, given: list[str], *, with_preview: bool) -> Diff:
    """Compare the stacks that are meant.

    Raises:
        LadderError: When the commit, a stack or a preview is not there.
    """
    root = stackfile.find_root(Path.cwd())
    commit = bases.find(root, base)
    here = bases.names([it.name for it in root.glob("Pulumi.*.yaml")])
    every = sorted({*here, *commit.stacks()})
    stacks = sorted(set(chosen)) if chosen else every
    if strangers := [it for it in stacks if it not in every]:
        raise LadderError(
            Exit.MISSING,
            f"--stack {', '.join(strangers)}: no such stack, neither here nor at {commit.name}\n"
            f"    fix: there are: {', '.join(every)}",
        )
    read = dict(found for it in given for found in _given(it, stacks))
    if with_preview:
        for name in stacks:
            if name in here and name not in read:
                read[name] = previews.run(stackfile.load(name, root / f"Pulumi.{name}.yaml", root))
    return compare.make(commit, stacks, read)


def _given(text: str, stacks: list[str]) -> Iterator[tuple[str, Preview]]:
    if Path(text).is_dir():
        for path in sorted(Path(text).glob("*.json")):
            if path.stem in stacks:
                yield path.stem, previews.read(path)
        return
    name, sign, file = text.partition("=")
    if not sign:
        if len(stacks) != 1:
            raise LadderError(Exit.USAGE, f"--preview {text}: of which stack?\n    fix: --preview STACK={text}")
        name, file = stacks[0], text
    if name not in stacks:
        raise LadderError(Exit.USAGE, f"--preview {text}: {name} is not compared\n    fix: one of {', '.join(stacks)}")
    yield name, previews.read(Path(file))
