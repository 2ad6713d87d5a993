"""The state of a stack: of a version-3 deployment the `resources`, as far as the engine judges by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, cast

from ladder.engine.properties import Json, Properties, from_state, mapping, masked, to_state

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


def _nothing() -> Properties:
    return {}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the state holds it."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    inputs: Properties = field(default_factory=_nothing)
    outputs: Properties = field(default_factory=_nothing)
    protect: bool = False
    retain_on_delete: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    deleted_with: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    init_errors: tuple[str, ...] = ()
    delete: bool = False
    external: bool = False
    pending_replacement: bool = False

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def provider_urn(self) -> str:
        """The URN of the provider that manages it, or nothing."""
        return self.provider.rsplit("::", 1)[0]

    @property
    def is_provider(self) -> bool:
        """Whether it is a provider itself."""
        return self.type.startswith(PROVIDER_PREFIX)

    def uses(self) -> frozenset[str]:
        """The URNs that it depends on; its parent only where it says so itself."""
        by_property = (urn for urns in self.property_dependencies.values() for urn in urns)
        return frozenset({*self.dependencies, *by_property, self.provider_urn, self.deleted_with} - {""})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a stack holds, dependencies before dependents."""

    resources: tuple[Resource, ...] = ()

    @classmethod
    def empty(cls) -> Self:
        """Return the state of a new stack."""
        return cls()

    @classmethod
    def load(cls, data: Mapping[str, object]) -> Self:
        """Read `{"resources": …}`, or what `pulumi stack export` prints."""
        inner = data.get("deployment", data)
        rows: object = cast(Mapping[str, object], inner).get("resources") or []
        return cls(resources=tuple(_load(row) for row in cast(Sequence[Mapping[str, object]], rows)))

    def dump(self) -> dict[str, Json]:
        """Return JSON with readable secrets: call `masked` first for anything that is kept or shown."""
        return {"resources": [_dump(resource) for resource in self.resources]}

    def masked(self) -> Self:
        """Return the state with every secret as `[secret]`."""
        return replace(self, resources=tuple(_masked(resource) for resource in self.resources))

    def get(self, urn: str) -> Resource | None:
        """Return the resource with this URN; of a replacement under way, the new one."""
        return next((it for it in self.resources if it.urn == urn and not it.delete), None)

    def __getitem__(self, urn: str) -> Resource:
        """Return the resource with this URN.

        Raises:
            KeyError: there is none.
        """
        found = self.get(urn)
        if found is None:
            raise KeyError(f"{urn} is not among the {len(self.resources)} resources of this state")
        return found

    @property
    def urns(self) -> tuple[str, ...]:
        """All URNs, in order."""
        return tuple(resource.urn for resource in self.resources)

    @property
    def outputs(self) -> Properties:
        """The stack's own outputs."""
        stack = next((it for it in self.resources if it.type == STACK_TYPE), None)
        return stack.outputs if stack else {}


_FLAGS = {
    "protect": "protect",
    "retainOnDelete": "retain_on_delete",
    "delete": "delete",
    "external": "external",
    "pendingReplacement": "pending_replacement",
}
_LISTS = {
    "dependencies": "dependencies",
    "additionalSecretOutputs": "additional_secret_outputs",
    "replaceOnChanges": "replace_on_changes",
    "initErrors": "init_errors",
}
_TEXTS = {"id": "id", "parent": "parent", "provider": "provider", "deletedWith": "deleted_with"}


def _load(row: Mapping[str, object]) -> Resource:
    texts = {ours: str(row.get(theirs) or "") for theirs, ours in _TEXTS.items()}
    lists = {ours: _texts(row.get(theirs)) for theirs, ours in _LISTS.items()}
    by_property = cast(Mapping[str, object], row.get("propertyDependencies") or {})
    flags = {ours: bool(row.get(theirs)) for theirs, ours in _FLAGS.items()}
    return Resource(
        urn=str(row["urn"]),
        type=str(row["type"]),
        custom=bool(row["custom"]),
        inputs=mapping(from_state(row.get("inputs"))),
        outputs=mapping(from_state(row.get("outputs"))),
        property_dependencies={key: _texts(urns) for key, urns in by_property.items()},
        id=texts["id"],
        parent=texts["parent"],
        provider=texts["provider"],
        deleted_with=texts["deleted_with"],
        dependencies=lists["dependencies"],
        additional_secret_outputs=lists["additional_secret_outputs"],
        replace_on_changes=lists["replace_on_changes"],
        init_errors=lists["init_errors"],
        **flags,
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in cast(Sequence[object], value or ()))


def _dump(resource: Resource) -> dict[str, Json]:
    row: dict[str, Json] = {"urn": resource.urn, "type": resource.type, "custom": resource.custom}
    fields = cast(Mapping[str, object], vars(resource))
    for theirs, ours in {**_TEXTS, **_FLAGS}.items():
        if fields[ours]:
            row[theirs] = cast(str | bool, fields[ours])
    for theirs, ours in _LISTS.items():
        if fields[ours]:
            row[theirs] = list(cast(tuple[str, ...], fields[ours]))
    if resource.property_dependencies:
        row["propertyDependencies"] = {key: list(urns) for key, urns in resource.property_dependencies.items()}
    row["inputs"] = to_state(resource.inputs)
    row["outputs"] = to_state(resource.outputs)
    return row


def _masked(resource: Resource) -> Resource:
    return replace(resource, inputs=mapping(masked(resource.inputs)), outputs=mapping(masked(resource.outputs)))
