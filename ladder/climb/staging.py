"""`ladder climb --stage`: every store of a stack, one after the other."""

from pathlib import Path

import typer

from components.catalog import Stage
from infra.settings import Settings
from ladder import plan
from ladder.climb import doing, obstacles, stages, where
from ladder.climb.climbing import Climb
from ladder.climb.stages import Exchange, How, Leg
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.plan import compare, compare_screen
from ladder.stack import stackfile
from ladder.stack.stackfile import StackFile
from ladder.terminal import answering, show, tell


def go(
    stack: str | None, config_file: Path | None, stage: Stage, *, dry_run: bool, yes: bool, limit: int | None
) -> None:
    """Take the stack to a stage, or go on with that; with `dry_run` only say how."""
    with answering():
        file = stackfile.load(stack, config_file)
        wanted = plan.read_settings(file)
        state = doing.state_of(file, needed=not dry_run)
        found = stages.legs(file, wanted, stage)
        if wanted.placement.stage is stage and not stages.going(found):
            tell(f"{file.stack} is at stage {stage}: there is nothing to do")
            return
        _refuse(file, wanted, state, found, stage)
        show(compare_screen.render(compare.make(file, (wanted.placement.stage, stage))))
        typer.echo("\n".join([f"\n{file.stack}, store by store:", *(leg.words for leg in found)]))
        if dry_run:
            typer.echo("Each with its steps and its pause:  ladder climb STORE --to BACKEND --dry-run")
            return
        talk = doing.talk(yes=yes)
        talk.agree(f"Climb {file.stack} to stage {stage}, one store at a time?", "nothing was changed")
        for leg in stages.going(found):
            _one(file, leg, stage, yes=yes, limit=limit)
        stages.arrive(file, doing.engine_of(file), stage, typer.echo)
        typer.echo(f"✓ {file.stack} is at stage {stage}")


def _one(file: StackFile, leg: Leg, stage: Stage, *, yes: bool, limit: int | None) -> None:
    typer.echo(f"{leg.store.name}: {leg.store.backend} → {leg.to}")
    if leg.how is How.EXCHANGED:
        Exchange(file=file, engine=doing.engine_of(file), say=typer.echo).go(leg.store, stage)
        return
    now = file.reread()
    tools = doing.tools_of(now, plan.read_settings(now), leg.store, yes=yes, limit=limit)
    doing.finish(tools, Climb(tools, {"stage": str(stage)}).go, None)


def _refuse(file: StackFile, wanted: Settings, state: Snapshot | None, found: list[Leg], stage: Stage) -> None:
    """What is in the way of any store, before the first one goes.

    Raises:
        LadderError: With all of it.
    """
    held = where.records(state or Snapshot.empty())
    lines: list[str] = []
    for leg in found:
        if leg.how is How.CLIMBS:
            at = where.read(file, wanted, held, leg.store.kind)
            lines += [
                f"  {leg.store.name}: {why}\n    fix: {fix}"
                for why, fix in obstacles.find(file, wanted, state, at, {"stage": str(stage)}, alone=False)
            ]
    if lines:
        text = "\n".join(lines)
        raise LadderError(Exit.WRONG, f"{file.stack} cannot climb to stage {stage}; nothing was changed\n{text}")
