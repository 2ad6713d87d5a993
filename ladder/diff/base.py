"""What a change starts from: every stack as another commit's settings and code would have made it."""

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ladder import git, offline
from ladder.diff import other_side
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.plan import before
from ladder.stack.stackfile import PROJECT_FILE, StackFile
from ladder.unpack import unpack

CODE = ("infra", "components", "ladder/engine", "ladder/offline.py", "ladder/vaults.py", "__main__.py")
"""What decides, beside its settings, what a stack is made of."""

THE_SAME = "today's code, which is the same"


@dataclass(frozen=True, kw_only=True)
class Base:
    """A commit that a change is compared with.

    Attributes:
        root: The project's folder.
        ref: As it was named.
        commit: Its full name.
    """

    root: Path
    ref: str
    commit: str

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.ref} ({self.commit[:9]})" if self.ref != self.commit else self.commit[:9]

    def stacks(self) -> list[str]:
        """The stacks that had a file there."""
        return names((git.ask(self.root, "ls-tree", "--name-only", self.commit, "./") or "").splitlines())

    def same(self, *paths: str) -> bool:
        """Whether files are today what they were there."""
        return git.ask(self.root, "diff", "--quiet", self.commit, "--", *paths) is not None


@dataclass(frozen=True, kw_only=True)
class Side:
    """A stack at the base.

    Attributes:
        file: As it was written there; absent where it had no file.
        state: What it would have made.
        error: Why that is not known.
        how: By whose code it was worked out.
    """

    file: StackFile | None
    state: Snapshot
    how: str
    error: str | None = None


def find(root: Path, ref: str) -> Base:
    """Look the commit up.

    Raises:
        LadderError: When git does not know it.
    """
    return Base(root=root, ref=ref, commit=git.commit(root, ref))


def names(files: Sequence[str]) -> list[str]:
    """The stacks whose files these are."""
    found = (Path(it).name for it in files)
    return sorted(
        it.removeprefix("Pulumi.").removesuffix(".yaml")
        for it in found
        if it != PROJECT_FILE and it.startswith("Pulumi.") and it.endswith(".yaml")
    )


def sides(base: Base, stacks: Sequence[str]) -> Iterator[Side]:
    """Every stack at the base, in this order: by that commit's own code where it differs from today's."""
    files = {it: _file(base, it) for it in stacks}
    there = [file for file in files.values() if isinstance(file, StackFile)]
    same = base.same(*CODE)
    how = THE_SAME if same else f"today's code, because that of {base.name} cannot be run like this"
    with _own_code(base, [] if same else there) as own:
        for found in files.values():
            match found:
                case StackFile():
                    answer = next(own, None)
                    yield _by_todays_code(found, how) if answer is None else _answered(found, base, answer)
                case LadderError():
                    yield Side(file=None, state=Snapshot.empty(), how=how, error=str(found))
                case None:
                    yield Side(file=None, state=Snapshot.empty(), how=f"no file at {base.name}")


def _file(base: Base, stack: str) -> StackFile | LadderError | None:
    try:
        return before.at_commit(base.ref, base.commit, base.root, stack)
    except LadderError as error:
        return error


@contextmanager
def _own_code(base: Base, files: Sequence[StackFile]) -> Generator[Iterator[str]]:
    """The answers of the base's own code; none where nobody asks, or it has no such interface."""
    if not files:
        yield iter(())
        return
    with tempfile.TemporaryDirectory(prefix="ladder-base-") as folder:
        packed = git.raw(base.root, "archive", "--format=tar", base.commit)
        if packed is None:
            raise LadderError(Exit.FAILED, f"--base {base.ref}: git does not give its files\n    fix: git fetch")
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            unpack(tar, Path(folder))
        with subprocess.Popen(  # noqa: S603 (this interpreter; stacks are names of files of this repository)
            [sys.executable, other_side.__file__, folder, *(it.full_name for it in files)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as started:
            try:
                assert started.stdout is not None  # noqa: S101 (a pipe was asked for)
                yield started.stdout
            finally:
                started.kill()


def _answered(file: StackFile, base: Base, answer: str) -> Side:
    held = cast(Mapping[str, object], json.loads(answer))
    error = held.get("error")
    return Side(
        file=file,
        state=Snapshot.load(cast(Mapping[str, object], held["state"])),
        how=f"the code of {base.name}",
        error=str(error) if error else None,
    )


def _by_todays_code(file: StackFile, how: str) -> Side:
    done = offline.run(file)
    return Side(file=file, state=done.after, how=how, error=done.error)
