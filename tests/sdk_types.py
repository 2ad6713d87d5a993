"""What a cloud's SDK says about the properties of a resource: a wrong key, nested or not, is found without a cloud."""

import importlib
import sys
import typing
from collections.abc import Iterator, Mapping

from pulumi import _types  # the only way from a class to the names of its properties on the wire


def wrong_keys(type_: str, inputs: Mapping[str, object]) -> list[str]:
    """Paths in the inputs of a resource that its SDK does not know.

    Args:
        type_: Its token, for example `aws:eks/cluster:Cluster`.
        inputs: As they were registered.
    """
    return list(_wrong(_args_of(type_), inputs, ""))


def takes(type_: str, key: str) -> bool:
    """Whether a resource has a property."""
    return key in _types.input_type_types(_args_of(type_))


def _args_of(type_: str) -> type:
    package, middle, name = type_.split(":")
    part = middle.partition("/")[0]
    # A provider without parts keeps everything in its root.
    module = importlib.import_module(f"pulumi_{package}" + ("" if part == "index" else f".{part}"))
    home = sys.modules[getattr(module, name).__module__]
    # Where a nested class has the name already, the SDK calls the resource's own `…InitArgs`.
    return getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")


def _wrong(args: type, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} is no object"
        return
    types = _types.input_type_types(args)
    for key, inner in value.items():
        here = f"{path}.{key}" if path else key
        if key not in types:
            yield here
            continue
        parts = list(_parts(types[key]))
        nested = next((found for found in parts if _is_args(found)), None)
        for item in inner if isinstance(inner, list) else [inner]:
            # A policy may be an object, or its text.
            text = isinstance(item, str) and str in parts
            if nested is not None and item is not None and not text:
                yield from _wrong(typing.cast("type", nested), item, here)


def _parts(hint: object) -> Iterator[object]:
    yield hint
    for inner in typing.get_args(hint):
        yield from _parts(inner)


def _is_args(hint: object) -> bool:
    return isinstance(hint, type) and _types.is_input_type(hint)
