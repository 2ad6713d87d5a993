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
    AZURE = "azure"


@dataclass(frozen=True, kw_only=True)
class _Rules:
    account: re.Pattern[str]
    wants: str
    region: re.Pattern[str]
    packages: Sequence[str]
    read: Sequence[str]
    drill: Sequence[str]
    longest: "_Longest | None" = None


@dataclass(frozen=True, kw_only=True)
class _Longest:
    """The longest name that is made of a stack's, as the cloud allows it."""

    characters: int
    what: str
    name: str


_REGION_OF_TWO = re.compile(r"[a-z]+(-[a-z]+)+-?\d")
GITHUB = "pulumi-github==6.15.0"
_RULES: Mapping[Home, _Rules] = {
    Home.AWS: _Rules(
        account=re.compile(r"\d{12}"),
        wants="the twelve digits of an account",
        region=_REGION_OF_TWO,
        packages=("pulumi==", "pulumi-aws=="),
        read=["arn:aws:iam::aws:policy/SecurityAudit"],
        drill=["arn:aws:iam::aws:policy/SecurityAudit"],
    ),
    Home.GCP: _Rules(
        account=re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        wants="the id of a project",
        region=_REGION_OF_TWO,
        packages=("pulumi==", "pulumi-gcp=="),
        read=["roles/viewer"],
        drill=["roles/viewer", "roles/container.developer"],
        longest=_Longest(characters=30, what="account", name="{project}-ci-{stack}-drill"),
    ),
    Home.AZURE: _Rules(
        account=re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        wants="the id of a subscription",
        region=re.compile(r"[a-z]+\d?"),
        packages=("pulumi==", "pulumi-azure=="),
        read=["Reader"],
        drill=["Reader"],
        longest=_Longest(characters=24, what="key vault", name="{stack}-12345678"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for.

    Attributes:
        home: The cloud.
        repository: `owner/name` on GitHub.
        account: Account of AWS, project of Google Cloud, or subscription of Azure.
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
        "drill": [*_RULES[wanted.home].drill],
    }
    return {f"{project}-ci:{key}": value for key, value in held.items()}


def _complaints(wanted: Wanted, out: Path) -> Iterator[str]:
    rules = _RULES[wanted.home]
    if not re.fullmatch(r"[A-Za-z0-9-]+/[\w.-]+", wanted.repository):
        yield _told("--repository", wanted.repository, "is not OWNER/NAME", "as in the address of the repository")
    if not rules.account.fullmatch(wanted.account):
        yield _told("--account", wanted.account, "is none", rules.wants)
    if not rules.region.fullmatch(wanted.region):
        yield _told("--region", wanted.region, "is none", "for example eu-central-1, europe-west3, or westeurope")
    if out.exists():
        yield _told("--out", str(out), "is there already", "another folder, or change what is in it by hand")


def _too_long(project: str, wanted: Wanted) -> Iterator[str]:
    longest = _RULES[wanted.home].longest
    if longest is None:
        return
    for name in wanted.stacks:
        full = longest.name.format(project=project, stack=name)
        if len(full) > longest.characters:
            rule = f"its {longest.what} would be called {full}, and {wanted.home} takes {longest.characters} characters"
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
