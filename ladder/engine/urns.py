"""URNs: how the engine names resources, and under which names it looks for them in the state."""

from __future__ import annotations

from collections.abc import Iterable

from ladder.engine.snapshot import STACK_TYPE


def urn_of(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return a resource's URN: it carries the types of its parents, the stack's left out."""
    above = _qualified_type(parent)
    qualified = type_ if above in ("", STACK_TYPE) else f"{above}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def former_urns(urn: str, own: Iterable[str], parent: str, old_parent: str) -> tuple[str, ...]:
    """Return every URN that a resource may have had: its own aliases, and those that its parent's alias implies.

    `old_parent` is the URN under which the state knows the parent. A child whose name begins with its parent's is
    taken to have begun with the parent's former name too.
    """
    found = list(own)
    if old_parent not in ("", parent):
        found += [_below(old_parent, parent, it) for it in (urn, *own)]
    return tuple(dict.fromkeys(it for it in found if it != urn))


def _below(old_parent: str, parent: str, urn: str) -> str:
    name, begin = _name(urn), _name(parent)
    if name.startswith(begin):
        name = _name(old_parent) + name.removeprefix(begin)
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return urn_of(stack, project, old_parent, _qualified_type(urn).split("$")[-1], name)


def _qualified_type(urn: str) -> str:
    return urn.split("::")[2] if urn else ""


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
