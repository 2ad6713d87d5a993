"""Looks into JSON of which nothing is promised: what is absent or of another type is the empty value."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast


def parse(text: str) -> object:
    """The value, or None where the text is no JSON."""
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return None


def mapping(value: object, *path: str) -> Mapping[str, object]:
    """The object at `path`."""
    found = _dig(value, path)
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def values(value: object, *path: str) -> Iterator[object]:
    """The members of the list at `path`."""
    found = _dig(value, path)
    if isinstance(found, list):
        yield from cast("list[object]", found)


def text(value: object, *path: str) -> str:
    """The text at `path`."""
    found = _dig(value, path)
    return found if isinstance(found, str) else ""


def number(value: object, *path: str) -> float | None:
    """The number at `path`."""
    found = _dig(value, path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def whole(value: object, *path: str) -> int | None:
    """The whole number at `path`, also where it is written as text (a tag)."""
    found = _dig(value, path)
    if isinstance(found, str):
        return int(found) if found.isascii() and found.isdigit() else None
    return int(held) if (held := number(value, *path)) is not None else None


def yes(value: object, *path: str) -> bool:
    """Whether `path` holds true."""
    return _dig(value, path) is True


def moment(value: object, *path: str) -> datetime | None:
    """The time at `path`, UTC."""
    try:
        found = datetime.fromisoformat(text(value, *path))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _dig(value: object, path: tuple[str, ...]) -> object:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, object]", value).get(key)
    return value
