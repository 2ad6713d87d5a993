"""A change in words, the same in a comment and on a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from components.app.args import AppArgs
from components.catalog import Kind
from ladder.diff import promises
from ladder.diff.changes import Change
from ladder.diff.model import Diff, StackDiff, Verdict
from ladder.diff.risks import Risk
from ladder.diff.written import UNSET, Setting
from ladder.engine import Op
from ladder.plan import words as prices
from ladder.prices import Bill

MOST_SETTINGS = 3
MOST_PATHS = 3
MOST_OF_A_PATH = 32
MOST_CHARACTERS = 60
MOST_SUBJECTS = 2
_WORST = ("PersistentVolumeClaim", "Instance", "ReplicationGroup", "Bucket", "Namespace")
"""What holds the data itself."""
OPERATIONS = {
    Op.CREATE: ("1 new resource", "{} new resources"),
    Op.UPDATE: ("1 in-place update", "{} in-place updates"),
    Op.REPLACE: ("1 replacement", "{} replacements"),
    Op.DELETE: ("1 deletion", "{} deletions"),
    Op.DISCARD: ("1 forgotten", "{} forgotten"),
}
SIGNS = {Op.CREATE: "+", Op.UPDATE: "~", Op.REPLACE: "±", Op.DELETE: "-", Op.DISCARD: "-", Op.SAME: " "}
_ROLLED = "spec.template."
_QUIET_PATHS = ("annotations.ladder/", "labels.ladder/")
NOTHING = promises.NOTHING
APP = AppArgs.name
STACK = "stack"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a table says of one store, or of what is beside the stores.

    Attributes:
        name: Of the component.
        change: Each thing that changes.
        data: Each thing that is at risk.
        cost: What happens to the bill.
        lock_in: What happens to the way out.
    """

    name: str
    change: Sequence[str]
    data: Sequence[str]
    cost: str
    lock_in: str


def headline(it: StackDiff) -> str:
    """The line that is enough to decide whether to read on."""
    if it.refusal:
        return f"{it.stack}: refused. {first(it.refusal)}"
    if it.is_quiet:
        return f"{it.stack}: nothing changes"
    happens = [operations(it.changes)] if it.counts else []
    if it.verdict is Verdict.APPROVAL:
        tail = [", ".join([*happens, cost(it)])] if it.after else []
        return f"{it.stack}: needs approval. {'. '.join(map(_sentence, [titles(it.risks), *tail]))}"
    return f"{it.stack}: safe. {', '.join([*(happens or ['no resource changes']), 'no data at risk', cost(it)])}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def first(refusal: str) -> str:
    """What the guard, or whoever refuses, says first."""
    line = refusal.strip().splitlines()[0].removeprefix("error: ").removesuffix("; nothing was changed").strip()
    return line.rstrip(".;:") or "see below"


def titles(risks: Iterable[Risk]) -> str:
    """The kinds of risk, and whose."""
    found: dict[str, list[str]] = {}
    for it in risks:
        found.setdefault(it.category, []).extend([it.part] if it.part != STACK else [])
    told = ((title, ", ".join(dict.fromkeys(parts))) for title, parts in found.items())
    return "; ".join(f"{title} ({whose})" if whose else title for title, whose in told)


def operations(changes: Iterable[Change]) -> str:
    """Resources by operation."""
    ops = [it.op for it in changes]
    found = [
        (one if (count := ops.count(op)) == 1 else many.format(count))
        for op, (one, many) in OPERATIONS.items()
        if op in ops
    ]
    return ", ".join(found) or "no resource changes"


def cost(it: StackDiff) -> str:
    """What happens to the bill of the whole stack."""
    return _cost(it.before.bill if it.before else None, it.after.bill if it.after else None)


def _cost(before: Bill | None, after: Bill | None) -> str:
    if after is None and before is None:
        return "cost not estimated"
    changed = prices.change(before or Bill(), after or Bill())
    if not changed:
        return "cost unchanged"
    known, also_unknown, _ = changed.partition(";")
    if "unknown" in known:
        return "cost change not known"
    return f"{known} and what has no price" if also_unknown else known


def agreed(diff: StackDiff) -> list[tuple[str, str]]:
    """What somebody agrees to: the kind, and the words; the same thing that happens to many is told once."""
    found: dict[tuple[object, ...], list[Risk]] = {}
    for it in diff.risks:
        found.setdefault((it.category, it.part, it.would, it.before, it.after, it.sources), []).append(it)
    told: list[tuple[str, str]] = []
    for same in found.values():
        alone = f" [{next(iter(same[0].sources))} only]" if diff.previewed and len(same[0].sources) == 1 else ""
        if len(same) <= MOST_SUBJECTS:
            told += [(it.category, f"{it.text}{alone}") for it in same]
        else:
            worst = next((it.subject for it in same if it.subject.startswith(_WORST)), same[0].subject)
            many = f"{same[0].part}: {same[0].would} ({len(same)} resources, {worst} among them)"
            told.append((same[0].category, f"{many}{alone}"))
    return told


def rows(it: StackDiff) -> list[Row]:
    """One for each store and component that somebody wrote something about; what only follows shares the last one."""
    stores = it.stores
    groups: dict[str, _Group] = {name: _Group() for name in stores}
    for change in it.changes:
        groups.setdefault(_group(change.part, stores), _Group()).changes.append(change)
    for one in it.settings:
        groups.setdefault(_owner(it, one.section), _Group()).settings.append(one)
    for risk in it.risks:
        groups.setdefault(_group(risk.part, stores), _Group()).risks.append(risk)
    own = {name: group for name, group in groups.items() if name in stores or group.is_own or name == APP}
    rest = {name: group for name, group in groups.items() if name not in own}
    found = [_row(it, name, group) for name, group in own.items() if not group.is_empty]
    if rest:
        every = _Group(changes=[change for group in rest.values() for change in group.changes])
        found.append(_row(it, ", ".join(rest), every))
    return found


