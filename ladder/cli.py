"""The `ladder` command: what can be asked, and how each answer ends."""

import os
import sys
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from components.catalog import Stage as StageName
from ladder import plan as planning
from ladder.backups import commands as backup_commands
from ladder.ci import commands as ci_commands
from ladder.climb import commands as climb_commands
from ladder.diff import commands as diff_commands
from ladder.doctor import checks
from ladder.engine import PLACEHOLDERS
from ladder.errors import Exit
from ladder.move import commands as move_commands
from ladder.plan import compare as comparing
from ladder.plan import compare_screen, screen
from ladder.plan import tree as trees
from ladder.policy import commands as policy_commands
from ladder.remove import leftovers
from ladder.remove.removal import Consent, Removal, Talk
from ladder.render import apply as applying
from ladder.render import manifests
from ladder.stack import stackfile
from ladder.stack.pulumi_cli import PulumiCli
from ladder.status import health
from ladder.status import screen as status_screen
from ladder.terminal import AsJson, ConfigFile, Stack, answering, ask, complain, report, tell

_CODES = "\n".join(f"{code:5d}  {code.meaning}" for code in Exit)

commands = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=f"\b\nExit codes:\n{_CODES}",
    rich_markup_mode=None,
)
backup_commands.register(commands)
diff_commands.register(commands)
ci_commands.register(commands)
policy_commands.register(commands)
climb_commands.register(commands)
move_commands.register(commands)


def app() -> None:
    """Run the command; errors are sentences, not tracebacks."""
    sys.exit(_run())


def _run() -> int:
    try:
        ended = commands(prog_name="ladder", standalone_mode=False)
    except typer.Abort:
        ended = Exit.INTERRUPTED
    except typer.TyperException as error:
        complain(f"{error.format_message()}\n    fix: ladder --help, or ladder <command> --help")
        return Exit.USAGE
    except Exception as error:
        if os.environ.get("LADDER_DEBUG"):
            raise
        complain(f"{type(error).__name__}: {error}\n    this is a fault of Ladder's; LADDER_DEBUG=1 shows where")
        return Exit.FAILED
    if ended == Exit.INTERRUPTED:
        complain("interrupted; nothing more is done")
    return ended if isinstance(ended, int) else Exit.OK


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"ladder {version('ladder')}")
        raise typer.Exit


@commands.callback()
def main(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Data services for a young company: one cluster first, managed services later, no row lost on the way."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command()
def plan(
    stack: Stack = None,
    config_file: ConfigFile = None,
    state: Annotated[
        Path | None, typer.Option(help="Compare with what `pulumi stack export` wrote.", show_default=False)
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Compare with what the settings of this commit make.", show_default=False)
    ] = None,
    compare: Annotated[
        tuple[StageName, StageName] | None,
        typer.Option(help="Two stages side by side: cost, recovery, lock-in.", show_default=False),
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Every resource, below its component.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what `pulumi up` would do and cost; needs no credentials, no cluster and no Pulumi CLI."""
    if sum(it is not None for it in (state, base, compare)) > 1:
        raise typer.BadParameter("--state, --base and --compare exclude each other")
    if compare:
        with answering(as_json=as_json):
            sides = comparing.make(stackfile.load(stack, config_file), compare)
        report(sides.as_json(), compare_screen.render(sides), as_json=as_json)
        return
    with answering(as_json=as_json):
        file = stackfile.load(stack, config_file)
        before = planning.nothing()
        if state:
            before = planning.from_file(state, file)
        elif base:
            before = planning.from_git(base, file)
        found = planning.make(file, before)
    if tree and found.tree:
        grown = [node.as_json() for node in found.tree]
        machine: dict[str, object] = {"schema": 1, "stack": found.settings.stack, "tree": grown}
        report(machine, trees.draw(found.settings.stack, found.tree), as_json=as_json)
    else:
        report(found.as_json(), screen.render(found), as_json=as_json)
    raise typer.Exit(found.exit)


@commands.command()
def render(
    stack: Stack = None,
    config_file: ConfigFile = None,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Make passwords and keys, and show them.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write one file each into this new folder.", show_default=False)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", hidden=True)] = False,
) -> None:
    """Print the manifests as YAML, in the order in which they can be applied; secrets are masked."""
    if apply and (show_secrets or out):
        raise typer.BadParameter("--apply goes without --show-secrets and --out")
    with answering():
        file = stackfile.load(stack, config_file)
        wanted = planning.read_settings(file)
        if apply:
            applying.run(file, wanted, typer.echo)
            return
        with applying.values_of(file, wanted) if show_secrets else nullcontext(PLACEHOLDERS) as values:
            found = manifests.manifests(file, values)
        if out:
            written = manifests.write(found, out, show_secrets=show_secrets)
            typer.echo(f"wrote {len(written)} files to {out}")
        else:
            typer.echo(manifests.text(found, show_secrets=show_secrets), nl=False)


@commands.command()
def doctor(stack: Stack = None, config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say what is missing on this machine and in the cluster that the stack names, each with its fix."""
    with answering(as_json=as_json):
        wanted = planning.read_settings(stackfile.load(stack, config_file))
        found = checks.run(wanted, tell=tell)
    report(found.as_json(), found.render(), as_json=as_json)
    raise typer.Exit(found.exit_code)


@commands.command()
def status(stack: Stack = None, config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say how the stores and the application are, as the cluster sees them now."""
    with answering(as_json=as_json):
        wanted = planning.read_settings(stackfile.load(stack, config_file))
        found = health.read(wanted)
    report(found.as_json(), status_screen.render(found), as_json=as_json)
    raise typer.Exit(found.exit_code)


@commands.command()
def remove(
    store: Annotated[str | None, typer.Argument(help="The store, for example postgres.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every store, and the whole stack.")] = False,
    stack: Stack = None,
    config_file: ConfigFile = None,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Take no last backup, and go on all the same.")
    ] = False,
    confirm: Annotated[
        str | None, typer.Option(help="The name that would be asked for (of the store; with --all of the stack).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before what holds no data goes.")] = False,
) -> None:
    """Give up a store, or the whole stack, with its data; may be repeated when it was interrupted."""
    if (store is None) is not everything:
        raise typer.BadParameter("name one store, or --all")
    with answering():
        file = stackfile.load(stack, config_file)
        wanted = planning.read_settings(file)
        removal = Removal(
            file=file,
            wanted=wanted,
            engine=PulumiCli(file),
            leftovers=leftovers.InCluster(wanted),
            prove=lambda it: backup_commands.prove(wanted, it),
            talk=Talk(say=typer.echo, ask=ask),
            consent=Consent(without_backup=without_backup, yes=yes, confirm=confirm),
        )
        if store is None:
            removal.everything()
        else:
            removal.store(store)
