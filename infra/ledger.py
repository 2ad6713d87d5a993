"""What the last `pulumi up`, finished or not, left in the state: the data that is held, and what was completed.

Only what bears data (`record.BEARERS`) and ledger records are looked at. A component's outputs and the stack's
outputs are stored by a failed run too, so they prove nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

import pulumi
from pulumi import runtime
from pydantic import AliasPath, BaseModel, Field, TypeAdapter, ValidationError

from components import catalog, naming, record
from components.catalog import Backend, Cloud, Engine, Keeper, Kind, Role, Stage
from components.record import Bearer
from components.store import Phase
from infra.settings import Settings

_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 (a type's name)
_GIB = Decimal(2**30)


class LedgerError(pulumi.RunError):
    """The state holds something of Ladder's that this version cannot read; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a store was when a claim or a record of it was written; the fields are those of `record.facts`."""

    kind: Kind
    name: str
    backend: Backend
    stage: Stage
    cloud: Cloud
    cluster: str
    namespace: str
    engine: Engine | None = None
    version: str | None = None
    replicas: int | None = None
    storage_gib: int | None = None
    region: str | None = None
    account: str | None = None
    role: Role | None = None
    phase: Phase | None = None
    to: "Facts | None" = None

    def __post_init__(self) -> None:
        """Refuse facts that the guard would have nothing to compare with.

        Raises:
            ValueError: When a store that keeps data does not say by what it was written.
        """
        if keeps(self) and (self.engine is None or self.version is None):
            raise ValueError("engine and version are required where data is kept")


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A resource that bears data: proof that data may exist, from its creation on.

    Attributes:
        noun: What people call it: volume, instance.
        name: Its own.
        ordinal: Of the member that it belongs to.
        gib: Size, GiB: as requested, or as far as a service has let it grow; 0 where memory is all it has.
        storage_class: As the API server holds it; None where there is none that must not change.
        facts: Of the last run that reached it.
        pinned: What it is in settings that never change; empty where the service chose.
    """

    noun: str
    name: str
    ordinal: int
    gib: Decimal
    storage_class: str | None
    facts: Facts
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One store in the state.

    Attributes:
        kind: Of the store.
        name: Of the store.
        leaves: What bears its data, by ordinal.
        record: What its last finished run completed; absent when none ever finished, or its deletion began.
        receipt_key: What its jobs seal receipts with; absent where none did yet.
    """

    kind: Kind
    name: str
    leaves: tuple[Leaf, ...] = ()
    record: Facts | None = None
    receipt_key: str | None = field(default=None, repr=False)

    @property
    def climbing(self) -> Phase | None:
        """The phase of a climb that its last finished run completed."""
        return self.record.phase if self.record and self.record.to else None

    @property
    def backend(self) -> Backend:
        """What had its data before a climb, if there is one; else what has it."""
        return self.record.backend if self.record else self.leaves[0].facts.backend

    def on(self, backend: Backend) -> "Kept":
        """As much of it as is on one backend."""
        said = (self.record, self.record.to) if self.record else ()
        return replace(
            self,
            leaves=tuple(leaf for leaf in self.leaves if leaf.facts.backend is backend),
            record=next((facts for facts in said if facts and facts.backend is backend), None),
        )

    @property
    def bearers(self) -> tuple[Facts, ...]:
        """The facts that its data goes by: the leaves' where there are any, else the record's."""
        if self.leaves:
            return tuple(leaf.facts for leaf in self.leaves)
        return (self.record,) if self.record else ()

    @property
    def holds_data(self) -> bool:
        """Whether its data exists here and nowhere else; without leaves the record's word is enough."""
        return bool(self.leaves) or (self.record is not None and keeps(self.record))

    @property
    def removed(self) -> bool:
        """Whether phase `remove` was completed, and not taken back by a later run that did not finish.

        The deletion takes the record first: leaves that are all marked, without a record, are what is left of an
        interrupted removal, which must be able to go on.
        """
        marked = all(leaf.facts.phase is Phase.REMOVE for leaf in self.leaves)
        return marked and (self.record is None or self.record.phase is Phase.REMOVE)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Every store that the state of a stack knows; empty for a new stack."""

    stores: tuple[Kept, ...] = ()


def keeps(facts: Facts) -> bool:
    """Whether a store of these facts keeps its only data in what this stack made."""
    return catalog.keeper(facts.backend) is not Keeper.OTHERS and facts.role is not Role.CACHE


def gib(quantity: str) -> Decimal:
    """A Kubernetes quantity of bytes in GiB.

    Raises:
        ValueError: When it is none.
    """
    # Slow to load, and a plan without a state never asks.
    from kubernetes.utils.quantity import (
        parse_quantity,  # pyright: ignore[reportUnknownVariableType] (the library's argument is untyped)
    )

    return parse_quantity(quantity) / _GIB


def read(settings: Settings) -> Ledger:
    """The ledger of the running stack, from the engine.

    Raises:
        LedgerError: When the state, or something of Ladder's in it, cannot be read.
    """
    stack = f"{settings.organization}/{settings.project}/{settings.stack}"
    answer = runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})
    try:
        found = _Answer.model_validate(answer.value)
    except ValidationError:
        # Not chained: the validator quotes what it was given, and a state holds secrets.
        fix = "use a Pulumi CLI of the version that requirements.txt pins, or newer; nothing was changed"
        raise LedgerError(f"stack {stack}: the engine did not say what its state holds; {fix}") from None
    return parse(found.outputs)


def parse(resources: Mapping[str, Mapping[str, object]]) -> Ledger:
    """The ledger in a state.

    Args:
        resources: By URN, each with its `outputs`; resources that wait for their deletion are left out.

    Raises:
        LedgerError: When something of Ladder's in it cannot be read.
    """
    leaves: dict[tuple[Kind, str], list[Leaf]] = {}
    records: dict[tuple[Kind, str], Facts] = {}
    keys: dict[str, str] = {}
    for urn, resource in resources.items():
        token = _token(urn)
        if (bearer := record.BEARERS.get(token)) and (leaf := _leaf(urn, bearer, resource.get("outputs"))):
            leaves.setdefault((leaf.facts.kind, leaf.facts.name), []).append(leaf)
        elif token == _CONFIG_MAP and (facts := _record(urn, resource.get("outputs"))):
            records[facts.kind, facts.name] = facts
        elif token == _PASSWORD and urn.endswith(naming.RECEIPT_KEY):
            store = urn.rsplit("::", 1)[-1].removesuffix(naming.RECEIPT_KEY)
            keys[store] = _TEXT.validate_python(_at(resource.get("outputs"), ("result",)))
    return Ledger(
        stores=tuple(
            Kept(
                kind=kind,
                name=name,
                leaves=tuple(sorted(leaves.get((kind, name), ()), key=lambda leaf: leaf.ordinal)),
                record=records.get((kind, name)),
                receipt_key=keys.get(name),
            )
            for kind, name in sorted({*leaves, *records})
        )
    )


def _token(urn: str) -> str:
    """The type in a URN `urn:pulumi:<stack>::<project>::<types of its parents>$<type>::<name>`."""
    parts = urn.split("::", 3)
    return parts[2].rsplit("$", 1)[-1] if len(parts) == 4 else ""


class _ConfigMap(BaseModel):
    ledger: str | None = Field(None, validation_alias=AliasPath("data", record.KEY))


class _Schema(BaseModel):
    schema_: int = Field(validation_alias="schema")


class _Answer(BaseModel):
    outputs: dict[str, dict[str, object]]


_FACTS = TypeAdapter(Facts)
_NAMES = {field.name for field in fields(Facts)}
_TEXT = TypeAdapter(str)
_NUMBER = TypeAdapter(int)
_MAPPING = TypeAdapter(dict[str, str])
_OBJECT = TypeAdapter(dict[str, object])
_LIST = TypeAdapter(list[object])


def _leaf(urn: str, bearer: Bearer, outputs: object) -> Leaf | None:
    """What bears a store's data; None for one of the same type that is no store's, or a cache's."""
    try:
        name = _TEXT.validate_python(_at(outputs, bearer.name))
        named = bearer.member.fullmatch(name) if bearer.member else None
        # One that is named like a store's and lost its facts still holds data: better an error than a gap.
        if bearer.member and named is None:
            return None
        said = _MAPPING.validate_python(_at(outputs, bearer.facts) or {})
        facts = {
            fact: record.decoded(value) if bearer.encoded else value
            for key, value in said.items()
            if key.startswith(bearer.prefix) and (fact := key.removeprefix(bearer.prefix)) in _NAMES
        }
        told = _FACTS.validate_python(facts)
        if not keeps(told):
            return None
        kind = _at(outputs, bearer.storage_class) if bearer.storage_class else None
        ordinal = named.groupdict().get("ordinal") if named else None
        pinned = {setting: _at(outputs, path) for setting, path in bearer.pinned.items()}
        return Leaf(
            noun=bearer.noun,
            name=name,
            ordinal=int(ordinal or 0),
            gib=_size(_at(outputs, bearer.size)) if bearer.size else Decimal(0),
            storage_class=_TEXT.validate_python(kind) if kind is not None else None,
            facts=told,
            pinned={setting: _text(value) for setting, value in pinned.items()},
        )
    except ValueError as error:
        raise _illegible(urn, f"{bearer.facts[-1]} or size", error) from None


