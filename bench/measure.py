"""Runs commands in turns and says how long they took, by the clock and by the processor."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class NotMeasuredError(Exception):
    """This machine lacks something; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is measured: a command line, its folder and its environment."""

    line: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of every run: by the clock, and of processor (user and system, children included)."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def over(self, base: "Times") -> tuple[float, float]:
        """Medians against another's medians: wall and processor."""
        return median(self.wall) / median(base.wall), median(self.cpu) / median(base.cpu)


def in_turns(commands: Mapping[str, Command], runs: int, warm_up: int = 1) -> dict[str, Times]:
    """Run every command once, then every command again: a busy minute meets all of them alike.

    Raises:
        NotMeasuredError: When one fails; a time of what did not work means nothing.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(-warm_up, runs):
        for name, command in commands.items():
            say(f"{name}: " + (f"run {turn + 1} of {runs}" if turn >= 0 else "warm-up"))
            seconds = once(command)
            if turn >= 0:
                taken[name].append(seconds)
    return {name: Times(wall=[it[0] for it in all_], cpu=[it[1] for it in all_]) for name, all_ in taken.items()}


def once(command: Command) -> tuple[float, float]:
    """Run a command; its seconds by the clock and of processor.

    Raises:
        NotMeasuredError: When it fails.
    """
    busy, began = _children(), time.monotonic()
    done = subprocess.run(
        command.line,
        cwd=command.folder,
        env={**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began, _children() - busy
    if done.returncode:
        raise NotMeasuredError(f"{' '.join(command.line[:3])} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return seconds


def say(words: str) -> None:
    """Show progress where it does not end up in the table."""
    print(f"  {words}", file=sys.stderr, flush=True)


def _children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system
