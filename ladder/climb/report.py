"""What a finished climb leaves: a page that says what was moved, what proves it, and how long it took."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from components.catalog import Keeper
from components.store import StoreArgs
from ladder.backups.job import Result
from ladder.backups.screen import COUNTED, size
from ladder.climb.climbing import Climbed
from ladder.climb.tools import Spent
from ladder.errors import Exit, LadderError

NOT_SEEN = "not seen by the command that ended it"


def page(stack: str, found: Climbed, spent: Sequence[Spent], kept: Sequence[str], now: datetime) -> str:
    """The report, as Markdown.

    Args:
        stack: Its name.
        found: What came of the climb.
        spent: The steps of the command that ended it.
        kept: Lines about what stays of the old place.
        now: When it ended.
    """
    return "\n".join(_lines(stack, found, spent, kept, now)) + "\n"


def file_name(stack: str, store: StoreArgs, now: datetime) -> str:
    """How it is called where nobody names it."""
    return f"climb-{stack}-{store.name}-{now:%Y%m%dT%H%M%SZ}.md"


def write(path: Path, text: str) -> None:
    """Write it.

    Raises:
        LadderError: When it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fix = "name another file: --report FILE"
        raise LadderError(Exit.FAILED, f"{path}: cannot be written ({error.strerror})\n    fix: {fix}") from None


def _lines(stack: str, found: Climbed, spent: Sequence[Spent], kept: Sequence[str], now: datetime) -> Iterator[str]:
    source, target, unit = found.source, found.target, COUNTED[found.target.kind]
    yield f"# {target.name} of {stack}: {source.backend} → {target.backend}"
    yield ""
    yield f"Ended {now:%Y-%m-%d %H:%M:%S} UTC. Nobody could write for {_pause(found.passed)}."
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| from | {source.backend}, {source.engine} {source.version} |"
    yield f"| to | {target.backend}, {target.engine} {target.version} |"
    yield f"| backup before | {_proof(found.before, unit, source)} |"
    yield f"| copied and compared | {_copied(found.copied, unit)} |"
    yield f"| fingerprint of both sides | {_fingerprint(found)} |"
    yield f"| at the switch | {_amount(found.passed, unit) or NOT_SEEN} |"
    yield f"| pause of writes | {_pause(found.passed)} |"
    yield f"| backup after | {_proof(found.after, unit, target)} |"
    yield ""
    if spent:
        yield "| step | seconds |"
        yield "| --- | ---: |"
        for it in spent:
            yield f"| {it.step} | {it.seconds:.1f} |"
        yield f"| all of this command | {sum(it.seconds for it in spent):.1f} |"
        yield ""
    if kept:
        yield "What stays of the old place:"
        yield ""
        yield "```"
        yield from kept
        yield "```"


def _proof(found: Result | None, unit: str, store: StoreArgs) -> str:
    if found:
        return f"run {found.run}, restored and equal: {_amount(found, unit)}, {found.lines} lines compared"
    if store.keeper is Keeper.OTHERS or store.backup is None:
        return f"none: Ladder takes none on {store.backend}"
    return NOT_SEEN


def _copied(found: Result | None, unit: str) -> str:
    if found is None:
        return NOT_SEEN
    parts = [_amount(found, unit), size(found.bytes) if found.bytes else ""]
    parts.append(f"{found.copy_seconds or found.seconds:.0f} s")
    return ", ".join(part for part in parts if part)


def _amount(found: Result | None, unit: str) -> str:
    if found is None:
        return ""
    count = found.rows or found.keys or found.amount
    return f"{count} {unit}"


def _fingerprint(found: Climbed) -> str:
    told = [it.fingerprint for it in (found.passed, found.copied) if it and it.fingerprint]
    return f"`{told[0]}`" if told else NOT_SEEN


def _pause(found: Result | None) -> str:
    return f"{found.pause_seconds:.1f} s" if found and found.pause_seconds else f"a time {NOT_SEEN}"
