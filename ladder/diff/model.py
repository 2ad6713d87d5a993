"""What a change means, apart from how it looks."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ladder.diff.changes import Change
from ladder.diff.risks import Risk
from ladder.diff.written import Setting
from ladder.engine import Op
from ladder.errors import Exit
from ladder.plan import estimate_json
from ladder.plan.estimate import Estimate

DIGEST_LENGTH = 12
NOTHING_TO_AGREE_TO = "none"


class Verdict(StrEnum):
    """What a change needs before it may be applied."""

    SAFE = "safe"
    APPROVAL = "approval"
    REFUSED = "refused"

    @property
    def exit(self) -> Exit:
        """How the command ends."""
        return _EXITS[self]

    @property
    def sign(self) -> str:
        """For people."""
        return _SIGNS[self]


_EXITS = {Verdict.SAFE: Exit.OK, Verdict.APPROVAL: Exit.APPROVAL, Verdict.REFUSED: Exit.REFUSED}
_SIGNS = {Verdict.SAFE: "🟢", Verdict.APPROVAL: "🟡", Verdict.REFUSED: "🔴"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A resource of which the two sources say different things; absent means that it says nothing."""

    title: str
    offline: Op | None
    preview: Op | None


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """What the real engine said.

    Attributes:
        counts: Resources by operation.
        differences: Where the offline engine says something else.
        error: Why it would fail; None where it would not.
    """

    counts: Mapping[str, int]
    differences: Sequence[Difference] = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class StackDiff:
    """What a change means for one stack.

    Attributes:
        stack: Its name.
        vault: Whether it is a vault's.
        how: What the offline engine started from, and by whose code.
        changes: What would happen to each resource, by whoever says more; worst first within a component.
        settings: What is written differently.
        risks: What somebody must agree to.
        refusal: Why nothing of it would be done: the guard's words, the settings', or the engine's.
        before: What exists, costs and promises; absent where that is not known, or there are no stores.
        after: The same, as wanted.
        previewed: What the real engine said; absent where it was not asked.
        warnings: What the program says beside.
    """

    stack: str
    vault: bool = False
    how: str
    changes: Sequence[Change] = ()
    settings: Sequence[Setting] = ()
    risks: Sequence[Risk] = ()
    refusal: str | None = None
    before: Estimate | None = None
    after: Estimate | None = None
    previewed: Previewed | None = None
    warnings: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst that anybody says."""
        if self.refusal:
            return Verdict.REFUSED
        return Verdict.APPROVAL if self.risks else Verdict.SAFE

    @property
    def counts(self) -> Mapping[Op, int]:
        """Resources by operation."""
        return Counter(it.op for it in self.changes if it.op is not Op.SAME)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing would happen."""
        return not self.changes and self.verdict is Verdict.SAFE

    @property
    def summary(self) -> list[list[str]]:
        """What somebody must agree to, in a form that compares."""
        return [list(it.key) for it in self.risks]

    @property
    def digest(self) -> str:
        """Of the summary: another one means that something else would be done than was agreed to."""
        if not self.risks:
            return NOTHING_TO_AGREE_TO
        text = json.dumps([self.stack, *self.summary], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def at_risk(self) -> list[dict[str, object]]:
        """What somebody must agree to, for programs."""
        return [_risk(it) for it in self.risks]

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "stack": self.stack,
            "vault": self.vault,
            "verdict": self.verdict,
            "digest": self.digest,
            "compared_with": self.how,
            "refusal": self.refusal,
            "at_risk": self.at_risk,
            "counts": {str(op): count for op, count in self.counts.items()},
            "settings": [{"key": it.name, "before": it.before, "after": it.after} for it in self.settings],
            "changes": [_change(it) for it in self.changes],
            "cost_per_month": {
                "before": estimate_json.bill(self.before.bill) if self.before else None,
                "after": estimate_json.bill(self.after.bill) if self.after else None,
                "change": estimate_json.change(self.before.bill if self.before else None, self.after.bill)
                if self.after
                else None,
            },
            "stores": {
                name: {"before": _store(self.before, name), "after": _store(self.after, name)} for name in self.stores
            },
            "preview": _previewed(self.previewed) if self.previewed else None,
            "warnings": list(self.warnings),
        }

    @property
    def stores(self) -> list[str]:
        """Every store that is there before or after."""
        sides = (self.before, self.after)
        return list(dict.fromkeys(name for side in sides if side for name in side.stores))


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What a change means.

    Attributes:
        base: What it is compared with.
        stacks: The worst first.
        notes: What is to be said of how it was worked out.
    """

    base: str
    stacks: Sequence[StackDiff]
    notes: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the stacks'."""
        found = {it.verdict for it in self.stacks}
        return next((it for it in (Verdict.REFUSED, Verdict.APPROVAL) if it in found), Verdict.SAFE)

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "schema": 1,
            "base": self.base,
            "verdict": self.verdict,
            "stacks": [it.as_json() for it in self.stacks],
            "notes": list(self.notes),
        }


def _risk(it: Risk) -> dict[str, object]:
    return {
        "category": it.category.name.lower(),
        "store": it.part,
        "subject": it.subject,
        "would": it.would,
        "before": it.before or None,
        "after": it.after or None,
        "sources": sorted(it.sources),
    }


def _change(it: Change) -> dict[str, object]:
    return {
        "op": it.op,
        "urn": it.urn,
        "part": it.part,
        "kind": it.kind,
        "name": it.name,
        "paths": list(it.paths),
        "protected": [it.was_protected, it.protected],
    }


def _store(side: Estimate | None, name: str) -> dict[str, object] | None:
    found = side.stores.get(name) if side else None
    return {"backend": found.store.backend, **estimate_json.of_store(found)} if found else None


def _previewed(it: Previewed) -> dict[str, object]:
    return {
        "counts": dict(it.counts),
        "error": it.error,
        "differences": [{"resource": d.title, "offline": d.offline, "preview": d.preview} for d in it.differences],
    }
