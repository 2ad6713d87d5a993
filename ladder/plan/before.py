"""What a plan starts from: an exported state, another commit's settings, or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ladder import git, offline
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.stack import document, stackfile
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
    commit = git.commit(file.root, ref)
    then = at_commit(ref, commit, file.root, file.full_name)
    if then is None:
        return Before(state=Snapshot.empty(), source=f"{ref}, where there is no Pulumi.{file.stack}.yaml")
    # Called what it is today, so that the two can be compared.
    done = offline.run(replace(then, project=file.project))
    if done.error is not None:
        raise LadderError(Exit.WRONG, f"--base {ref}: its settings do not run with today's code\n\n{done.error}")
    return Before(state=done.after, source=f"{ref} ({commit[:9]})")


def at_commit(ref: str, commit: str, root: Path, full_name: str) -> StackFile | None:
    """A stack as the files of another commit describe it; None where it has no file there.

    Args:
        ref: How errors call the commit.
        commit: Its full name.
        root: The project's folder.
        full_name: The stack's name, possibly with its owner.

    Raises:
        LadderError: When a file of it is not YAML.
    """
    name = f"Pulumi.{full_name.rsplit('/', 1)[-1]}.yaml"
    text = git.ask(root, "show", f"{commit}:./{name}")
    if text is None:
        return None
    project = git.ask(root, "show", f"{commit}:./{stackfile.PROJECT_FILE}")
    if project is None:
        project = (root / stackfile.PROJECT_FILE).read_text(encoding="utf-8")
    return stackfile.assemble(
        root=root,
        full_name=full_name,
        path=root / name,
        project_file=document.parse(project, f"{ref}:{stackfile.PROJECT_FILE}"),
        stack_file=document.parse(text, f"{ref}:{name}"),
    )
