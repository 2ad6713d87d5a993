"""What a program registered, as plans look at it: by component, without secret marks."""

from collections.abc import Iterable, Mapping, Sequence

from ladder.engine import Registration, plain, snapshot
from ladder.engine.properties import Properties, Value, mapping
from ladder.engine.snapshot import PROVIDER_PREFIX, STACK_TYPE
from ladder.prices import Resource

PROVIDERS = "providers"


def resources(registrations: Sequence[Registration]) -> list[Resource]:
    """Every resource that would exist; components, providers and what is only looked up left out."""
    parents = {it.urn: it.parent for it in registrations}
    return [
        _resource(it.urn, it.type, it.inputs, parents)
        for it in registrations
        if it.custom and not it.is_provider and not it.external_id
    ]


def existing(held: Sequence[snapshot.Resource]) -> list[Resource]:
    """Every resource that a state holds, chosen alike."""
    parents = {it.urn: it.parent for it in held}
    return [
        _resource(it.urn, it.type, it.inputs, parents)
        for it in held
        if it.custom and not it.external and not it.delete and not it.type.startswith(PROVIDER_PREFIX)
    ]


def _resource(urn: str, type_: str, inputs: Properties, parents: Mapping[str, str]) -> Resource:
    return Resource(part=label(top(urn, parents)), type=token(type_), name=label(urn), inputs=mapping(plain(inputs)))


def token(type_: str) -> str:
    """The type without its class, which says the same once more; what Kubernetes calls a kind stays."""
    return type_ if type_.startswith("kubernetes:") else type_.rsplit(":", 1)[0]


def top(urn: str, parents: Mapping[str, str]) -> str:
    """The component right below the stack that `urn` belongs to; providers of the stack count as one."""
    above = parents.get(urn, "")
    while above and type_of(above) != STACK_TYPE:
        urn, above = above, parents.get(above, "")
    return PROVIDERS if type_of(urn).startswith(PROVIDER_PREFIX) else urn


def label(urn: str) -> str:
    """The logical name in a URN."""
    return urn.rsplit("::", 1)[-1]


def type_of(urn: str) -> str:
    """The type of a resource, without those of its parents."""
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""


def short(type_: str) -> str:
    """The last word of a type."""
    return type_.rsplit(":", 1)[-1]


def object_name(name: str, inputs: Properties) -> str:
    """What an object is called in the cluster, or the logical name of what is not in it."""
    given: Value = plain(mapping(inputs.get("metadata")).get("name"))
    return given if isinstance(given, str) else name


def of(part: str, held: Iterable[Resource]) -> list[Resource]:
    """What belongs to one component."""
    return [it for it in held if it.part == part]
