"""What the real engine says: the output of `pulumi preview --json`, which says nothing of what was meant."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ladder.diff import changes
from ladder.diff.changes import Change
from ladder.diff.model import Difference, Previewed
from ladder.engine import Op, plain
from ladder.engine.properties import Properties, from_state, mapping
from ladder.errors import Exit, LadderError
from ladder.plan import registered
from ladder.stack import pulumi_cli
from ladder.stack.stackfile import StackFile

_QUIET = {"same", "read", "refresh", "create-replacement", "delete-replaced"}
_NEW_NAMES = {
    "import": Op.CREATE,
    "import-replacement": Op.REPLACE,
    "discard-replaced": Op.DISCARD,
    "read-replacement": Op.REPLACE,
}
_BESIDE = ("preview failed", "update failed")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One preview.

    Attributes:
        changes: What would happen to each resource.
        counts: Resources by operation, as the engine counts them.
        error: Why it would fail; None where it would not.
        is_new: Whether the stack holds nothing yet.
    """

    changes: Sequence[Change]
    counts: Mapping[str, int]
    error: str | None
    is_new: bool


def run(file: StackFile, *command: str) -> Preview:
    """Ask the CLI on PATH, for a preview of `pulumi up` by default.

    Raises:
        LadderError: When it is not there, or does not get as far as saying anything.
    """
    return _asked(file, command or ("preview",))[0]


def keep(file: StackFile, path: Path) -> Preview:
    """Ask for a preview of `pulumi up`, and write what was said for `read`; one that would fail says so itself.

    Raises:
        LadderError: When nothing is said, or not why it would fail.
    """
    found, text = _asked(file, ("preview",))
    if found.error and parse(text, str(path)).error is None:
        raise LadderError(Exit.FAILED, f"{file.stack}: {found.error}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return found


def _asked(file: StackFile, command: Sequence[str]) -> tuple[Preview, str]:
    program = pulumi_cli.find(f"pulumi {command[0]}: the Pulumi CLI is not on PATH")
    done = pulumi_cli.ask(program, file, *command, "--json", *pulumi_cli.where(file))
    if not done.stdout.lstrip().startswith("{"):
        words = (done.stderr.strip() or done.stdout.strip()).removeprefix("error: ")
        raise LadderError(Exit.FAILED, f"pulumi {command[0]} --stack {file.full_name}: {words}")
    told = parse(done.stdout, f"pulumi {command[0]} --stack {file.full_name}")
    if done.returncode and told.error is None:
        told = replace(told, error=f"pulumi {command[0]} ended with {done.returncode}, and does not say why")
    return told, done.stdout


def read(path: Path) -> Preview:
    """Read what `pulumi preview --json` printed into a file.

    Raises:
        LadderError: When it cannot be read, or is something else.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise LadderError(Exit.MISSING, f"--preview {path}: {error.strerror}") from None


def parse(text: str, name: str) -> Preview:
    """Take the output apart.

    Raises:
        LadderError: When it is no such output.
    """
    try:
        held = cast(Mapping[str, object], json.loads(text))
        steps = cast(Sequence[Mapping[str, object]], held.get("steps") or ())
        said = cast(Sequence[Mapping[str, object]], held.get("diagnostics") or ())
        counts = cast(Mapping[str, int], held.get("changeSummary") or {})
        parents = dict(_parents(steps))
        return Preview(
            changes=[found for step in steps if (found := _change(step, parents))],
            counts=counts or Counter(str(step["op"]) for step in steps),
            error="\n\n".join(_errors(said)) or None,
            is_new=bool(steps) and all(step.get("oldState") is None for step in steps),
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        fix = "pulumi preview --json --non-interactive --stack … > FILE"
        raise LadderError(Exit.WRONG, f"{name}: is not the output of a preview\n    fix: {fix}") from None


def _parents(steps: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for step in steps:
        for side in ("oldState", "newState"):
            state = cast(Mapping[str, object], step.get(side) or {})
            if "parent" in state:
                yield str(step["urn"]), str(state["parent"])


def _change(step: Mapping[str, object], parents: Mapping[str, str]) -> Change | None:
    op, urn = str(step["op"]), str(step["urn"])
    old = cast(Mapping[str, object], step.get("oldState") or {})
    new = cast(Mapping[str, object], step.get("newState") or {})
    unprotected = bool(old.get("protect")) and not new.get("protect") and op == "same"
    if not changes.counts(urn) or (op in _QUIET and not unprotected):
        return None
    before, after = _inputs(old), _inputs(new)
    reasons = cast(Sequence[object], step.get("replaceReasons") or step.get("diffReasons") or ())
    detailed = cast(Mapping[str, object], step.get("detailedDiff") or {})
    return Change(
        op=_NEW_NAMES.get(op) or Op(op),
        urn=urn,
        type=registered.type_of(urn),
        part=registered.label(registered.top(urn, parents)),
        name=registered.object_name(registered.label(urn), after or before),
        paths=tuple(sorted(detailed) or map(str, reasons)) if op != "same" else (),
        old=before,
        new=after,
        was_protected=bool(old.get("protect")),
        protected=bool(new.get("protect")),
        retained=bool(old.get("retainOnDelete")),
    )


def _inputs(state: Mapping[str, object]) -> Properties:
    return mapping(plain(from_state(state.get("inputs"))))


def _errors(said: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for it in said:
        message = str(it.get("message", "")).strip()
        if it.get("severity") == "error" and message not in _BESIDE:
            yield message


def compared(offline: Sequence[Change], preview: Preview) -> Previewed:
    """Where the two say different things; what the preview did not get to, because it failed, is none of it."""
    ours = {it.urn: it for it in offline if it.op is not Op.SAME}
    theirs = {it.urn: it for it in preview.changes if it.op is not Op.SAME}
    urns = dict.fromkeys((*theirs, *(() if preview.error else ours)))
    differences = [
        Difference(
            title=(theirs.get(urn) or ours[urn]).title,
            offline=ours[urn].op if urn in ours else None,
            preview=theirs[urn].op if urn in theirs else None,
        )
        for urn in urns
        if urn not in ours or urn not in theirs or ours[urn].op is not theirs[urn].op
    ]
    return Previewed(counts=preview.counts, differences=differences, error=preview.error)


def together(offline: Sequence[Change], preview: Preview | None) -> list[Change]:
    """What would happen by the real engine, which knows what exists; where it did not get to the end, by both."""
    if preview is None:
        return [*offline]
    if not preview.error:
        return [*preview.changes]
    return [*{it.urn: it for it in (*offline, *preview.changes)}.values()]
