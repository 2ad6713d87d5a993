"""What a change puts at risk, so that somebody must agree to it: read from what would happen to each resource."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from components.backups.watchdog import component as watchdog
from ladder.diff import keeping, openings
from ladder.diff.changes import Change, Source
from ladder.engine import Op, Snapshot
from ladder.engine.properties import Properties, mapping
from ladder.plan import bearing, registered
from ladder.prices import Resource

_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_GONE = {Op.DELETE, Op.REPLACE, Op.DISCARD}


class Category(StrEnum):
    """What kind of risk it is, worst first."""

    DATA = "data deleted"
    SHRINK = "storage shrunk"
    UNKNOWN = "not known"
    PROTECTION = "protection removed"
    BACKUPS = "backups shortened"
    WATCHDOG = "watched no more"
    NETWORK = "network opened"
    SECRET = "secret rotated"  # noqa: S105 (a title)
    ONE_WAY = "no way back"
    STACK = "stack given up"


@dataclass(frozen=True, kw_only=True)
class Risk:
    """One thing that somebody must agree to.

    Attributes:
        category: Of what kind.
        part: The store, or the component.
        subject: What it happens to.
        would: What would happen to it, in a few words.
        before: A value as it is; empty where there is none to show.
        after: As wanted.
        sources: Who says so.
    """

    category: Category
    part: str
    subject: str
    would: str
    before: str = ""
    after: str = ""
    sources: frozenset[Source] = frozenset({Source.OFFLINE})

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same risk, whoever says so."""
        return (self.category, self.part, self.subject, self.would, self.before, self.after)

    @property
    def text(self) -> str:
        """In one line."""
        change = f" ({self.before} → {self.after})" if self.before or self.after else ""
        return f"{self.subject}: {self.would}{change}"


def of_changes(changes: Iterable[Change], source: Source, *, vault: bool, new: bool) -> Iterator[Risk]:
    """What resources would suffer.

    Args:
        changes: What would happen to each.
        source: Who says so.
        vault: Whether it is a vault's stack.
        new: Whether nothing of the stack exists yet: what it lets in then was never closed.
    """
    for it in changes:
        found = (
            *_lost(it, vault=vault),
            *_unprotected(it),
            *_lowered(it),
            *(() if new else _opened(it)),
            *_rotated(it, vault=vault),
        )
        yield from _unwatched(it, source)
        for category, subject, would, before, after in found:
            yield Risk(
                category=category,
                part=it.part,
                subject=subject,
                would=would,
                before=before,
                after=after,
                sources=frozenset({source}),
            )


_Found = tuple[Category, str, str, str, str]


def _lost(it: Change, *, vault: bool) -> Iterator[_Found]:
    noun = bearing.noun(it.type, it.old, vault=vault)
    if noun is None or it.op not in _GONE:
        return
    subject = f"{noun} {it.name}"
    if it.retained or it.op is Op.DISCARD:
        yield Category.DATA, subject, "left behind: kept, and managed by nobody", "", ""
    elif it.op is Op.REPLACE:
        yield Category.DATA, subject, f"deleted, and made anew and empty, because of {', '.join(it.paths)}", "", ""
    else:
        yield Category.DATA, subject, "deleted", "", ""


def _unprotected(it: Change) -> Iterator[_Found]:
    if it.was_protected and not it.protected and it.op in (Op.SAME, Op.UPDATE, Op.REPLACE):
        yield Category.PROTECTION, it.title, "the engine's protection is removed", "", ""


def _lowered(it: Change) -> Iterator[_Found]:
    if it.op not in (Op.UPDATE, Op.REPLACE):
        return
    before, after = _resource(it, it.old), _resource(it, it.new)
    for found in keeping.shrunk(before, after):
        yield Category.SHRINK, it.title, "shrunk", found.before, found.after
    for found in keeping.shortened(before, after):
        yield Category.BACKUPS, it.title, f"fewer {found.what}", found.before, found.after
    for found in keeping.switched_off(before, after):
        yield Category.PROTECTION, it.title, f"{found.what} is given up", "", ""


def _resource(it: Change, inputs: Properties) -> Resource:
    return Resource(part=it.part, type=registered.token(it.type), name=it.name, inputs=inputs)


def _opened(it: Change) -> Iterator[_Found]:
    if it.op in (Op.CREATE, Op.UPDATE, Op.REPLACE):
        for whom in sorted(openings.of(it.type, it.new) - openings.of(it.type, it.old)):
            yield Category.NETWORK, it.title, f"lets in {whom}", "", ""


def _rotated(it: Change, *, vault: bool) -> Iterator[_Found]:
    noun = bearing.SECRETS.get(it.type)
    if noun and it.op is Op.REPLACE and not (vault and it.type in bearing.VAULTS):
        yield Category.SECRET, f"{noun} {it.name}", f"made anew, because of {', '.join(it.paths)}", "", ""


def _unwatched(it: Change, source: Source) -> Iterator[Risk]:
    if it.type == _CONFIG_MAP and it.name == watchdog.NAME:
        for store in sorted(_watched(it.old) - _watched(it.new)):
            would = "the watchdog looks at it no more"
            yield Risk(category=Category.WATCHDOG, part=store, subject=store, would=would, sources=frozenset({source}))


def _watched(inputs: Properties) -> set[str]:
    text = mapping(inputs.get("data")).get(watchdog.CONFIG)
    if not isinstance(text, str):
        return set()
    return {str(store["name"]) for store in json.loads(text)["stores"]}


def merged(risks: Iterable[Risk]) -> list[Risk]:
    """Each once, with everybody who says so; worst first."""
    found: dict[tuple[str, ...], Risk] = {}
    for it in risks:
        told = found.get(it.key)
        sources = it.sources | told.sources if told else it.sources
        found[it.key] = replace(it, sources=sources)
    order = list(Category)
    return sorted(found.values(), key=lambda it: (order.index(it.category), it.part, it.subject, it.would))


def unknown(why: str) -> Risk:
    """What exists is not known, so nobody can say that nothing of it is lost."""
    return Risk(category=Category.UNKNOWN, part="stack", subject="what exists", would=why)


def given_up(stack: str, state: Snapshot) -> Risk:
    """The stack has no file any more."""
    held = sum(1 for it in state.resources if it.custom and not it.is_provider)
    would = f"its file is deleted; what it made ({held} resources) goes on, and nobody manages it"
    return Risk(category=Category.STACK, part="stack", subject=stack, would=would)
