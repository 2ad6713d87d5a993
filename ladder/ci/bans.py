"""Ways around protection that continuous integration must not take, and where its files take one."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ladder import git
from ladder.errors import Exit, LadderError

FLAGS = {
    "--skip-preview": "goes on with what is not protected, though a preview would have failed",
    "-f": "is --skip-preview",
    "--ignore-protect": "deletes what is protected",
    "--target": "leaves the guard's other half out",
    "-t": "is --target",
    "--target-replace": "replaces whatever it names",
    "--target-dependents": "goes with --target",
    "--exclude": "leaves the guard's other half out",
    "--replace": "replaces whatever it names",
}
"""Flags of `pulumi up`, `preview`, `destroy` and `refresh`, and what each does."""

STATE = ("unprotect", "delete", "edit")
"""Commands of `pulumi state` that take something from what the guard sees."""

_OPERATIONS = ("up", "update", "preview", "pre", "destroy", "down", "dn", "refresh")
_FILES = re.compile(
    r"(^|/)(\.github/(workflows|actions)/|\.gitlab-ci|\.gitlab/|\.circleci/|\.buildkite/|\.ci/)"
    r"|(^|/)(Makefile|Jenkinsfile|[^/]+\.(sh|bash|mk))$|azure-pipelines"
)
_COMMAND = re.compile(r"(?<![\w./-])(?:[\w./$}{-]*/)?pulumi(?=\s)")
_SHORT = re.compile(r"-[defjry]*([ft]).*")
"""One letter among others: -yf."""
_ENDS = re.compile(r"[;&|)\n`]|\s#")


@dataclass(frozen=True, kw_only=True)
class Ban:
    """A line that goes around protection.

    Attributes:
        place: File and line.
        what: The flag or the command.
        why: What it does.
    """

    place: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.why}"


def files(root: Path) -> list[Path]:
    """What continuous integration runs, as far as names tell: workflows, makefiles, shell scripts.

    Raises:
        LadderError: When the folder is in no repository.
    """
    told = git.ask(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if told is None:
        raise LadderError(Exit.MISSING, f"{root} is in no git repository\n    fix: git init")
    return [root / name for name in told.split("\0") if _FILES.search(name) and (root / name).is_file()]


def search(root: Path, among: Sequence[Path]) -> list[Ban]:
    """Every such line, in the order of files and lines."""
    return [found for file in among for found in _in(file, str(file.relative_to(root)))]


def _in(file: Path, name: str) -> Iterator[Ban]:
    # A command that goes over several lines counts where it begins.
    pending, begins = "", 0
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate([*lines, ""], 1):
        begins = begins if pending else number
        if line.endswith("\\"):
            pending += f"{line[:-1]} "
            continue
        for words in _commands(pending + line):
            for what, why in problems(words):
                yield Ban(place=f"{name}:{begins}", what=what, why=why)
        pending = ""


def _commands(line: str) -> Iterator[list[str]]:
    """The arguments of each `pulumi` in a line; a comment holds none."""
    if line.lstrip().startswith("#"):
        return
    for found in _COMMAND.finditer(line):
        rest = _ENDS.split(line[found.end() :], maxsplit=1)[0]
        try:
            yield shlex.split(rest)
        except ValueError:
            yield rest.replace('"', " ").replace("'", " ").split()


def problems(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What in the arguments of `pulumi` goes around protection."""
    if "state" in words:
        after = words[words.index("state") + 1 :]
        if after and after[0] in STATE:
            yield f"pulumi state {after[0]}", "takes something from what the guard and the engine know"
        return
    if not set(words) & set(_OPERATIONS):
        return
    for word in words:
        short = _SHORT.fullmatch(word)
        flag = f"-{short[1]}" if short else word.split("=", 1)[0]
        if flag in FLAGS and not word.endswith("=false"):
            yield f"pulumi … {flag}", FLAGS[flag]
