"""Lets through what was agreed to, and nothing else."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ladder.diff.model import Diff, StackDiff, Verdict
from ladder.errors import Exit, LadderError

_DIGEST = re.compile(r"(?:^|[\s,\"':\[])(?:data-approved:)?([0-9a-f]{12})(?=$|[\s,\"'\]])")
Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Held:
    """Why a stack is not let through.

    Attributes:
        stack: Its name.
        verdict: What it would need.
        why: In words.
        new: What nobody has agreed to.
        gone: What was agreed to and is not so any more.
    """

    stack: str
    verdict: Verdict
    why: str
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.stack}: {self.why}"]
        lines += [f"    new   {it}" for it in self.new]
        lines += [f"    gone  {it}" for it in self.gone]
        return "\n".join(lines)


def digests(texts: Iterable[str]) -> frozenset[str]:
    """The digests in labels, or lists of labels, however they are separated."""
    return frozenset(found for text in texts for found in _DIGEST.findall(text))


def read(path: Path) -> Mapping[str, frozenset[Key]]:
    """By stack, what was agreed to: from what `ladder diff --json` printed then.

    Raises:
        LadderError: When it cannot be read, or is something else.
    """
    try:
        held = cast(Mapping[str, object], json.loads(path.read_text(encoding="utf-8")))
        stacks = cast(list[Mapping[str, object]], held["stacks"])
        return {
            str(it["stack"]): frozenset(map(_key, cast(list[Mapping[str, object]], it["at_risk"]))) for it in stacks
        }
    except OSError as error:
        raise LadderError(Exit.MISSING, f"--summary {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        fix = "ladder diff --base … --json > FILE, when it is approved"
        raise LadderError(Exit.WRONG, f"--summary {path}: is no summary\n    fix: {fix}") from None


def kept(found: Diff) -> dict[str, object]:
    """As much of a diff as `read` asks for."""
    return {"stacks": [{"stack": it.stack, "at_risk": it.at_risk} for it in found.stacks]}


def _key(row: Mapping[str, object]) -> Key:
    return tuple(str(row[name] or "") for name in ("category", "store", "subject", "would", "before", "after"))


def check(diff: Diff, approved: frozenset[str], summary: Mapping[str, frozenset[Key]] | None) -> list[Held]:
    """Every stack that is not let through.

    Args:
        diff: What would be done now.
        approved: Digests that somebody agreed to.
        summary: What was agreed to, whole; absent where digests alone say it.
    """
    return [found for it in diff.stacks for found in _stack(it, approved, summary)]


def _stack(it: StackDiff, approved: frozenset[str], summary: Mapping[str, frozenset[Key]] | None) -> Iterator[Held]:
    if it.refusal:
        first = it.refusal.strip().splitlines()[0].removeprefix("error: ")
        yield Held(stack=it.stack, verdict=Verdict.REFUSED, why=f"refused: {first}")
    elif summary is not None:
        now = frozenset(map(_key, it.at_risk))
        then = summary.get(it.stack, frozenset())
        if now != then:
            yield Held(
                stack=it.stack,
                verdict=Verdict.APPROVAL,
                why="what would be done is not what was approved",
                new=tuple(sorted(map(_told, now - then))),
                gone=tuple(sorted(map(_told, then - now))),
            )
    elif it.risks and it.digest not in approved:
        yield Held(
            stack=it.stack,
            verdict=Verdict.APPROVAL,
            why=f"nobody has agreed to it; the label for it is data-approved:{it.digest}",
            new=tuple(risk.text for risk in it.risks),
        )


def _told(key: Key) -> str:
    _, _, subject, would, before, after = key
    return f"{subject}: {would}" + (f" ({before} → {after})" if before or after else "")
