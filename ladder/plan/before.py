"""What a plan starts from: an exported state, another commit's settings, or nothing."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from infra import program
from ladder import engine, vaults
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.stack import document, stackfile
from ladder.stack.document import Document
from ladder.stack.stackfile import StackFile


@dataclass(frozen=True, kw_only=True)
class Before:
    """A state and where it comes from, in words."""

    state: Snapshot
    source: str | None


def nothing() -> Before:
    """No state: everything is new."""
    return Before(state=Snapshot.empty(), source=None)


def from_file(path: Path, file: StackFile) -> Before:
    """The state that `pulumi stack export` wrote.

    Raises:
        LadderError: When it is not there, is something else, or belongs to another stack.
    """
    how = f"pulumi stack export --stack {file.stack} --file {path}"
    try:
        held = cast(object, json.loads(path.read_text(encoding="utf-8")))
        state = Snapshot.load(cast(Mapping[str, object], held))
    except OSError as error:
        raise LadderError(Exit.MISSING, f"--state {path}: {error.strerror}\n    fix: {how}") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise LadderError(Exit.WRONG, f"--state {path}: is not an exported state\n    fix: {how}") from None
    owner = f"urn:pulumi:{file.stack}::{file.project}::"
    if stranger := next((urn for urn in state.urns if not urn.startswith(owner)), None):
        whose = ".".join(reversed(stranger.removeprefix("urn:pulumi:").split("::")[:2]))
        raise LadderError(Exit.WRONG, f"--state {path}: holds {whose}, not {file.project}.{file.stack}\n    fix: {how}")
    return Before(state=state, source=f"the state in {path}")


def from_git(ref: str, file: StackFile) -> Before:
    """What the settings of another commit would have made, by the code of this one.

    Raises:
        LadderError: When git does not know the commit, or its settings do not run.
    """
    commit = _git(file.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise LadderError(
            Exit.MISSING, f"--base {ref}: git knows no such commit here\n    fix: git fetch, or another name"
        )
    commit = commit.strip()
    name = f"Pulumi.{file.stack}.yaml"
    text = _git(file.root, "show", f"{commit}:./{name}")
    if text is None:
        return Before(state=Snapshot.empty(), source=f"{ref}, where there is no {name}")
    project = _git(file.root, "show", f"{commit}:./{stackfile.PROJECT_FILE}")
    then = stackfile.assemble(
        root=file.root,
        full_name=file.full_name,
        path=file.path,
        project_file=_at(ref, stackfile.PROJECT_FILE, project or f"name: {file.project}"),
        stack_file=_at(ref, name, text),
    )
    done = engine.run(
        lambda: program.main(look=False),
        project=file.project,
        stack=file.stack,
        organization=file.organization,
        config=then.config,
        secret_keys=then.secret_keys,
        invokes=vaults.OFFLINE,
        skip_preview=True,
    )
    if done.error is not None:
        raise LadderError(Exit.WRONG, f"--base {ref}: its settings do not run with today's code\n\n{done.error}")
    return Before(state=done.after, source=f"{ref} ({commit[:9]})")


def _at(ref: str, name: str, text: str) -> Document:
    return document.parse(text, f"{ref}:{name}")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None when it ends with an error."""
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program; a ref cannot become an option of rev-parse)
            ["git", *arguments],  # noqa: S607 (the user's own git)
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise LadderError(Exit.MISSING, "--base: git is not on PATH\n    fix: install git, or use --state") from None
    return done.stdout if done.returncode == 0 else None