def _at(outputs: object, path: tuple[str, ...]) -> object:
    """What lies at `path`; None where the way ends."""
    found = outputs
    for key in path:
        if isinstance(found, list):
            items = _LIST.validate_python(found)
            found = items[int(key)] if int(key) < len(items) else None
        else:
            found = _OBJECT.validate_python(found).get(key) if isinstance(found, dict) else None
    return found


def _text(value: object) -> str:
    """As a setting is written; empty where the service chose."""
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, int | float) else ""


def _size(value: object) -> Decimal:
    """GiB, from a Kubernetes quantity of bytes or a number of GiB."""
    return gib(value) if isinstance(value, str) else Decimal(_NUMBER.validate_python(value))


def _record(urn: str, outputs: object) -> Facts | None:
    """The facts of a ledger record; None for any other ConfigMap."""
    try:
        text = _ConfigMap.model_validate(outputs).ledger
        if text is None:
            return None
        schema = _Schema.model_validate_json(text).schema_
        if schema != record.SCHEMA:
            raise LedgerError(
                f"{urn}: its schema is {schema}, this Ladder knows {record.SCHEMA}; use a newer Ladder; "
                "nothing was changed"
            )
        return _FACTS.validate_json(text)
    except ValueError as error:
        raise _illegible(urn, record.KEY, error) from None


def _illegible(urn: str, what: str, error: ValueError) -> LedgerError:
    """Say which facts are wrong, and their values: Ladder's own facts are never secret."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False)
        why = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg'].lower()}" for it in found)
    else:
        why = str(error)
    return LedgerError(
        f"{urn}: its {what} cannot be read ({why}); use a newer Ladder if one wrote it, else put back what "
        "`ladder render` shows for it and run pulumi refresh; nothing was changed"
    )
