"""What the last `pulumi up`, finished or not, left in the state: the data that is held, and what was completed.

Only claims and ledger records are looked at. A component's outputs and the stack's outputs are stored by a failed
run too, so they prove nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pulumi
from kubernetes.utils.quantity import (
    parse_quantity,  # pyright: ignore[reportUnknownVariableType] (the library's argument is untyped)
)
from pulumi import runtime
from pydantic import AliasPath, BaseModel, Field, TypeAdapter, ValidationError

from components import record
from components.catalog import Backend, Cloud, Engine, Kind, Role, Stage
from components.store import Phase
from infra.settings import Settings

_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_CLAIM_NAME = re.compile(r"data-.+-(?P<ordinal>\d+)")
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

    def __post_init__(self) -> None:
        """Refuse facts that the guard would have nothing to compare with.

        Raises:
            ValueError: When a store that keeps data does not say by what it was written.
        """
        if keeps(self) and (self.engine is None or self.version is None):
            raise ValueError("engine and version are required where data is kept")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A volume claim: proof that data may exist, from its creation on.

    Attributes:
        name: Of the claim.
        ordinal: Of the member that it belongs to.
        gib: Requested size, GiB.
        storage_class: As the API server holds it.
        facts: Of the last run that reached it.
    """

    name: str
    ordinal: int
    gib: Decimal
    storage_class: str | None
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One store in the state.

    Attributes:
        kind: Of the store.
        name: Of the store.
        claims: By ordinal.
        record: What its last finished run completed; absent when none ever finished, or its deletion began.
    """

    kind: Kind
    name: str
    claims: tuple[Claim, ...] = ()
    record: Facts | None = None

    @property
    def bearers(self) -> tuple[Facts, ...]:
        """The facts that its data goes by: the claims' where there are any, else the record's."""
        if self.claims:
            return tuple(claim.facts for claim in self.claims)
        return (self.record,) if self.record else ()

    @property
    def holds_data(self) -> bool:
        """Whether its data exists here and nowhere else; without claims the record's word is enough."""
        return bool(self.claims) or (self.record is not None and keeps(self.record))

    @property
    def removed(self) -> bool:
        """Whether phase `remove` was completed, and not taken back by a later run that did not finish.

        The deletion takes the record first: claims that are all marked, without a record, are what is left of an
        interrupted removal, which must be able to go on.
        """
        marked = all(claim.facts.phase is Phase.REMOVE for claim in self.claims)
        return marked and (self.record is None or self.record.phase is Phase.REMOVE)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Every store that the state of a stack knows; empty for a new stack."""

    stores: tuple[Kept, ...] = ()


def keeps(facts: Facts) -> bool:
    """Whether a store of these facts keeps its only data in volumes of this stack."""
    return facts.backend is not Backend.EXTERNAL and facts.role is not Role.CACHE


def gib(quantity: str) -> Decimal:
    """A Kubernetes quantity of bytes in GiB.

    Raises:
        ValueError: When it is none.
    """
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
    claims: dict[tuple[Kind, str], list[Claim]] = {}
    records: dict[tuple[Kind, str], Facts] = {}
    for urn, resource in resources.items():
        token = _token(urn)
        if token == _CLAIM and (claim := _claim(urn, resource.get("outputs"))):
            claims.setdefault((claim.facts.kind, claim.facts.name), []).append(claim)
        elif token == _CONFIG_MAP and (facts := _record(urn, resource.get("outputs"))):
            records[facts.kind, facts.name] = facts
    return Ledger(
        stores=tuple(
            Kept(
                kind=kind,
                name=name,
                claims=tuple(sorted(claims.get((kind, name), ()), key=lambda claim: claim.ordinal)),
                record=records.get((kind, name)),
            )
            for kind, name in sorted({*claims, *records})
        )
    )


def _token(urn: str) -> str:
    """The type in a URN `urn:pulumi:<stack>::<project>::<types of its parents>$<type>::<name>`."""
    parts = urn.split("::", 3)
    return parts[2].rsplit("$", 1)[-1] if len(parts) == 4 else ""


class _Claim(BaseModel):
    name: str = Field(validation_alias=AliasPath("metadata", "name"))
    annotations: dict[str, str] = Field({}, validation_alias=AliasPath("metadata", "annotations"))
    storage: str = Field(validation_alias=AliasPath("spec", "resources", "requests", "storage"))
    storage_class: str | None = Field(None, validation_alias=AliasPath("spec", "storageClassName"))


class _ConfigMap(BaseModel):
    ledger: str | None = Field(None, validation_alias=AliasPath("data", record.KEY))


class _Schema(BaseModel):
    schema_: int = Field(validation_alias="schema")


class _Answer(BaseModel):
    outputs: dict[str, dict[str, object]]


_FACTS = TypeAdapter(Facts)


def _claim(urn: str, outputs: object) -> Claim | None:
    """A claim of a store; None for one that the application brought."""
    try:
        found = _Claim.model_validate(outputs)
        facts = {
            key.removeprefix(record.ANNOTATION): value
            for key, value in found.annotations.items()
            if key.startswith(record.ANNOTATION)
        }
        named = _CLAIM_NAME.fullmatch(found.name)
        # A claim that is named like a store's and lost its annotations still holds data: better an error than a gap.
        if named is None:
            return None
        return Claim(
            name=found.name,
            ordinal=int(named["ordinal"]),
            gib=gib(found.storage),
            storage_class=found.storage_class,
            facts=_FACTS.validate_python(facts),
        )
    except ValueError as error:
        raise _illegible(urn, "annotations or size", error) from None


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
