"""`ladder gate`, and the commands under `ladder ci`; `ladder.cli` takes them in."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.ci import bans, gate, init
from ladder.diff import commands as diffs
from ladder.diff.model import Diff, Verdict
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile
from ladder.stack.pulumi_cli import PulumiCli
from ladder.terminal import answering, complain

Approved = Annotated[
    list[str] | None,
    typer.Option(help="Digests that were agreed to, or labels that hold them; may be given again.", show_default=False),
]
Summary = Annotated[
    Path | None,
    typer.Option(
        help="What `ladder diff --json` printed when it was approved: the same must be so now.", show_default=False
    ),
]

ci = typer.Typer(help="What continuous integration runs.", rich_markup_mode=None)


def register(commands: typer.Typer) -> None:
    """Add them."""
    commands.command("gate")(stop_or_go)
    commands.add_typer(ci, name="ci")


def stop_or_go(
    base: diffs.BaseRef,
    stack: diffs.Stacks = None,
    preview: diffs.Previews = None,
    with_preview: diffs.WithPreview = False,
    approved: Approved = None,
    summary: Summary = None,
) -> None:
    """Work the change out again, and let it through only if all that it puts at risk was agreed to."""
    if approved and summary:
        raise typer.BadParameter("--approved and --summary exclude each other")
    with answering():
        found = diffs.work_out(base, stack, preview or [], with_preview=with_preview)
        ended = _judged(found, approved, summary)
    raise typer.Exit(ended)


def _judged(found: Diff, approved: list[str] | None, summary: Path | None) -> Exit:
    held = gate.check(found, gate.digests(approved or ()), gate.read(summary) if summary else None)
    for one in held:
        complain(str(one))
    if any(one.verdict is Verdict.REFUSED for one in held):
        return Exit.REFUSED
    if held:
        return Exit.APPROVAL
    for it in found.stacks:
        agreed = f", as agreed ({it.digest})" if it.risks else ""
        typer.echo(f"{it.verdict.sign} {it.stack}: go on{agreed}")
    return Exit.OK


@ci.command()
def check() -> None:
    """Find lines of workflows, makefiles and scripts that go around protection."""
    with answering():
        root = stackfile.find_root(Path.cwd())
        among = bans.files(root)
        found = bans.search(root, among)
        if found:
            told = "\n".join(f"  {it}" for it in found)
            raise LadderError(
                Exit.WRONG,
                f"{len(found)} lines go around protection\n\n{told}\n\n"
                "    fix: take them out; to give a store up: ladder remove STORE --stack …",
            )
    typer.echo(f"{len(among)} files, none of which goes around protection")


@ci.command()
def up(
    base: diffs.BaseRef,
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack.", show_default=False)],
    approved: Approved = None,
    summary: Summary = None,
) -> None:
    """Preview, compare with what was agreed to, and only then run `pulumi up`: never with a flag around protection."""
    if approved and summary:
        raise typer.BadParameter("--approved and --summary exclude each other")
    with answering():
        engine = PulumiCli(stackfile.load(stack))
        found = diffs.work_out(base, [stack.rsplit("/", 1)[-1]], [], with_preview=True)
        ended = _judged(found, approved, summary)
        if ended is Exit.OK:
            engine.up()
    raise typer.Exit(ended)


@ci.command("init")
def write(
    cloud: Annotated[init.Home, typer.Option(help="Where the state and the roles are.", show_default=False)],
    repository: Annotated[str, typer.Option(help="OWNER/NAME on GitHub.", show_default=False)],
    account: Annotated[str, typer.Option(help="Account of AWS, or project of Google Cloud.", show_default=False)],
    region: Annotated[str, typer.Option(help="Where the state is.", show_default=False)],
    stack: Annotated[list[str], typer.Option("--stack", "-s", help="A stack; may be given again.", show_default=False)],
    reviewer: Annotated[
        list[str] | None, typer.Option(help="User of GitHub who may approve; may be given again.", show_default=False)
    ] = None,
    branch: Annotated[str, typer.Option(help="The only one from which a stack is changed.")] = "main",
    out: Annotated[Path, typer.Option(help="A new folder.")] = Path("ci"),
) -> None:
    """Write a small project for what the workflows need: state, keys, roles, environments; apply nothing."""
    with answering():
        wanted = init.Wanted(
            home=cloud,
            repository=repository,
            account=account,
            region=region,
            branch=branch,
            stacks=stack,
            reviewers=reviewer or [],
        )
        written = init.write(stackfile.find_root(Path.cwd()), wanted, out)
    typer.echo(f"wrote {', '.join(it.name for it in written)} to {out}; read them, then see docs/ci-init.md")
