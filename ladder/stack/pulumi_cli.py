"""Drives the Pulumi CLI for one stack. `--skip-preview` and its like are never used: they go around protection."""

import json
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
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


class Running(Protocol):
    """A command of the CLI that goes on in the background."""

    def ended(self) -> bool:
        """Whether it has ended, well or not."""
        ...

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            LadderError: When it fails.
        """
        ...

    def cancel(self) -> None:
        """Ask it to stop, and wait until it has given its lock back."""
        ...


def find(missing: str) -> str:
    """The CLI on PATH.

    Args:
        missing: What is said where there is none.

    Raises:
        LadderError: When it is not there.
    """
    found = shutil.which("pulumi")
    if found is None:
        raise LadderError(Exit.MISSING, f"{missing}\n    fix: install it: https://www.pulumi.com/docs/install/")
    return found


def where(file: StackFile) -> list[str]:
    """Arguments that name a stack and its file."""
    return ["--stack", file.full_name, "--config-file", str(file.path)]


def ask(program: str, file: StackFile, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the CLI for its answer, which nobody reads meanwhile."""
    return subprocess.run(  # noqa: S603 (what `find` found; the stack's name is one argument)
        [program, *arguments, "--non-interactive"],
        cwd=file.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class PulumiCli:
    """The CLI on PATH; its output is the user's to read."""

    def __init__(self, file: StackFile) -> None:
        """Find it.

        Raises:
            LadderError: When it is not there.
        """
        self._program = find("the Pulumi CLI is not on PATH; nothing was changed")
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
        done = ask(self._program, self._file, "stack", "export", "--stack", self._file.full_name)
        if done.returncode:
            words = done.stderr.strip().removeprefix("error: ")
            raise LadderError(Exit.FAILED, f"pulumi stack export --stack {self._file.full_name}: {words}")
        return Snapshot.load(cast(Mapping[str, object], json.loads(done.stdout)))

    def last_commit(self) -> str | None:
        """The commit of the last update that succeeded, as the engine noted it; None where there was none.

        Raises:
            LadderError: When the history cannot be read.
        """
        done = ask(
            self._program,
            self._file,
            "stack",
            "history",
            "--json",
            "--page-size",
            "50",
            "--stack",
            self._file.full_name,
        )
        if done.returncode:
            words = done.stderr.strip().removeprefix("error: ")
            raise LadderError(Exit.FAILED, f"pulumi stack history --stack {self._file.full_name}: {words}")
        updates = cast(Sequence[Mapping[str, object]], json.loads(done.stdout) or ())
        good = [it for it in updates if it.get("kind") == "update" and it.get("result") == "succeeded"]
        noted = (cast(Mapping[str, str], it.get("environment") or {}).get("git.head") for it in good)
        return next((it for it in noted if it), None)

    def kubeconfig(self) -> str:
        """That of the cluster which the stack made for itself.

        Raises:
            LadderError: When the stack has none.
        """
        arguments = ("stack", "output", "kubeconfig", "--show-secrets", "--stack", self._file.full_name)
        done = ask(self._program, self._file, *arguments)
        if done.returncode:
            words = done.stderr.strip().removeprefix("error: ")
            raise LadderError(Exit.FAILED, f"pulumi {' '.join(arguments)}: {words}")
        return done.stdout

    def begin_up(self) -> Running:
        """Start `pulumi up`, and leave it to itself."""
        return self._begin("up")

    def _follow(self, command: str) -> None:
        self._begin(command).wait()

    def _begin(self, command: str) -> "_Process":
        process = subprocess.Popen(  # noqa: S603 (a fixed program; the stack's name is one argument)
            [self._program, command, "--yes", "--non-interactive", *where(self._file)],
            cwd=self._file.root,
            stdin=subprocess.DEVNULL,
        )
        return _Process(command, process)


class _Process:
    """One run of the CLI."""

    def __init__(self, command: str, process: subprocess.Popen[bytes]) -> None:
        self._command = command
        self._process = process

    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> None:
        try:
            code = self._process.wait()
        except KeyboardInterrupt:
            # The terminal told it as well: it ends what it is doing, and gives its lock back.
            self._process.wait()
            raise
        if code:
            raise LadderError(
                Exit.FAILED,
                f"pulumi {self._command} ended with {code}; its own words are above\n"
                "    fix: what it says, then run the same command again: it goes on where it stopped",
            )

    def cancel(self) -> None:
        if not self.ended():
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
