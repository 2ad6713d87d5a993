"""What providers make up when they create a resource: passwords, keys, certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ladder.engine.kinds import kind_of
from ladder.engine.properties import Properties, Value, copy_of, mapping, plain


@dataclass(frozen=True, kw_only=True)
class ValuesRequest:
    """What is about to be created; `replaced` are the outputs of what it replaces, empty when it is new."""

    urn: str
    type: str
    name: str
    inputs: Properties
    replaced: Properties


class Values(Protocol):
    """Where the outputs come from that are not inputs; the key `id` among them sets the resource's id."""

    def outputs(self, request: ValuesRequest) -> Properties:
        """Return the outputs that the provider would make up, without the inputs."""
        ...


class Placeholders:
    """Fixed texts, `generated:<logical name>.<property>`: nothing secret, the same in every run.

    What a replacement makes ends in its number (`#1`), so that dependents see a new value, as they would.
    """

    def outputs(self, request: ValuesRequest) -> Properties:
        """Return one text for each property that the type's provider makes up and the program did not set."""
        made: Properties = {}
        for path in kind_of(request.type).computed:
            if _at(request.inputs, path) is None:
                first, *rest = path.split(".")
                held = made.get(first, copy_of(request.inputs.get(first)) if rest else None)
                made[first] = _laid(held, rest, self._text(request, path))
        return made

    def _text(self, request: ValuesRequest, path: str) -> str:
        text = f"generated:{request.name}.{path}"
        if not request.replaced:
            return text
        number = str(plain(_at(request.replaced, path))).removeprefix(text).removeprefix("#")
        return f"{text}#{int(number) + 1 if number.isdecimal() else 1}"


def _at(held: Value, path: str) -> Value:
    """What lies at a path: a property, or one inside an object or a list's only item (`names.0`, `config.names.0`)."""
    first, _, rest = path.partition(".")
    found = (held[0] if held else None) if isinstance(held, list) else mapping(held).get(first)
    return _at(found, rest) if rest else found


def _laid(held: Value, path: Sequence[str], text: str) -> Value:
    """What is held, with a text laid at a path."""
    if not path:
        return text
    first, *rest = path
    if first.isdecimal():
        return [_laid(held[0] if isinstance(held, list) and held else None, rest, text)]
    return {**mapping(held), first: _laid(mapping(held).get(first), rest, text)}


PLACEHOLDERS = Placeholders()
