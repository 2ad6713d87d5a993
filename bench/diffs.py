"""`ladder diff` of this repository's stacks, and of twenty, each changed, against `ladder plan` of one."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Command, Times, in_turns

ROOT = Path(__file__).resolve().parent.parent
MANY = 20
_COMMAND = (sys.executable, "-c", "from ladder.entry import main; main()")


@dataclass(frozen=True, kw_only=True)
class Found:
    """How long each took, by name."""

    stacks: int
    times: Times
    plan: Times


def measure(runs: int) -> dict[str, Found]:
    """Compare in turns.

    Raises:
        NotMeasuredError: When a comparison fails.
    """
    with tempfile.TemporaryDirectory(prefix="ladder-bench-") as name:
        folder = Path(name)
        own, many = folder / "own", folder / "many"
        stacks = _own(own), _many(many)
        times = in_turns(
            {
                "ladder plan, dev": _command(own, "plan", "--stack", "dev"),
                "this repository's stacks": _command(own, "diff", "--base", "HEAD", "--markdown"),
                f"{MANY} stacks": _command(many, "diff", "--base", "HEAD", "--markdown"),
            },
            runs,
        )
    plan, *rest = times
    return {it: Found(stacks=count, times=times[it], plan=times[plan]) for it, count in zip(rest, stacks, strict=True)}


def _command(folder: Path, *arguments: str) -> Command:
    return Command(line=[*_COMMAND, *arguments], folder=folder, environment={"PYTHONPATH": str(ROOT)})


def _own(folder: Path) -> int:
    folder.mkdir()
    files = sorted(ROOT.glob("Pulumi*.yaml"))
    for file in files:
        shutil.copy(file, folder)
    _commit(folder)
    _edit(folder / "Pulumi.dev.yaml")
    return len(files) - 1


def _many(folder: Path) -> int:
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    for number in range(MANY):
        shutil.copy(ROOT / f"Pulumi.{('dev', 'prod')[number % 2]}.yaml", folder / f"Pulumi.s{number}.yaml")
    _commit(folder)
    for file in folder.glob("Pulumi.s*.yaml"):
        _edit(file)
    return MANY


def _edit(file: Path) -> None:
    """Another image of the application: safe, so that the command ends well."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("/weather:1", "/weather:2"), encoding="utf-8")


def _commit(folder: Path) -> None:
    who = {f"GIT_{role}_{part}": "bench" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    for line in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "before"]):
        subprocess.run(["git", *line], cwd=folder, env={**os.environ, **who}, check=True)
