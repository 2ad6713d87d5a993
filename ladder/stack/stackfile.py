"""The project, the stack and its file, read as the engine would hand them to the program."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import Exit, LadderError
from ladder.stack import document
from ladder.stack.document import Document, Json

PROJECT_FILE = "Pulumi.yaml"
CONFIG_FILE_VARIABLE = "LADDER_CONFIG_FILE"
STACK_VARIABLE = "PULUMI_STACK"
HIDDEN = "[secret]"
"""Stands for a secret value: nothing here decrypts one."""


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack as its files describe it.

    Attributes:
        root: The project's folder.
        project: The project's name.
        organization: Owner of the stack; `organization` where nobody is named.
        stack: Its name, without project and organization.
        full_name: Its name as the user gave it, for the Pulumi CLI.
        path: Its file.
        document: What the file holds.
        config: Every key as the engine hands it over: objects as JSON text.
        secret_keys: Keys that hold a secret anywhere in them; its text is a placeholder.
    """

    root: Path
    project: str
    organization: str
    stack: str
    full_name: str
    path: Path
    document: Document
    config: Mapping[str, str]
    secret_keys: frozenset[str]

    def reread(self) -> "StackFile":
        """The same file as it is now."""
        return load(self.full_name, self.path, self.root)

    def having(self, held: Document) -> "StackFile":
        """The same stack, if this were its file."""
        return assemble(
            root=self.root,
            full_name=self.full_name,
            path=self.path,
            project_file=document.read(self.root / PROJECT_FILE, PROJECT_FILE),
            stack_file=held,
        )

    def where(self, setting: str) -> str | None:
        """`file:line` of a setting such as `ladder:postgres.backend`, or of the nearest group that holds it."""
        path = ("config", *setting.split("."))
        while len(path) > 1:
            if line := self.document.lines.get(path):
                return f"{self.document.name}:{line}"
            path = path[:-1]
        return None


def load(stack: str | None = None, config_file: Path | None = None, start: Path | None = None) -> StackFile:
    """Find and read the stack that is meant.

    Args:
        stack: Its name, possibly `organization/project/stack`; absent means `PULUMI_STACK`.
        config_file: Instead of `Pulumi.<stack>.yaml`; absent means `LADDER_CONFIG_FILE`, if set.
        start: Where to look for the project from; the current folder by default.

    Raises:
        LadderError: When something is not there or cannot be read.
    """
    root = find_root(start or Path.cwd())
    full = stack or os.environ.get(STACK_VARIABLE) or ""
    if not full:
        raise LadderError(Exit.MISSING, f"no stack is named\n    fix: --stack, or {STACK_VARIABLE}; {_listed(root)}")
    name = full.split("/")[-1]
    given = config_file or Path(os.environ.get(CONFIG_FILE_VARIABLE) or f"{root}/Pulumi.{name}.yaml")
    path = given.absolute()
    if path.match("Pulumi.*.yaml") and path.name != f"Pulumi.{name}.yaml":
        fix = f"give the file of {name}: --config-file Pulumi.{name}.yaml, or unset {CONFIG_FILE_VARIABLE}"
        raise LadderError(Exit.MISSING, f"{given} is the file of another stack than {name}\n    fix: {fix}")
    if not path.is_file():
        raise LadderError(Exit.MISSING, f"the stack {name} has no file: {given}\n    fix: create it; {_listed(root)}")
    return assemble(
        root=root,
        full_name=full,
        path=path,
        project_file=document.read(root / PROJECT_FILE, PROJECT_FILE),
        stack_file=document.read(path, path.name),
    )


def assemble(*, root: Path, full_name: str, path: Path, project_file: Document, stack_file: Document) -> StackFile:
    """Put the project's defaults and the stack's own configuration together.

    Raises:
        LadderError: When the project has no name.
    """
    project = project_file.value.get("name")
    if not isinstance(project, str):
        raise LadderError(Exit.WRONG, f"{project_file.name}: has no name\n    fix: name: ladder")
    *owner, stack = full_name.split("/")
    values = _project_config(project, project_file) | _section(project, stack_file)
    return StackFile(
        root=root,
        project=project,
        organization=owner[0] if owner else "organization",
        stack=stack,
        full_name=full_name,
        path=path,
        document=stack_file,
        config={key: document.scalar_text(_masked(value)) for key, value in values.items()},
        secret_keys=frozenset(key for key, value in values.items() if _masked(value) != value),
    )


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds a project.

    Raises:
        LadderError: When there is none.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise LadderError(Exit.MISSING, f"no {PROJECT_FILE} in {start} or above it\n    fix: run this inside the project")


def _listed(root: Path) -> str:
    names = sorted(found.name.removeprefix("Pulumi.").removesuffix(".yaml") for found in root.glob("Pulumi.*.yaml"))
    return f"there are: {', '.join(names)}" if names else f"there is no Pulumi.<stack>.yaml in {root}"


def _section(project: str, file: Document) -> dict[str, Json]:
    config = file.value.get("config") or {}
    if not isinstance(config, Mapping):
        raise LadderError(
            Exit.WRONG,
            f"{file.name}:{file.lines['config',]}: config must hold keys and values\n    fix: one key a line",
        )
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}


def _project_config(project: str, file: Document) -> dict[str, Json]:
    """Values and defaults that the project gives to every stack; a mere declaration gives none."""
    found: dict[str, Json] = {}
    for key, declared in _section(project, file).items():
        if not isinstance(declared, Mapping):
            found[key] = declared
        elif "value" in declared:
            found[key] = declared["value"]
        elif "default" in declared:
            found[key] = declared["default"]
    return found


def _masked(value: Json) -> Json:
    """The value with every `{secure: …}` replaced by a fixed text."""
    match value:
        case {"secure": str()} if len(value) == 1:
            return HIDDEN
        case Mapping():
            return {key: _masked(inner) for key, inner in value.items()}
        case list():
            return [_masked(inner) for inner in value]
        case _:
            return value
