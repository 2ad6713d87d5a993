"""What providers make of inputs (Check) and answer to Create and Update."""

from __future__ import annotations

import uuid
from dataclasses import replace

from ladder.engine import kubernetes
from ladder.engine.kinds import is_kubernetes, kind_of
from ladder.engine.properties import UNKNOWN, Properties, Secret, copy_of, mapping
from ladder.engine.snapshot import Resource
from ladder.engine.values import Values, ValuesRequest


def checked(new: Resource, inputs: Properties, old: Properties, provider: Properties) -> Properties:
    """Return the inputs as the provider keeps them; `old` and `provider` are inputs too, or empty.

    Raises:
        UnsupportedError: the type is unknown.
    """
    if not new.custom or new.is_provider or new.external:
        return inputs
    kind_of(new.type)
    if is_kubernetes(new.type):
        return kubernetes.checked(new.type, new.name, new.urn, inputs, old, provider)
    return inputs


def created(new: Resource, old: Resource | None, values: Values, *, preview: bool) -> Resource:
    """Return the resource with id and outputs; in a preview without what is known only afterwards."""
    if not new.custom:
        return new
    inputs = mapping(copy_of(new.inputs))
    outputs: Properties = {}
    if new.is_provider:
        outputs = {**inputs, "id": UNKNOWN if preview else _provider_id(new, old)}
    elif is_kubernetes(new.type):
        outputs = kubernetes.created(new.type, new.inputs)
        outputs = outputs if preview else {**outputs, "id": kubernetes.identity(outputs)}
    elif preview:
        outputs = inputs
    else:
        request = ValuesRequest(
            urn=new.urn,
            type=new.type,
            name=new.name,
            inputs=new.inputs,
            replaced=old.outputs if old else {},
        )
        outputs = {"id": f"generated:{new.name}", **inputs, **values.outputs(request)}
    id_ = str(outputs.pop("id", ""))
    return _with(new, id_, outputs)


def updated(new: Resource, old: Resource) -> Resource:
    """Return the resource with the id that it had and the outputs that an update in place leaves."""
    if not new.custom:
        return new
    inputs = mapping(copy_of(new.inputs))
    if new.is_provider:
        return _with(new, old.id, inputs)
    if is_kubernetes(new.type):
        return _with(new, old.id, kubernetes.created(new.type, new.inputs))
    return _with(new, old.id, {**old.outputs, **inputs, **_kept(new, old)})


def _kept(new: Resource, old: Resource) -> Properties:
    """Objects that hold, beside what the program sets, what the provider once made up in them."""
    kept: Properties = {}
    for first, _, inner in (path.partition(".") for path in kind_of(new.type).computed):
        made = mapping(old.outputs.get(first)).get(inner) if inner else None
        if made is not None:
            kept[first] = {**mapping(kept.get(first, new.inputs.get(first))), inner: made}
    return kept


def _with(new: Resource, id_: str, outputs: Properties) -> Resource:
    """Set id and outputs; what is secret as an input, or was declared so, is secret as an output."""
    marked = {
        key: Secret(value) if _is_secret(new, key) and not isinstance(value, Secret) else value
        for key, value in outputs.items()
    }
    return replace(new, id=id_, outputs=marked)


def _is_secret(new: Resource, key: str) -> bool:
    return key in new.additional_secret_outputs or isinstance(new.inputs.get(key), Secret)


def _provider_id(new: Resource, old: Resource | None) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{new.urn} {old.id if old else ''}"))
