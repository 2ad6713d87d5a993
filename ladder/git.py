"""Asks git; never changes anything."""

import subprocess
from pathlib import Path

from ladder.errors import Exit, LadderError


def ask(folder: Path, *arguments: str) -> str | None:
    """What git prints; None when it ends with an error.

    Raises:
        LadderError: When there is no git.
    """
    done = raw(folder, *arguments)
    return None if done is None else done.decode(errors="replace")


def raw(folder: Path, *arguments: str) -> bytes | None:
    """The same, as bytes."""
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program; who calls ends the options before a ref)
            ["git", *arguments],  # noqa: S607 (the user's own git)
            cwd=folder,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise LadderError(Exit.MISSING, "git is not on PATH\n    fix: install it") from None
    return done.stdout if done.returncode == 0 else None


def commit(folder: Path, ref: str) -> str:
    """The full name of the commit that `ref` means.

    Raises:
        LadderError: When git does not know it.
    """
    found = ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found is None:
        raise LadderError(
            Exit.MISSING, f"--base {ref}: git knows no such commit here\n    fix: git fetch, or another name"
        )
    return found.strip()
