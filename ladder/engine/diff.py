"""Differences between the inputs in the state and the wanted ones, as paths written the engine's way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ladder.engine.properties import Properties, Secret, Value, copy_of, is_mask

Path: TypeAlias = tuple[str | int, ...]

# What Terraform-based providers add to the inputs in a state; no program ever sends it.
_BOOKKEEPING = frozenset({"__defaults", "__internal"})
_TOKEN = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.\[\]]+)')


class Kind(StrEnum):
    """What happened to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One changed property and its wanted value (nothing for a deleted one)."""

    path: Path
    kind: Kind
    new: Value = None


def changes(old: Properties, new: Properties, stale: Callable[[str], bool]) -> tuple[Change, ...]:
    """Compare inputs.

    A masked old secret equals any wanted secret, because nothing tells them apart, unless `stale` says that
    its top-level property depends on something that this run changed.
    """
    found: list[Change] = []
    for key in sorted({*old, *new} - _BOOKKEEPING):
        found += _compare((key,), _Side.of(old, key), _Side.of(new, key), stale(key))
    return tuple(found)


def format_path(path: Path) -> str:
    """Write a path as the engine does: `spec.containers[0]["a.b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.search(r'[."\[\]]', part):
            text += '["' + part.replace('"', '\\"') + '"]'
        else:
            text += f".{part}" if text else part
    return text


def parse_path(text: str) -> Path:
    """Read a path as `ignoreChanges` and `replaceOnChanges` give it; `*` stands for any key or index."""
    return tuple(_part(match) for match in _TOKEN.finditer(text))


def contains(pattern: Path, path: Path) -> bool:
    """Tell whether a path is the pattern's or lies below it."""
    pairs = zip(pattern, path, strict=False)
    return len(pattern) <= len(path) and all(want in ("*", got) for want, got in pairs)


def keep_ignored(old: Properties, new: Properties, ignored: tuple[str, ...]) -> Properties:
    """Return the wanted inputs with every ignored property as the state has it."""
    result = copy_of(new)
    for text in ignored:
        for path in tuple(_expand(parse_path(text), old, result)):
            _put(result, path, _Side.at(old, path))
    return result if isinstance(result, dict) else new


@dataclass(frozen=True)
class _Side:
    """A value, or its absence: the state tells null and absent apart."""

    value: Value
    present: bool

    @classmethod
    def of(cls, holder: Properties, key: str) -> _Side:
        return cls(holder.get(key), key in holder)

    @classmethod
    def at(cls, root: Value, path: Path) -> _Side:
        value = _open(root)
        for part in path:
            match value, part:
                case dict(), str() if part in value:
                    value = _open(value[part])
                case list(), int() if part < len(value):
                    value = _open(value[part])
                case _:
                    return cls(None, False)
        return cls(value, True)


def _compare(path: Path, old: _Side, new: _Side, stale: bool) -> Iterator[Change]:
    if path[-1] in _BOOKKEEPING or (not old.present and not new.present):
        return
    if not old.present:
        yield Change(path=path, kind=Kind.ADD, new=_open(new.value))
        return
    if not new.present:
        yield Change(path=path, kind=Kind.DELETE)
        return
    if is_mask(old.value) and (isinstance(new.value, Secret) or is_mask(new.value)):
        if stale:
            yield Change(path=path, kind=Kind.UPDATE, new=_open(new.value))
        return
    before, after = _open(old.value), _open(new.value)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _compare((*path, key), _Side.of(before, key), _Side.of(after, key), stale)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            sides = (_Side.at(before, (index,)), _Side.at(after, (index,)))
            yield from _compare((*path, index), *sides, stale)
    elif not _equal(before, after):
        yield Change(path=path, kind=Kind.UPDATE, new=after)


def _equal(before: Value, after: Value) -> bool:
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _open(value: Value) -> Value:
    return value.value if isinstance(value, Secret) else value


def _part(match: re.Match[str]) -> str | int:
    quoted, index, plain_key = match.groups()
    if index is not None:
        return index if index == "*" else int(index)
    return plain_key if quoted is None else quoted.replace('\\"', '"')


def _expand(pattern: Path, old: Value, new: Value, at: Path = ()) -> Iterator[Path]:
    if not pattern:
        yield at
        return
    head, rest = pattern[0], pattern[1:]
    if head != "*":
        yield from _expand(rest, old, new, (*at, head))
        return
    keys: dict[str | int, None] = {}
    for root in (old, new):
        value = _Side.at(root, at).value
        if isinstance(value, dict):
            keys.update(dict.fromkeys(value))
        elif isinstance(value, list):
            keys.update(dict.fromkeys(range(len(value))))
    for key in keys:
        yield from _expand(rest, old, new, (*at, key))


def _put(root: Value, path: Path, side: _Side) -> None:
    holder = _Side.at(root, path[:-1])
    key = path[-1]
    if isinstance(holder.value, dict) and isinstance(key, str):
        if side.present:
            holder.value[key] = copy_of(side.value)
        else:
            holder.value.pop(key, None)
    elif isinstance(holder.value, list) and isinstance(key, int) and side.present and key < len(holder.value):
        holder.value[key] = copy_of(side.value)
