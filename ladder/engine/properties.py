"""Property values: what inputs and outputs are made of, and how a state file writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

MASK = "[secret]"
# The sentinels that Pulumi's SDKs, engine and state files share.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the public marker, not a secret

Value: TypeAlias = "bool | int | float | str | Secret | list[Value] | dict[str, Value] | None"
Properties: TypeAlias = dict[str, Value]
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown; its text form is the mask."""

    value: Value

    def __repr__(self) -> str:
        """Return the mask, so that no log or traceback shows the value."""
        return MASK


def copy_of(value: Value) -> Value:
    """Return a deep copy."""
    return _mapped(value, lambda secret: Secret(copy_of(secret.value)))


def plain(value: Value) -> Value:
    """Return a copy without secret marks: the values themselves."""
    return _mapped(value, lambda secret: plain(secret.value))


def masked(value: Value) -> Value:
    """Return a copy in which each secret is the text `[secret]`."""
    return _mapped(value, lambda secret: MASK)


def mapping(value: Value) -> Properties:
    """Return a value as a mapping, secret or not; an empty one for anything else."""
    inner = value.value if isinstance(value, Secret) else value
    return inner if isinstance(inner, dict) else {}


def is_mask(value: Value) -> bool:
    """Tell whether a value stands for a secret that was not kept."""
    return value == MASK or (isinstance(value, Secret) and value.value == MASK)


def has_unknown(value: Value) -> bool:
    """Tell whether a value, or anything in it, is known only after the update."""
    match value:
        case Secret():
            return has_unknown(value.value)
        case dict():
            return any(has_unknown(item) for item in value.values())
        case list():
            return any(has_unknown(item) for item in value)
        case _:
            return value == UNKNOWN


def has_secret(value: Value) -> bool:
    """Tell whether a value is secret, or anything in it."""
    match value:
        case Secret():
            return True
        case dict():
            return any(has_secret(item) for item in value.values())
        case list():
            return any(has_secret(item) for item in value)
        case _:
            return False


def from_state(value: object) -> Value:
    """Read a value of a state file; a secret of which only the ciphertext is there becomes the mask."""
    match value:
        case {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}:
            text = cast(Mapping[str, object], value).get("plaintext")
            return Secret(from_state(json.loads(text)) if isinstance(text, str) else MASK)
        case dict():
            return {key: from_state(item) for key, item in cast(dict[str, object], value).items()}
        case list():
            return [from_state(item) for item in cast(list[object], value)]
        case None | bool() | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case _:
            raise TypeError(f"a state file holds JSON only, not {type(value).__name__}")


def to_state(value: Value) -> Json:
    """Write a value as a state file does with its secrets shown."""
    match value:
        case Secret():
            return {SIGNATURE: SECRET_SIGNATURE, "plaintext": json.dumps(to_state(value.value))}
        case dict():
            return {key: to_state(item) for key, item in value.items()}
        case list():
            return [to_state(item) for item in value]
        case _:
            return value


def _mapped(value: Value, of_secret: Callable[[Secret], Value]) -> Value:
    match value:
        case Secret():
            return of_secret(value)
        case dict():
            return {key: _mapped(item, of_secret) for key, item in value.items()}
        case list():
            return [_mapped(item, of_secret) for item in value]
        case _:
            return value
