"""The command that asks the rules; `ladder.cli` takes it in."""

from pathlib import Path

import typer

from ladder.diff import base
from ladder.diff.commands import Stacks
from ladder.errors import Exit, LadderError
from ladder.policy import check
from ladder.policy.rules import RULES
from ladder.stack import stackfile
from ladder.terminal import AsJson, answering, complain, say_json


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command()(policy)


def policy(stack: Stacks = None, as_json: AsJson = False) -> None:
    """Ask of every stack what a reviewer would: protection, backups, TLS, encryption, who is let in, where it is."""
    with answering(as_json=as_json):
        root = stackfile.find_root(Path.cwd())
        stacks = _chosen(root, stack)
        limits = check.limits_of(root)
        found = {name: check.stack(stackfile.load(name, root / f"Pulumi.{name}.yaml", root), limits) for name in stacks}
    if as_json:
        rows = [{"stack": name, "rule": it.rule, "what": it.what} for name, all_ in found.items() for it in all_]
        say_json({"schema": 1, "stacks": stacks, "rules": [it.name for it in RULES], "broken": rows})
    elif any(found.values()):
        complain(check.told(found))
    else:
        noun = "stack keeps" if len(stacks) == 1 else "stacks keep"
        typer.echo(f"{len(stacks)} {noun} all {len(RULES)} rules: {', '.join(stacks)}")
    raise typer.Exit(Exit.WRONG if any(found.values()) else Exit.OK)


def _chosen(root: Path, names: list[str] | None) -> list[str]:
    there = base.names([it.name for it in root.glob("Pulumi.*.yaml")])
    if strangers := sorted({*(names or ())} - {*there}):
        fix = f"there are: {', '.join(there)}"
        raise LadderError(Exit.MISSING, f"--stack {', '.join(strangers)}: no such stack\n    fix: {fix}")
    return sorted({*names}) if names else there
