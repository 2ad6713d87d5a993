"""What a stack costs, what a failure of each store costs, and what it takes to leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.catalog import Cloud
from components.managed import Absent, Property
from components.store import StoreArgs
from infra.settings import Settings
from ladder import prices
from ladder.plan import absent, asks, described, kept, leaving, recovery, registered
from ladder.plan.asks import Asks
from ladder.plan.leaving import Leaving
from ladder.plan.recovery import Recovery
from ladder.prices import Bill, Resource, Site
from ladder.prices.meters import Pods, uses


@dataclass(frozen=True, kw_only=True)
class StoreEstimate:
    """Of one store.

    Attributes:
        store: As it is wanted.
        bill: Of what is made for it alone.
        asks: Of its pods and volumes.
        recovery: What a failure costs.
        leaving: What it takes to leave.
        kept: What keeps its data.
        lacks: What its service cannot have, and why.
        words: What it is, for example `RDS db.t4g.small, standby in another zone`.
    """

    store: StoreArgs
    bill: Bill
    asks: Asks
    recovery: Recovery
    leaving: Leaving
    kept: Sequence[str]
    lacks: Mapping[Property, Absent]
    words: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Of a stack.

    Attributes:
        site: Where prices are of.
        bill: Of everything.
        asks: Of all pods and volumes, by component.
        stores: By name.
        resources: What would exist.
        before: The bill of what exists; absent where no state was read.
    """

    site: Site
    bill: Bill = field(default_factory=Bill)
    before: Bill | None = None
    asks: Mapping[str, Asks] = field(default_factory=dict[str, Asks])
    stores: Mapping[str, StoreEstimate] = field(default_factory=dict[str, StoreEstimate])
    resources: Sequence[Resource] = ()

    @property
    def all_asks(self) -> Asks:
        """Of all pods and volumes together."""
        return sum(self.asks.values(), Asks())


def make(wanted: Settings, held: Sequence[Resource], before: Sequence[Resource] | None = None) -> Estimate:
    """Work it out from what would exist, and from what exists where that is known."""
    asked = asks.by_part(held)
    bill = _bill(wanted, held, asked)
    return Estimate(
        site=_site(wanted),
        bill=bill,
        before=None if before is None else _bill(wanted, before, asks.by_part(before)),
        asks=asked,
        stores={it.name: _store(it, bill, asked, held) for it in wanted.stores.values()},
        resources=held,
    )


def _site(wanted: Settings) -> Site:
    return Site(cloud=wanted.placement.cloud, region=wanted.placement.region)


def _bill(wanted: Settings, held: Sequence[Resource], asked: Mapping[str, Asks]) -> Bill:
    pods = {part: Pods(cpu=it.cpu, memory_gib=it.memory_mib / 1024) for part, it in asked.items() if it.cpu}
    used = uses(held, pods, free_volumes=wanted.placement.cloud is Cloud.LOCAL)
    return prices.make(used, _site(wanted), prices.read())


def _store(store: StoreArgs, bill: Bill, asked: Mapping[str, Asks], held: Sequence[Resource]) -> StoreEstimate:
    own = registered.of(store.name, held)
    return StoreEstimate(
        store=store,
        bill=bill.of(store.name),
        asks=asked.get(store.name, Asks()),
        recovery=recovery.of(store, own, held),
        leaving=leaving.of(store),
        kept=kept.words(store, own),
        lacks=absent.of(store),
        words=described.words(store, own),
    )
