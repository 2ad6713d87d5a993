"""What passed the smoke test on one stack, and alone may go to the next: a commit, and the packages it ran with."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from ladder import git
from ladder.errors import Exit, LadderError

LOCK = "requirements.txt"
"""The packages, each in one exact version."""


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What passed.

    Attributes:
        stack: Where.
        commit: Its full name.
        lock: Hash of the file of packages.
    """

    stack: str
    commit: str
    lock: str


def here(root: Path, stack: str) -> Passed:
    """What this folder holds.

    Raises:
        LadderError: When it is no commit: nobody else could have the same.
    """
    changed = git.ask(root, "status", "--porcelain", "--untracked-files=no")
    if changed is None:
        raise LadderError(Exit.MISSING, f"{root} is in no git repository\n    fix: git init")
    if changed:
        files = ", ".join(line[3:] for line in changed.splitlines()[:5])
        raise LadderError(Exit.WRONG, f"changed since the last commit: {files}\n    fix: commit, or take it back")
    lock = hashlib.sha256((root / LOCK).read_bytes()).hexdigest()
    return Passed(stack=stack, commit=git.commit(root, "HEAD"), lock=lock)


def write(path: Path, it: Passed) -> None:
    """Keep it for `ladder ci up --passed`."""
    path.write_text(json.dumps({"schema": 1, **asdict(it)}) + "\n", encoding="utf-8")


def read(path: Path) -> Passed:
    """Read it again.

    Raises:
        LadderError: When it cannot be read, or is something else.
    """
    try:
        held = cast(Mapping[str, object], json.loads(path.read_text(encoding="utf-8")))
        return Passed(stack=str(held["stack"]), commit=str(held["commit"]), lock=str(held["lock"]))
    except OSError as error:
        raise LadderError(Exit.MISSING, f"--passed {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        fix = "ladder ci smoke --stack … --passed FILE, where it runs already"
        raise LadderError(Exit.WRONG, f"--passed {path}: nothing passed there\n    fix: {fix}") from None


def demand(then: Passed, now: Passed) -> None:
    """Let only what passed go on.

    Raises:
        LadderError: With everything in which it differs.
    """
    if found := [*_differences(then, now)]:
        lines = "\n".join(f"  {it}" for it in found)
        fix = f"take this to {then.stack} first"
        raise LadderError(Exit.MISSING, f"{now.stack}: not what passed on {then.stack}\n{lines}\n    fix: {fix}")


def _differences(then: Passed, now: Passed) -> Iterator[str]:
    if then.stack == now.stack:
        yield f"it passed on {then.stack} itself, where nothing was proven before"
    if then.commit != now.commit:
        yield f"commit {then.commit[:9]} passed, {now.commit[:9]} is here"
    if then.lock != now.lock:
        yield f"{LOCK} is another one than passed"
