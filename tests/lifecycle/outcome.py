"""What came of a step, in the one form in which the real engine, a recording and the offline engine can be compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lifecycle.model import Step

from components import record
from ladder.engine import Op, Resource, Snapshot, plain

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
State: TypeAlias = dict[str, Json]

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation; `urn` without stack and project, `paths` are what an update changes."""

    op: str
    urn: str
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As a step of a scenario names it."""
        types, name = self.urn.split("::")
        return f"{self.op} {types.rsplit(':', 1)[-1]} {name}"

    @property
    def row(self) -> list[Json]:
        """As a recording holds it."""
        return [self.op, self.urn, *([list(self.paths)] if self.paths else [])]


@dataclass(frozen=True, kw_only=True)
class Error:
    """How a step failed.

    Attributes:
        program: What the program raised.
        protected: Protected resources that would have been deleted.
        failed: What each resource said that did not become ready.
    """

    program: str = ""
    protected: tuple[str, ...] = ()
    failed: Mapping[str, str]

    @property
    def row(self) -> Json:
        """As a recording holds it: only what there is."""
        found: dict[str, Json] = {}
        if self.program:
            found["program"] = self.program
        if self.protected:
            found["protected"] = list(self.protected)
        if self.failed:
            found["failed"] = dict(self.failed)
        return found or None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a step did, left and said."""

    operations: tuple[Operation, ...]
    state: Snapshot
    error: Error

    @property
    def ops(self) -> list[list[Json]]:
        """The operations in an order of their own: the engine works on several at once."""
        return [it.row for it in sorted(self.operations, key=lambda it: (it.urn, it.op))]


def short(urn: str) -> str:
    """A URN without stack and project; the stack's own name is in that of its root."""
    types, name = urn.split("::")[2:]
    return f"{types}::stack" if types == STACK else f"{types}::{name}"


def is_ours(urn: str) -> bool:
    """Whether an operation tells anything: the root comes first and goes last, the engine's own provider at will."""
    return STACK not in urn and "pulumi:providers:pulumi::default" not in urn


def summary(state: Snapshot) -> State:
    """What of a state anybody fears for: what exists, what of it is protected, and the facts that the guard reads."""
    ours = (it for it in state.resources if "pulumi:providers:pulumi::default" not in it.urn)
    # The engine writes them as they got ready, which differs from run to run.
    held = sorted(ours, key=lambda it: short(it.urn))
    rows: dict[str, Json] = {
        "protected": _urns(it for it in held if it.protect),
        "free": _urns(it for it in held if not it.protect),
        "unready": _urns(it for it in held if it.init_errors),
        "leaving": _urns(it for it in held if it.delete or it.pending_replacement or it.retain_on_delete),
        "facts": {short(it.urn): facts for it in held if (facts := _facts(it))},
    }
    return {key: value for key, value in rows.items() if value}


def _urns(found: Iterable[Resource]) -> list[Json]:
    return [short(it.urn) for it in found]


def _facts(resource: Resource) -> dict[str, Json]:
    outputs: Any = plain(resource.outputs)
    if resource.type == STACK:
        return outputs
    if resource.type == CLAIM:
        spec, annotations = outputs["spec"], outputs["metadata"]["annotations"]
        ours = {key: value for key, value in annotations.items() if key.startswith(record.ANNOTATION)}
        return {"storage": spec["resources"]["requests"]["storage"], "class": spec["storageClassName"], **ours}
    if resource.type == CONFIG_MAP and record.KEY in outputs["data"]:
        return json.loads(outputs["data"][record.KEY])
    return {}


def unmet(step: Step, outcome: Outcome) -> list[str]:
    """What of a step's promise was not kept; empty when all of it was."""
    found: list[str] = []
    text = json.dumps(outcome.error.row, ensure_ascii=False)
    # Long lines of an error are broken where they end.
    if step.error is None and outcome.error.row is not None:
        found.append(f"it failed: {text}")
    elif step.error is not None and step.error not in " ".join(text.replace("\\n", " ").split()):
        found.append(f"its error should say {step.error!r}: {text}")
    if step.changes is not None:
        done = [str(it) for it in outcome.operations]
        found += [f"not promised: {it}" for it in sorted(set(done) - set(step.changes))]
        found += [f"not done: {it}" for it in sorted(set(step.changes) - set(done))]
    return found


def _needs(resource: Resource) -> set[str]:
    by_property = (urn for urns in resource.property_dependencies.values() for urn in urns)
    return {*resource.dependencies, *by_property, resource.parent} - {""}


def out_of_order(operations: Sequence[Operation], before: Snapshot) -> list[str]:
    """Deletions that came before those of what depends on the deleted."""
    gone = [it.urn for it in operations if it.op == Op.DELETE]
    needs = {short(it.urn): {short(urn) for urn in _needs(it)} for it in before.resources}
    return [
        f"{urn} went before {later}, which needs it"
        for position, urn in enumerate(gone)
        for later in gone[position + 1 :]
        if urn in needs.get(later, ())
    ]
