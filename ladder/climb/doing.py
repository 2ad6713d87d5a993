"""What the command works with on a real stack, and what it leaves when a climb is over."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import typer

from components.store import StoreArgs
from infra.cluster_api import ClusterApi, ClusterError, Forbidden
from infra.settings import Settings
from ladder.backups.commands import operator_of
from ladder.climb import report
from ladder.climb.climbing import Climbed
from ladder.climb.jobs import Jobs
from ladder.climb.place import Place
from ladder.climb.tools import Talk, Tools
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.remove.leftovers import InCluster
from ladder.stack.pulumi_cli import PulumiCli
from ladder.stack.stackfile import StackFile
from ladder.terminal import ask, tell


def finish(tools: Tools, do: Callable[[], Climbed | None], out: Path | None) -> None:
    """Do it, and leave a report of what was climbed."""
    before = tools.settings()
    kept = InCluster(before)
    volumes = kept.before([tools.store()])
    try:
        climbed = do()
    except KeyboardInterrupt:
        tell("what runs in the cluster runs on; the same command goes on, and  ladder climb --status  says how far")
        raise
    store = tools.store()
    if climbed is None:
        typer.echo(f"{store.name} of {tools.file.stack} is on {store.backend}")
        return
    now = datetime.now(UTC)
    stays = kept.after(volumes) if climbed.source.backend is not climbed.target.backend else []
    path = out or Path(report.file_name(tools.file.stack, store, now))
    report.write(path, report.page(tools.file.stack, climbed, tools.spent, stays, now))
    typer.echo(f"✓ {store.name} of {tools.file.stack} is on {store.backend}; the report: {path}")
    for line in stays:
        typer.echo(line)
    committed = tools.file.root / f"Pulumi.{tools.file.stack}.yaml"
    if committed.is_file() and not committed.samefile(tools.file.path):
        typer.echo(f"Write it into {committed.name} too:  ladder:{store.kind} as in {tools.file.path}")


def tools_of(file: StackFile, wanted: Settings, store: StoreArgs, *, yes: bool, limit: int | None = None) -> Tools:
    """What a climb of a store works with, on the stack's own cluster."""
    cluster, namespace = ClusterApi(wanted.cluster), wanted.namespace
    return Tools(
        file=file,
        kind=store.kind,
        engine=engine_of(file),
        copier=Jobs(cluster=cluster, namespace=namespace, store=store.name, tell=tell, limit=limit),
        prover=operator_of(wanted),
        shows=Place(cluster, namespace).shows,
        talk=talk(yes=yes),
    )


def engine_of(file: StackFile) -> PulumiCli:
    """The CLI of a stack."""
    return PulumiCli(file)


def talk(*, yes: bool) -> Talk:
    """With who sits at the terminal; with `yes` nobody is asked."""
    return Talk(say=typer.echo, agree=_agree_with(yes=yes))


def _agree_with(*, yes: bool) -> Callable[[str, str], None]:
    def agree(question: str, otherwise: str) -> None:
        if yes:
            typer.echo(f"    {question} yes (--yes)")
            return
        typed = ask(f"{question} [y/N]")
        if typed is None:
            raise LadderError(Exit.APPROVAL, f"nobody is here to agree; {otherwise}\n    fix: --yes")
        if typed.strip().lower() not in {"y", "yes"}:
            raise LadderError(Exit.APPROVAL, f"not agreed; {otherwise}")

    return agree


def state_of(file: StackFile, *, needed: bool) -> Snapshot | None:
    """What the stack holds; None where there is no CLI to ask, and no need."""
    try:
        return PulumiCli(file).state()
    except LadderError as error:
        if needed or error.code is not Exit.MISSING:
            raise
        return None


def size_of(wanted: Settings, store: StoreArgs) -> int | None:
    """Of the newest backup; None where there is none, or nobody answers."""
    try:
        held = operator_of(wanted).list(store).runs
    except (LadderError, ClusterError, Forbidden):
        return None
    return held[-1].bytes if held else None
