"""Whether a registration leaves a resource as it is, updates it or replaces it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ladder.engine import kubernetes
from ladder.engine.diff import Change, changes, contains, format_path, parse_path
from ladder.engine.kinds import is_kubernetes, kind_of
from ladder.engine.properties import Properties, copy_of, mapping
from ladder.engine.snapshot import Resource

_KUBERNETES_PROVIDER = "pulumi:providers:kubernetes"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What changed, what of that forces a replacement, and whether the old one must go first."""

    changed: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    deletes_first: bool = False


def judge(old: Resource, new: Resource, provider: Properties, stale: Callable[[str], bool]) -> Verdict:
    """Compare a resource in the state with the wanted one; `provider` holds the inputs of its provider."""
    found = _changes(old, new, stale)
    paths = _paths(new, found)
    if not new.custom:
        return Verdict(changed=paths)
    if new.is_provider:
        moved: tuple[str, ...] = ()
        if new.type == _KUBERNETES_PROVIDER:
            moved = kubernetes.moves_cluster(old.inputs, new.inputs, frozenset(paths))
        return Verdict(changed=paths, replaced_by=moved)
    forcing = [change for change in found if _forces(new, change, provider) or _asked(new, change)]
    first = is_kubernetes(new.type) and kubernetes.deletes_first(old.inputs, new.inputs)
    return Verdict(changed=paths, replaced_by=_paths(new, forcing), deletes_first=bool(forcing) and first)


def _changes(old: Resource, new: Resource, stale: Callable[[str], bool]) -> tuple[Change, ...]:
    before, after = old.inputs, new.inputs
    if is_kubernetes(new.type) and kind_of(new.type).namespaced:
        before, after = _with_namespace(before), _with_namespace(after)
    return changes(before, after, stale)


def _paths(new: Resource, found: Iterable[Change]) -> tuple[str, ...]:
    """Return the changed paths; only the kubernetes provider tells more than the top-level property."""
    depth = None if is_kubernetes(new.type) else 1
    return tuple(dict.fromkeys(format_path(change.path[:depth]) for change in found))


def _with_namespace(inputs: Properties) -> Properties:
    result = mapping(copy_of(inputs))
    metadata = mapping(result.get("metadata"))
    result["metadata"] = {**metadata, "namespace": metadata.get("namespace") or "default"}
    return result


def _forces(new: Resource, change: Change, provider: Properties) -> bool:
    kind = kind_of(new.type)
    if is_kubernetes(new.type):
        return kubernetes.forces(kind, new.type, change, new.inputs, provider)
    return kind.forces(change)


def _asked(new: Resource, change: Change) -> bool:
    return any(contains(parse_path(text), change.path) for text in new.replace_on_changes)
