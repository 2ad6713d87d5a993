"""Asks the rules about what the offline engine was told to register."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ladder import offline
from ladder.engine import Run, plain
from ladder.engine.properties import mapping
from ladder.errors import Exit, LadderError
from ladder.policy import limits as limits_file
from ladder.policy.limits import Limits
from ladder.policy.rules import RULES, Held
from ladder.stack.stackfile import StackFile


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that a stack breaks.

    Attributes:
        rule: Its name.
        what: What breaks it, and how.
    """

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.what} ({self.rule})"


def limits_of(root: Path) -> Limits:
    """What the project allows: anything, and nothing lenient, where it has no file that says so."""
    path = root / limits_file.FILE
    return limits_file.read(path) if path.is_file() else Limits()


def stack(file: StackFile, limits: Limits) -> list[Broken]:
    """Every rule that a stack would break.

    Raises:
        LadderError: When it cannot be run.
    """
    done = offline.run(file)
    if done.error:
        raise LadderError(Exit.WRONG, f"{file.stack}: {done.error}")
    return [*broken(done, limits)]


def broken(done: Run, limits: Limits) -> Iterator[Broken]:
    """Every rule that a run breaks."""
    asked = held(done)
    for rule in RULES:
        for it in asked:
            for what in rule.broken(it, asked, limits):
                yield Broken(rule=rule.name, what=what)


def held(done: Run) -> list[Held]:
    """What a run would make, as the rules read it."""
    return [
        Held(urn=it.urn, type=it.type, inputs=mapping(plain(it.inputs)), protect=bool(it.protect))
        for it in done.registrations
        if it.custom and not it.external_id
    ]


def told(found: Mapping[str, Sequence[Broken]]) -> str:
    """For people: what is wrong, by stack, and the way out."""
    count = sum(map(len, found.values()))
    said = "rule is broken" if count == 1 else "rules are broken"
    lines = "\n".join(f"  {stack}: {it}" for stack, broken in found.items() for it in broken)
    return f"{count} {said}\n\n{lines}\n\n    fix: change that, or what {limits_file.FILE} allows"
