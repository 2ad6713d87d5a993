"""What is promised of each store: how it fails, how it comes back, how it can be left."""

import re
from collections.abc import Collection

from ladder.diff.model import StackDiff
from ladder.plan import words
from ladder.plan.estimate import Estimate, StoreEstimate

NOTHING = "–"  # noqa: RUF001 (a dash stands for nothing)
_BREAK = re.compile(r"[:;] ")


def found(side: Estimate | None, name: str) -> StoreEstimate | None:
    """What is estimated of a store."""
    return side.stores.get(name) if side else None


def of(it: StackDiff, stores: Collection[str]) -> dict[str, dict[str, str]]:
    """What is promised of these stores, by store: as it is, or before and after."""
    sides = {name: (_said(it.before, name), _said(it.after, name)) for name in it.stores if name in stores}
    return {
        name: {what: turned(was.get(what), now.get(what)) for what in was or now} for name, (was, now) in sides.items()
    }


def turned(before: str | None, after: str | None) -> str:
    """What became of a promise, without saying twice how it begins; what is gone promises nothing more."""
    if before is None or after is None or before == after:
        return after or before or NOTHING
    begins = 0
    for end in _BREAK.finditer(before):
        if after.startswith(before[: end.end()]):
            begins = end.end()
    return f"{before} → {after[begins:]}"


def _said(side: Estimate | None, name: str) -> dict[str, str]:
    it = found(side, name)
    if it is None:
        return {}
    return {
        "runs": it.words,
        "lost at worst": it.recovery.lost.text,
        "back after": it.recovery.back.text,
        "to undo": it.recovery.undo.text,
        "to leave": words.to_leave(it),
        "kept by": ", ".join(it.kept) or "nothing: it may be lost",
    }
