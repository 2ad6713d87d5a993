"""What a plan says, apart from how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.catalog import Keeper
from components.store import StoreArgs
from infra.settings import Settings
from ladder.engine import Op
from ladder.errors import Exit
from ladder.plan import estimate_json
from ladder.plan.asks import Asks
from ladder.plan.estimate import Estimate
from ladder.plan.tree import Node


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that would not stay as it is.

    Attributes:
        op: What would happen to it.
        kind: Short type, for example `StatefulSet`.
        name: In the cluster, or the logical name of what is not in it.
        paths: Properties that bring it about.
        loses_data: Whether data would go with it.
    """

    op: Op
    kind: str
    name: str
    paths: Sequence[str] = ()
    loses_data: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component and what would happen below it.

    Attributes:
        name: Of the component.
        op: What would happen to the component itself.
        resources: How many belong to it, as wanted.
        changes: Those that would not stay as they are; components left out.
    """

    name: str
    op: Op
    resources: int
    changes: Sequence[Change] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would happen.

    Attributes:
        settings: What is wanted.
        compared_with: What the plan starts from, in words; absent when no state was read.
        parts: Components in the order in which they are made; what is deleted comes last.
        counts: Resources by operation.
        tree: Every resource that would exist, below its component.
        estimate: What it costs, and what a failure and leaving cost; absent where nothing was worked out.
        refusal: Why nothing of it would be done, as `pulumi up` would say it.
        failure: Why the program itself fails, as `pulumi up` would say it.
        warnings: What the program says beside.
    """

    settings: Settings
    compared_with: str | None
    parts: Sequence[Part] = ()
    counts: Mapping[Op, int]
    tree: Sequence[Node] = ()
    estimate: Estimate | None = None
    refusal: str | None = None
    failure: str | None = None
    warnings: Sequence[str] = ()

    @property
    def exit(self) -> Exit:
        """How the command ends."""
        if self.failure:
            return Exit.FAILED
        return Exit.REFUSED if self.refusal else Exit.OK

    @property
    def at_risk(self) -> list[Change]:
        """Everything with which data would go."""
        return [change for part in self.parts for change in part.changes if change.loses_data]

    @property
    def outside(self) -> list[str]:
        """Stores that somebody else runs: what they cost is not known here."""
        return [store.name for store in self.settings.stores.values() if store.keeper is Keeper.OTHERS]

    @property
    def asks(self) -> Asks:
        """Of all pods and volumes together."""
        return self.estimate.all_asks if self.estimate else Asks()

    def as_json(self) -> dict[str, object]:
        """The plan for programs; the keys never change their meaning."""
        place = self.settings.placement
        return {
            "schema": 1,
            "project": self.settings.project,
            "stack": self.settings.stack,
            "stage": place.stage,
            "cloud": place.cloud,
            "cluster": place.cluster,
            "namespace": place.namespace,
            "compared_with": self.compared_with,
            "verdict": self.exit.name.lower(),
            "refusal": self.refusal,
            "failure": self.failure,
            "warnings": list(self.warnings),
            "data_at_risk": [_change(change) for change in self.at_risk],
            "counts": {str(op): count for op, count in self.counts.items()},
            "asks": {
                "cpu": round(self.asks.cpu, 3),
                "memory_mib": round(self.asks.memory_mib),
                "storage_gib": round(self.asks.storage_gib, 2),
            },
            **self._costs(),
            "stores": {
                str(kind): {
                    "name": store.name,
                    "backend": store.backend,
                    "engine": store.engine,
                    "version": store.version,
                    "replicas": store.replicas,
                    "volumes": store.replicas if store.holds_data else 0,
                    "storage_gib": store.storage_gib,
                    "role": store.role,
                    "protected": store.protected and store.holds_data,
                    "tls": store.pods.tls,
                    "phase": store.phase,
                    "backups": _backups(store),
                    **self._estimated(store.name),
                }
                for kind, store in self.settings.stores.items()
            },
            "parts": [
                {
                    "name": part.name,
                    "op": part.op,
                    "resources": part.resources,
                    "changes": [_change(change) for change in part.changes],
                }
                for part in self.parts
            ],
        }

    def _costs(self) -> dict[str, object]:
        if self.estimate is None:
            return {"cost_per_month": None, "cost_change": None}
        return {
            "cost_per_month": estimate_json.bill(self.estimate.bill, more=bool(self.outside)),
            "cost_change": estimate_json.change(self.estimate.before, self.estimate.bill),
        }

    def _estimated(self, store: str) -> dict[str, object]:
        found = self.estimate.stores.get(store) if self.estimate else None
        return estimate_json.of_store(found) if found else {}


def _backups(store: StoreArgs) -> dict[str, object] | None:
    asked = store.backup
    return {"schedule": asked.schedule, "point_in_time_days": asked.point_in_time_days} if asked else None


def _change(change: Change) -> dict[str, object]:
    return {
        "op": change.op,
        "kind": change.kind,
        "name": change.name,
        "paths": list(change.paths),
        "loses_data": change.loses_data,
    }
