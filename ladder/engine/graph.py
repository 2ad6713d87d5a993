"""Who depends on whom in a state, and so in which order resources can be deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ladder.engine.snapshot import Resource


def antichains(condemned: Iterable[int], state: Sequence[Resource]) -> tuple[tuple[int, ...], ...]:
    """Group positions in the state so that dependents come in an earlier group than what they depend on."""
    left = set(condemned)
    groups: list[tuple[int, ...]] = []
    while left:
        free = tuple(sorted((it for it in left if not left & dependencies(it, state)), reverse=True))
        groups.append(free)
        left -= set(free)
    return tuple(reversed(groups))


def dependencies(position: int, state: Sequence[Resource]) -> set[int]:
    """Return the positions of the parent and of everything else that a resource depends on."""
    urns = {*state[position].uses(), state[position].parent}
    return {index for index in range(position) if state[index].urn in urns}


def all_dependencies(position: int, state: Sequence[Resource]) -> set[int]:
    """Return the positions that a resource depends on, directly or through others."""
    found: set[int] = set()
    ahead = [position]
    while ahead:
        new = dependencies(ahead.pop(), state) - found
        found |= new
        ahead += new
    return found


def dependents(position: int, state: Sequence[Resource], ignored: frozenset[str]) -> list[Resource]:
    """Return what depends on a resource, in order; children count only when they say so themselves."""
    family = {state[position].urn}
    found: list[Resource] = []
    for candidate in state[position + 1 :]:
        if candidate.urn in ignored or candidate.delete:
            continue
        if candidate.uses() & family:
            found.append(candidate)
            family.add(candidate.urn)
    return found
