"""Reading what a program registered: values that may be absent, unknown or of another shape."""

from collections.abc import Iterator

from ladder.engine.properties import UNKNOWN, Properties, Value, mapping


def at(inputs: Properties, *path: str) -> Value:
    """The value at a path of keys; of a list its first item counts; None where there is none."""
    found: Value = inputs
    for key in path:
        found = mapping(first(found)).get(key)
    return None if found == UNKNOWN else found


def first(value: Value) -> Value:
    """The first item of a list; anything else as it is."""
    return (value[0] if value else None) if isinstance(value, list) else value


def items(value: Value) -> Iterator[Properties]:
    """The mappings in a list, or the one mapping."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def text(inputs: Properties, *path: str) -> str:
    """The text at a path; empty where there is none."""
    found = at(inputs, *path)
    return found if isinstance(found, str) else ""


def number(inputs: Properties, *path: str) -> float:
    """The number at a path; 0 where there is none."""
    found = at(inputs, *path)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0


def flag(inputs: Properties, *path: str) -> bool:
    """Whether the value at a path is true."""
    return at(inputs, *path) is True
