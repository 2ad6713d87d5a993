"""What the kubernetes provider makes of inputs, and which of its settings mean another cluster."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from io import StringIO
from typing import cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ladder.engine.diff import Change
from ladder.engine.kinds import CONFIG_MAP, SECRET, ResourceKind, kind_of
from ladder.engine.properties import Properties, Secret, Value, copy_of, has_unknown, is_mask, mapping, plain
from ladder.engine.quantities import normalized

_AUTONAMED = "pulumi.com/autonamed"


def checked(type_: str, name: str, urn: str, inputs: Properties, old: Properties, provider: Properties) -> Properties:
    """Return the inputs as the provider keeps them: with name and namespace, a Secret's data encoded."""
    result = mapping(copy_of(inputs))
    metadata = dict(mapping(result.get("metadata")))
    if not metadata.get("name") and not metadata.get("generateName"):
        before = mapping(old.get("metadata"))
        adopted = before.get("name") if _is_autonamed(before) else None
        metadata["name"] = adopted or f"{name}-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"
        metadata["annotations"] = {**mapping(metadata.get("annotations")), _AUTONAMED: "true"}
    default = plain(provider.get("namespace"))
    if default and not metadata.get("namespace") and kind_of(type_).namespaced:
        metadata["namespace"] = default
    result["metadata"] = metadata
    if has_unknown(result):
        return result
    return _encoded(result) if type_ == SECRET else normalized(result)


def created(type_: str, inputs: Properties) -> Properties:
    """Return the outputs: the inputs, and the namespace that the API server fills in."""
    outputs = mapping(copy_of(inputs))
    metadata = mapping(outputs.get("metadata"))
    if kind_of(type_).namespaced and "namespace" not in metadata:
        outputs["metadata"] = {**metadata, "namespace": "default"}
    return outputs


def identity(inputs: Properties) -> str:
    """Return the id that the provider gives: `namespace/name`, or the name of what has no namespace."""
    metadata = mapping(inputs.get("metadata"))
    name, namespace = str(plain(metadata.get("name"))), plain(metadata.get("namespace"))
    return f"{namespace}/{name}" if namespace else name


def forces(kind: ResourceKind, type_: str, change: Change, inputs: Properties, provider: Properties) -> bool:
    """Tell whether a change replaces an object: so does a Secret's or ConfigMap's data unless it may change."""
    if kind.forces(change):
        return True
    immutable = plain(inputs.get("immutable")) is True
    if type_ == SECRET:
        mutable = _switch(provider, "enableSecretMutable") and not immutable
        return not mutable and change.path[0] in {"data", "stringData"}
    if type_ == CONFIG_MAP:
        mutable = _switch(provider, "enableConfigMapMutable") and not immutable
        return not mutable and change.path[0] in {"data", "binaryData"}
    return False


def deletes_first(old: Properties, new: Properties) -> bool:
    """Tell whether a replacement must delete before it creates: same given name, same namespace."""
    before, after = mapping(old.get("metadata")), mapping(new.get("metadata"))
    named = bool(plain(after.get("name"))) and not _is_autonamed(after)
    namespaces = {str(plain(it.get("namespace")) or "default") for it in (before, after)}
    return named and plain(before.get("name")) == plain(after.get("name")) and len(namespaces) == 1


def moves_cluster(old: Properties, new: Properties, changed: frozenset[str]) -> tuple[str, ...]:
    """Return the provider settings whose change means another cluster, and so new resources.

    An unchanged `clusterIdentifier` settles it: the same cluster. Else the active context's cluster decides.
    """
    before, after = (plain(it.get("clusterIdentifier")) for it in (old, new))
    if after and before == after:
        return ()
    keys = ["clusterIdentifier"] if before and after else []
    places = [key for key in ("kubeconfig", "context", "cluster") if key in changed]
    if any(has_unknown(new.get(key)) for key in places):
        return (*keys, *places)
    if "renderYamlToDirectory" in changed:
        keys.append("renderYamlToDirectory")
    clusters = _active_cluster(old), _active_cluster(new)
    if all(cluster is not None for cluster in clusters) and clusters[0] != clusters[1]:
        keys += places
    return tuple(keys)


def _is_autonamed(metadata: Properties) -> bool:
    return plain(mapping(metadata.get("annotations")).get(_AUTONAMED)) == "true"


def _switch(provider: Properties, key: str) -> bool:
    return plain(provider.get(key)) in (True, "true")


def _encoded(inputs: Properties) -> Properties:
    """Move a Secret's `stringData` into `data`, as the API server does, and mark it."""
    texts = mapping(inputs.get("stringData"))
    data: Properties = {**mapping(inputs.get("data")), **{key: _base64(text) for key, text in texts.items()}}
    rest: Properties = {key: value for key, value in inputs.items() if key not in {"stringData", "data"}}
    return {**rest, "data": Secret(data)} if data else rest


def _base64(text: Value) -> Value:
    if is_mask(text):
        return text
    encoded = base64.b64encode(str(plain(text)).encode()).decode()
    return Secret(encoded) if isinstance(text, Secret) else encoded


def _active_cluster(provider: Properties) -> object | None:
    raw = plain(provider.get("kubeconfig"))
    config = _kubeconfig(raw) if isinstance(raw, str) else raw
    if not isinstance(config, Mapping):
        return None
    settings = cast(Mapping[str, object], config)
    context = plain(provider.get("context")) or settings.get("current-context")
    active = _named(settings, "contexts", "context", context)
    cluster = plain(provider.get("cluster")) or (active or {}).get("cluster")
    return _named(settings, "clusters", "cluster", cluster) if active is not None else None


def _kubeconfig(text: str) -> object:
    try:
        return cast(object, YAML(typ="safe").load(StringIO(text)))  # pyright: ignore[reportUnknownMemberType] untyped library
    except YAMLError:
        return None


def _named(config: Mapping[str, object], group: str, key: str, name: object) -> Mapping[str, object] | None:
    for row in cast(list[Mapping[str, object]], config.get(group) or []):
        if row.get("name") == name:
            return cast(Mapping[str, object], row.get(key) or {})
    return None
