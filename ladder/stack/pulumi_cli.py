"""Drives the Pulumi CLI for one stack. `--skip-preview` and its like are never used: they go around protection."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Protocol, cast

from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.stack.stackfile import StackFile


class Engine(Protocol):
    """What is asked of the CLI."""

    def up(self) -> None:
        """Make the stack what its file says."""
        ...

    def destroy(self) -> None:
        """Delete all of the stack."""
        ...

    def state(self) -> Snapshot:
        """What the stack holds; secrets stay encrypted."""
        ...


class PulumiCli:
    """The CLI on PATH; its output is the user's to read."""

    def __init__(self, file: StackFile) -> None:
        """Find it.

        Raises:
            LadderError: When it is not there.
        """
        found = shutil.which("pulumi")
        if found is None:
            raise LadderError(
                Exit.MISSING,
                "the Pulumi CLI is not on PATH; nothing was changed\n"
                "    fix: install it: https://www.pulumi.com/docs/install/",
            )
        self._program = found
        self._file = file

    def up(self) -> None:
        """Run `pulumi up`.

        Raises:
            LadderError: When it fails.
        """
        self._follow("up")

    def destroy(self) -> None:
        """Run `pulumi destroy`.

        Raises:
            LadderError: When it fails.
        """
        self._follow("destroy")

    def state(self) -> Snapshot:
        """Run `pulumi stack export`.

        Raises:
            LadderError: When it fails.
        """
        done = subprocess.run(  # noqa: S603 (a fixed program with fixed arguments)
            [self._program, "stack", "export", "--stack", self._file.full_name, "--non-interactive"],
            cwd=self._file.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = done.stderr.strip().removeprefix("error: ")
            raise LadderError(Exit.FAILED, f"pulumi stack export --stack {self._file.full_name}: {words}")
        return Snapshot.load(cast(Mapping[str, object], json.loads(done.stdout)))

    def _follow(self, command: str) -> None:
        where = ["--stack", self._file.full_name, "--config-file", str(self._file.path)]
        done = subprocess.run(  # noqa: S603 (a fixed program; the stack's name is one argument)
            [self._program, command, "--yes", "--non-interactive", *where],
            cwd=self._file.root,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise LadderError(
                Exit.FAILED,
                f"pulumi {command} ended with {done.returncode}; its own words are above\n"
                "    fix: what it says, then run the same command again: it goes on where it stopped",
            )
