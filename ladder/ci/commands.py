"""`ladder gate`, and the commands under `ladder ci`; `ladder.cli` takes them in."""

import json
from pathlib import Path
from typing import Annotated

import typer

from infra.cluster_api import ClusterApi
from ladder.ci import bans, gate, init, pages, passed, reach, watching
from ladder.ci.smoke import Smoke
from ladder.ci.watching import OneStack, Page
from ladder.diff import commands as diffs
from ladder.diff import markdown, previews, screen
from ladder.diff.model import Diff, Verdict
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile
from ladder.stack.pulumi_cli import PulumiCli
from ladder.terminal import answering, complain, show

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

LastOrBase = Annotated[
    str | None,
    typer.Option(
        "--base", help="What it is compared with; by default the commit that was last applied.", show_default=False
    ),
]

ci = typer.Typer(help="What continuous integration runs.", rich_markup_mode=None)


def register(commands: typer.Typer) -> None:
    """Add them."""
    commands.command("gate")(stop_or_go)
    watching.register(ci)
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
def preview(
    stack: OneStack,
    out: Annotated[Path, typer.Option(help="Write it into this file, for `ladder diff --preview`.")],
) -> None:
    """Ask the real engine what a change would do to a stack; 0 also where it says that it would fail."""
    with answering():
        found = previews.keep(stackfile.load(stack), out)
        counts = ", ".join(f"{count} {op}" for op, count in found.counts.items()) or "nothing"
        typer.echo(f"{stack}: {'it would fail' if found.error else counts}")


@ci.command()
def plan(
    stack: OneStack,
    base: LastOrBase = None,
    approved: Approved = None,
    summary: Annotated[
        Path | None, typer.Option(help="Write what is at risk into this file, for `ladder ci up`.", show_default=False)
    ] = None,
    page: Page = None,
) -> None:
    """Tell what `ladder ci up` would do now, for whoever approves it; 0 only if its risks were agreed to."""
    with answering():
        found = _found(stack, base)
        if summary:
            summary.write_text(json.dumps(gate.kept(found)), encoding="utf-8")
        if page:
            pages.add(page, markdown.render(found, limit=pages.LIMIT))
        show(screen.render(found))
        ended = _judged(found, approved, None)
    raise typer.Exit(ended)


@ci.command()
def up(
    stack: OneStack,
    base: LastOrBase = None,
    approved: Approved = None,
    summary: Summary = None,
    came: Annotated[
        Path | None,
        typer.Option(
            "--passed",
            help="What `ladder ci smoke` wrote on the stack before: the same must be here.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Preview, compare with what was agreed to, and only then run `pulumi up`: never with a flag around protection."""
    if approved and summary:
        raise typer.BadParameter("--approved and --summary exclude each other")
    with answering():
        file = stackfile.load(stack)
        if came:
            passed.demand(passed.read(came), passed.here(file.root, file.stack))
        engine = PulumiCli(file)
        ended = _judged(_found(stack, base), approved, summary)
        if ended is Exit.OK:
            engine.up()
    raise typer.Exit(ended)


def _found(stack: str, base: str | None) -> Diff:
    """The change from what was last applied, by both sources; a stack to which nothing was is compared with itself."""
    since = base or PulumiCli(stackfile.load(stack)).last_commit() or "HEAD"
    return diffs.work_out(since, [stack.rsplit("/", 1)[-1]], [], with_preview=True)


@ci.command("smoke")
def smoke_test(
    stack: OneStack,
    path: Annotated[
        list[str] | None, typer.Option(help="What the application must answer; may be given again.")
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds for which it may still be getting ready.", min=0)] = 180,
    keep: Annotated[
        Path | None,
        typer.Option("--passed", help="Write what passed into this file, for the next stack.", show_default=False),
    ] = None,
) -> None:
    """See that every store and the application serve, and go on doing so."""
    paths = path or ["/"]
    if strange := [it for it in paths if not it.startswith("/")]:
        raise typer.BadParameter(f"--path {strange[0]}: begins with /")
    with answering():
        file = stackfile.load(stack)
        held = passed.here(file.root, file.stack) if keep else None
        with reach.settings(file) as wanted:
            test = Smoke(cluster=ClusterApi(wanted.cluster), settings=wanted, paths=paths, seconds=wait)
            for line in test.run():
                typer.echo(line)
        if keep and held:
            passed.write(keep, held)


@ci.command("init")
def write(
    cloud: Annotated[init.Home, typer.Option(help="Where the state and the roles are.", show_default=False)],
    repository: Annotated[str, typer.Option(help="OWNER/NAME on GitHub.", show_default=False)],
    account: Annotated[
        str, typer.Option(help="Account of AWS, project of Google Cloud, subscription of Azure.", show_default=False)
    ],
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
