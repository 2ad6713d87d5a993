"""What a run is made of: what the program asked for, what the engine would do, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ladder.engine.properties import Properties
from ladder.engine.snapshot import PROVIDER_PREFIX, Snapshot


class UnsupportedError(Exception):
    """The program asked for something of which the offline engine cannot tell what the real one would do."""


class Op(StrEnum):
    """A step's operation, named as the engine names it."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    DELETE = "delete"
    READ = "read"
    DISCARD = "discard"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"


class Severity(StrEnum):
    """How grave a message is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Log:
    """One message of the program."""

    severity: Severity
    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the program registered it, what it inherits from its parent included."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: Properties
    protect: bool | None = None
    retain_on_delete: bool | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    custom_timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    additional_secret_outputs: tuple[str, ...] = ()
    deleted_with: str = ""
    version: str = ""
    external_id: str = ""

    @property
    def is_provider(self) -> bool:
        """Whether it is a provider."""
        return self.type.startswith(PROVIDER_PREFIX)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation.

    `paths`: the properties that changed (of an update or a replacement); `replaced_by`: those of them that force
    the replacement; `retained`: it leaves the state but is not deleted.
    """

    op: Op
    urn: str
    paths: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    retained: bool = False
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a resource fails in a run; `created`: it exists now, but did not become ready in time."""

    message: str
    created: bool = False


Failures = Callable[[str], Failure | None]
Invokes = Mapping[str, Callable[[Properties], Properties]]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the SDK lets pass without a word, by URN.

    `top_level`: directly below the stack (the SDK gives it everything that names no parent; providers are left
    out); `without_outputs`: components that never called `register_outputs`; `after_outputs`: children made
    after their component had called it.
    """

    top_level: tuple[str, ...]
    without_outputs: tuple[str, ...]
    after_outputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run asked for, did and left; `traceback` belongs to an `error` that the program raised itself."""

    registrations: tuple[Registration, ...]
    registered_outputs: Mapping[str, Properties]
    steps: tuple[Step, ...]
    after: Snapshot
    error: str | None
    outputs: Properties
    logs: tuple[Log, ...]
    findings: Findings
    traceback: str = ""

    @property
    def ops(self) -> tuple[tuple[Op, str], ...]:
        """Every step as operation and URN, in order."""
        return tuple((step.op, step.urn) for step in self.steps)

    @property
    def changes(self) -> tuple[tuple[Op, str], ...]:
        """The operations without `same` and `read`, a replacement told once."""
        quiet = {Op.SAME, Op.READ, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}
        return tuple(pair for pair in self.ops if pair[0] not in quiet)

    def registration(self, urn_or_name: str) -> Registration:
        """Return the registration with this URN, or the only one with this logical name."""
        found = [it for it in self.registrations if urn_or_name in {it.urn, it.name}]
        if len(found) != 1:
            raise KeyError(f"{urn_or_name}: {len(found)} registrations, exactly one was expected")
        return found[0]
