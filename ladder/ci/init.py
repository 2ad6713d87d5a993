"""Writes the project that gives a repository what its workflows need; the person who applies it reads it first."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from ruamel.yaml import YAML

from ladder.errors import Exit, LadderError
from ladder.stack import document, stackfile

PROJECT = """\
# What `ladder ci init` wrote: apply it once, by hand, as somebody who may. It is yours to change.
name: {project}-ci
description: "What continuous integration needs: a place for state, keys for secrets, roles and environments"
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
config:
  pulumi:disable-default-providers:
    value: ["*"]
"""


class Home(StrEnum):
    """Where the state and the roles are."""

    AWS = "aws"
    GCP = "gcp"


@dataclass(frozen=True, kw_only=True)
class _Rules:
    account: re.Pattern[str]
    wants: str
    packages: Sequence[str]
    read: Sequence[str]


LONGEST_ACCOUNT = 30
GITHUB = "pulumi-github==6.15.0"
_RULES: Mapping[Home, _Rules] = {
    Home.AWS: _Rules(
        account=re.compile(r"\d{12}"),
        wants="the twelve digits of an account",
        packages=("pulumi==", "pulumi-aws=="),
        read=["arn:aws:iam::aws:policy/SecurityAudit"],
    ),
    Home.GCP: _Rules(
        account=re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        wants="the id of a project",
        packages=("pulumi==", "pulumi-gcp=="),
        read=["roles/viewer"],
    ),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for.

    Attributes:
        home: The cloud.
        repository: `owner/name` on GitHub.
        account: Account of AWS, or project of Google Cloud.
        region: Where the state is.
        branch: The only one that may change a stack.
        stacks: Names; their files say which vault they read.
        reviewers: Users of GitHub, one of whom approves before a stack is changed.
    """

    home: Home
    repository: str
    account: str
    region: str
    branch: str
    stacks: Sequence[str]
    reviewers: Sequence[str]


def write(root: Path, wanted: Wanted, out: Path) -> list[Path]:
    """Write the project into a new folder.

    Raises:
        LadderError: With everything that is wrong; nothing was written then.
    """
    project = _project(root)
    found = [*_complaints(wanted, out), *_too_long(project, wanted)]
    vaults = dict(_vaults(root, wanted.stacks, found))
    if found:
        raise LadderError(Exit.WRONG, f"nothing was written\n{''.join(found)}".rstrip())
    texts = {
        "Pulumi.yaml": PROJECT.format(project=project),
        "requirements.txt": _requirements(root, wanted.home),
        "__main__.py": _data(f"{wanted.home}.py"),
        "environments.py": _data("environments.py"),
    }
    out.mkdir(parents=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    with (out / "Pulumi.ci.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({"config": _config(project, wanted, vaults)}, file)  # pyright: ignore[reportUnknownMemberType] untyped library
    return sorted(out.iterdir())


def _config(project: str, wanted: Wanted, vaults: Mapping[str, str | None]) -> dict[str, object]:
    def stack(name: str) -> dict[str, object]:
        vault = {"vault": vaults[name]} if vaults[name] else {}
        return {**vault, "reviewers": [*wanted.reviewers], "rights": []}

    held = {
        "repository": wanted.repository,
        "project": project,
        "account": wanted.account,
        "region": wanted.region,
        "branch": wanted.branch,
        "stacks": {name: stack(name) for name in wanted.stacks},
        "read": [*_RULES[wanted.home].read],
    }
    return {f"{project}-ci:{key}": value for key, value in held.items()}


def _complaints(wanted: Wanted, out: Path) -> Iterator[str]:
    rules = _RULES[wanted.home]
    if not re.fullmatch(r"[A-Za-z0-9-]+/[\w.-]+", wanted.repository):
        yield _told("--repository", wanted.repository, "is not OWNER/NAME", "as in the address of the repository")
    if not rules.account.fullmatch(wanted.account):
        yield _told("--account", wanted.account, "is none", rules.wants)
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+-?\d", wanted.region):
        yield _told("--region", wanted.region, "is none", "for example eu-central-1, or europe-west3")
    if out.exists():
        yield _told("--out", str(out), "is there already", "another folder, or change what is in it by hand")


def _too_long(project: str, wanted: Wanted) -> Iterator[str]:
    for name in wanted.stacks:
        longest = f"{project}-ci-{name}-read"
        if wanted.home is Home.GCP and len(longest) > LONGEST_ACCOUNT:
            rule = f"its account would be called {longest}, and Google Cloud takes {LONGEST_ACCOUNT} characters"
            yield _told("--stack", name, rule, "a stack of a shorter name")


def _vaults(root: Path, stacks: Sequence[str], complaints: list[str]) -> Iterator[tuple[str, str | None]]:
    """The vault that each stack reads, by its name alone."""
    for name in stacks:
        try:
            file = stackfile.load(name, root / f"Pulumi.{name}.yaml", root)
        except LadderError as error:
            complaints.append(f"\n  --stack {name}\n      {error}\n")
            continue
        vault = file.config.get("ladder:vault", "").rsplit("/", 1)[-1]
        yield name, vault or None


def _told(option: str, value: str, rule: str, fix: str) -> str:
    return f"\n  {option} {value}\n      {rule}\n      fix: {fix}\n"


def _project(root: Path) -> str:
    return str(document.read(root / stackfile.PROJECT_FILE, stackfile.PROJECT_FILE).value["name"])


def _requirements(root: Path, home: Home) -> str:
    """The versions that the project itself has, where it has them."""
    pinned = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join([*(it for it in pinned if it.startswith(tuple(_RULES[home].packages))), GITHUB, ""])


def _data(name: str) -> str:
    return files("ladder.ci").joinpath("data", name).read_text(encoding="utf-8")
