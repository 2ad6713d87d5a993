"""What providers make up when they create a resource: passwords, keys, certificates."""

from __future__ import annotations

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
                holder = made
                if rest:
                    holder = mapping(made.setdefault(first, mapping(copy_of(request.inputs.get(first)))))
                holder[rest[0] if rest else first] = self._text(request, path)
        return made

    def _text(self, request: ValuesRequest, path: str) -> str:
        text = f"generated:{request.name}.{path}"
        if not request.replaced:
            return text
        number = str(plain(_at(request.replaced, path))).removeprefix(text).removeprefix("#")
        return f"{text}#{int(number) + 1 if number.isdecimal() else 1}"


def _at(properties: Properties, path: str) -> Value:
    """What lies at a path: a property, or one that is inside an object (`endpoint`, `vpcConfig.vpcId`)."""
    first, *rest = path.split(".")
    found = properties.get(first)
    return mapping(found).get(rest[0]) if rest else found


PLACEHOLDERS = Placeholders()