@dataclass(kw_only=True)
class _Group:
    """What a row is about."""

    changes: list[Change] = field(default_factory=list[Change])
    settings: list[Setting] = field(default_factory=list[Setting])
    risks: list[Risk] = field(default_factory=list[Risk])

    @property
    def is_own(self) -> bool:
        """Whether somebody wrote it, or must agree to it."""
        return bool(self.settings or self.risks)

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.settings or self.risks)


def _group(part: str, stores: Sequence[str]) -> str:
    """A store's backups are the store's."""
    owner = part.removesuffix("-backups")
    return owner if owner in stores else part


def _row(it: StackDiff, name: str, group: _Group) -> Row:
    store = name in it.stores
    return Row(
        name=name,
        change=[*_moved(it, name), *_changed(name, group)],
        data=list(dict.fromkeys(str(risk.category) for risk in group.risks)),
        cost=_cost_of(it, name, f"{name}-backups"),
        lock_in=_lock_in(it, name) if store else NOTHING,
    )


def _owner(it: StackDiff, section: str) -> str:
    """The component that a section of the settings is about."""
    for side in (it.after, it.before):
        for store in side.stores.values() if side else ():
            if store.store.kind == section:
                return store.store.name
    return APP if section == APP else section if section in set(Kind) else STACK


def _moved(it: StackDiff, name: str) -> Iterator[str]:
    """Another backend, which no single setting says."""
    before, after = (promises.found(side, name) for side in (it.before, it.after))
    if before and after and before.store.backend != after.store.backend:
        yield promises.turned(before.words, after.words)


def _changed(name: str, group: _Group) -> Iterator[str]:
    for one in group.settings[:MOST_SETTINGS]:
        key = one.name if name == STACK or not one.path else one.path
        yield f"`{key}` {_turn(one)}"
    if len(group.settings) > MOST_SETTINGS:
        yield f"{len(group.settings) - MOST_SETTINGS} more settings"
    changes = [change for change in group.changes if change.op is not Op.SAME]
    if changes:
        yield operations(changes) + ("; restarts" if any(map(restarts, changes)) else "")


def _turn(one: Setting) -> str:
    """What became of a setting; a whole section is new, or gone."""
    if not one.path and UNSET in (one.before, one.after):
        return "new" if one.before == UNSET else "taken out"
    return f"{_short(one.before)} → {_short(one.after)}"


def _short(value: str) -> str:
    return value if len(value) <= MOST_CHARACTERS else f"{value[:MOST_CHARACTERS]}…"


def restarts(change: Change) -> bool:
    """Whether the pods under it are exchanged."""
    return (
        change.op is Op.UPDATE
        and change.kind in ("StatefulSet", "Deployment", "DaemonSet")
        and any(path.startswith(_ROLLED) for path in change.paths)
    )


def _cost_of(it: StackDiff, *names: str) -> str:
    before, after = (side.bill.of(*names) if side else None for side in (it.before, it.after))
    if not (before and before.lines) and not (after and after.lines):
        return NOTHING
    return _cost(before, after).removeprefix("cost ").replace(" a month", "")


def _lock_in(it: StackDiff, name: str) -> str:
    before, after = (promises.found(side, name) for side in (it.before, it.after))
    if before is None or after is None:
        found = after or before
        return found.leaving.words if found else NOTHING
    was, now = before.leaving, after.leaving
    if was.words == now.words:
        return "unchanged"
    return f"into {was.into} → into {now.into}" if was.tools == now.tools else f"{was.words} → {now.words}"


def steps(it: StackDiff) -> Iterator[str]:
    """What would happen to each resource."""
    for change in it.changes:
        why = paths(change)
        note = (
            "protection removed" if change.was_protected and not change.protected and change.op is not Op.DELETE else ""
        )
        tail = "; ".join(filter(None, (why, "restarts its pods" if restarts(change) else "", note)))
        yield f"{SIGNS.get(change.op, '?')} {change.part} · {change.title}{f': {tail}' if tail else ''}"


def paths(change: Change) -> str:
    """The properties that change; Ladder's own annotations only where they are alone."""
    telling = [path for path in change.paths if not any(quiet in path for quiet in _QUIET_PATHS)] or [*change.paths]
    more = len(telling) - MOST_PATHS
    return ", ".join(map(_end, telling[:MOST_PATHS])) + (f" and {more} more" if more > 0 else "")


def _end(path: str) -> str:
    """The end of a long path, which tells most."""
    parts = path.split(".")
    while len(parts) > 2 and len(".".join(parts)) > MOST_OF_A_PATH:
        parts.pop(0)
    return path if len(path) <= MOST_OF_A_PATH else f"…{'.'.join(parts)}"


def others(diff: Diff) -> str:
    """What the first line of the first stack does not say of the others."""
    rest = [it for it in diff.stacks[1:] if not it.is_quiet]
    return " ".join(f"{it.verdict.sign} {it.stack}" for it in rest)


def quiet(diff: Diff) -> list[str]:
    """Stacks in which nothing would happen."""
    return [it.stack for it in diff.stacks if it.is_quiet]
