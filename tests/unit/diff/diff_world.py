"""What the tests of `ladder diff` have in common."""

import json
from typing import Any

from ladder.diff.changes import Change
from ladder.engine import Op, Run, Snapshot
from ladder.plan import registered

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
RDS = "aws:rds/instance:Instance"


def urn(type_: str, name: str = "data-postgres-0") -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def change(type_: str, op: Op = Op.UPDATE, *, name: str = "data-postgres-0", **more: Any) -> Change:
    """One resource of the store `postgres` that would change."""
    return Change(**{"op": op, "urn": urn(type_, name), "type": type_, "part": "postgres", "name": name, **more})


def claim(gib: int, **annotations: str) -> Any:
    return {
        "metadata": {
            "name": "data-postgres-0",
            "annotations": {f"ladder/{key}": it for key, it in annotations.items()},
        },
        "spec": {"resources": {"requests": {"storage": f"{gib}Gi"}}},
    }


def as_the_cli_prints(done: Run, before: Snapshot, *, errors: tuple[str, ...] = ()) -> str:
    """What `pulumi preview --json` would print of a run of the offline engine, secrets masked as it masks them."""
    rows: Any = before.masked().dump()["resources"]
    held = {row["urn"]: row for row in rows}
    wanted = {it.urn: it for it in done.registrations}
    steps = []
    for step in done.steps:
        new = wanted.get(step.urn)
        state = {"urn": step.urn, "type": registered.type_of(step.urn), "custom": True}
        steps.append(
            {
                "op": str(step.op),
                "urn": step.urn,
                **({"oldState": held[step.urn]} if step.urn in held else {}),
                **(
                    {
                        "newState": {
                            **state,
                            "parent": new.parent,
                            "protect": bool(new.protect),
                            "inputs": json.loads(json.dumps(new.inputs, default=lambda _: "[secret]")),
                        }
                    }
                    if new
                    else {}
                ),
                "detailedDiff": {path: {"kind": "update", "inputDiff": False} for path in step.paths} or None,
            }
        )
    counts: dict[str, int] = {}
    for step in done.steps:
        counts[str(step.op)] = counts.get(str(step.op), 0) + 1
    told = [{"urn": urn("pulumi:pulumi:Stack"), "message": it, "severity": "error"} for it in errors]
    return json.dumps({"config": {}, "steps": steps, "diagnostics": told, "duration": 1, "changeSummary": counts})
