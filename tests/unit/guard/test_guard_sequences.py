"""Random lives of a stack: whatever the guard lets through must not cost a claim that holds data."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from components.catalog import Backend, Cloud, Engine, Kind, Role
from components.store import Phase, StoreArgs
from infra import guard, ledger
from tests.unit.guard.world import claims, store, wants, written

VERSIONS = {Engine.MONGODB: ["7.0", "8.0"], Engine.POSTGRES: ["16", "17"], Engine.VALKEY: ["8.0", "8.1"]}
VERSIONS |= {Engine.REDIS: ["7.4", "8.0"], Engine.MYSQL: ["8.4", "9.7"]}


@dataclass(frozen=True, kw_only=True)
class Volume:
    """What a real volume is, kept apart from what the state says: its place, size, and whether it may go."""

    owner: str
    place: tuple[str, ...]
    gib: int
    marked: bool


def volumes(it: StoreArgs) -> dict[str, Volume]:
    """The volumes that a run with this store ends with, by URN."""
    place = (it.placement.cloud, it.placement.cluster, it.placement.namespace, it.pods.storage_class)
    volume = Volume(owner=it.name, place=place, gib=it.storage_gib, marked=it.phase is Phase.REMOVE)
    return dict.fromkeys(claims(it), volume)


@st.composite
def mutations(draw, kind: Kind) -> dict[str, object]:
    """A few changed settings of a store; at most two."""
    engine = draw(st.sampled_from(guard.catalog.engines(kind)))
    fields = {
        "name": st.sampled_from([str(kind), f"my-{kind}"]),
        "backend": st.sampled_from([Backend.IN_CLUSTER, Backend.EXTERNAL]),
        "phase": st.sampled_from([None, Phase.REMOVE]),
        "replicas": st.integers(1, 3 if kind is Kind.MONGODB else 1),
        "storage_gib": st.integers(49, 51),
        "storage_class": st.sampled_from(["fast", "slow"]),
        "namespace": st.sampled_from(["ladder-prod", "other"]),
        "cluster": st.sampled_from(["home", "work"]),
        "cloud": st.sampled_from([Cloud.LOCAL, Cloud.AWS]),
    }
    if kind is Kind.REDIS:
        fields["role"] = st.sampled_from(Role)
    names = draw(st.lists(st.sampled_from([*sorted(fields), "server"]), max_size=2, unique=True))
    changed: dict[str, object] = {}
    for name in names:
        if name == "server":
            changed |= {"engine": engine, "version": draw(st.sampled_from(VERSIONS[engine]))}
        else:
            changed[name] = draw(fields[name])
    return changed


class Stack(RuleBasedStateMachine):
    """The engine as far as claims and records go: updates in order, then deletions in reverse, stopped anywhere."""

    def __init__(self):
        super().__init__()
        self.state, self.real, self.choices = {}, {}, {}
        self.completed = {}

    @initialize()
    def empty(self):
        assert not ledger.parse(self.state).stores

    @rule(data=st.data(), kind=st.sampled_from(Kind), finishes=st.booleans())
    def change_a_setting(self, data, kind, finishes):
        self.up(self.choices | {kind: self.choices.get(kind, {}) | data.draw(mutations(kind))}, data, finishes)

    @rule(data=st.data(), kind=st.sampled_from(Kind), finishes=st.booleans())
    def take_a_store_out(self, data, kind, finishes):
        self.up({it: chosen for it, chosen in self.choices.items() if it is not kind}, data, finishes)

    @rule(data=st.data(), kind=st.sampled_from(Kind))
    def remove_a_store(self, data, kind):
        if kind in self.choices:
            self.up(self.choices | {kind: self.choices[kind] | {"phase": Phase.REMOVE}}, data, finishes=True)

    def up(self, choices, data, finishes):
        wanted = wants(*(store(kind, **chosen) for kind, chosen in choices.items()))
        if guard.check(ledger.parse(self.state), wanted):
            return
        self.choices = choices
        end = {urn: volume for it in wanted.stores.values() for urn, volume in volumes(it).items()}
        self.nothing_is_lost(end)
        steps = list(self.steps(wanted, end))
        done = len(steps) if finishes else data.draw(st.integers(0, len(steps)))
        for step in steps[:done]:
            step()
        # Whatever stopped it, running the same again must be let through: nobody may be stuck half way.
        assert not guard.check(ledger.parse(self.state), wanted)

    def nothing_is_lost(self, end):
        for urn, volume in self.real.items():
            if urn not in end:
                assert volume.marked, f"{urn} is deleted without having been marked"
                assert self.completed.get(volume.owner, Phase.REMOVE) is Phase.REMOVE, f"{urn} is deleted half way"
            else:
                assert end[urn].place == volume.place, f"{urn} is replaced"
                assert end[urn].gib >= volume.gib, f"{urn} shrinks"

    def steps(self, wanted, end) -> Iterator:
        kept = set(end)
        for it in wanted.stores.values():
            for urn, row in claims(it).items():
                yield partial(self.make, urn, row, end[urn])
            for urn, row in written(it).items():
                kept.add(urn)
                yield partial(self.record, urn, row, it)
        # A record depends on its store's claims, so it goes before them.
        for urn in sorted(set(self.state) - kept, key=lambda urn: "ConfigMap" not in urn):
            yield partial(self.delete, urn)

    def make(self, urn, row, volume):
        self.state[urn], self.real[urn] = row, volume

    def record(self, urn, row, it):
        self.state[urn], self.completed[it.name] = row, it.phase

    def delete(self, urn):
        del self.state[urn]
        self.real.pop(urn, None)
        if "ConfigMap" in urn:
            self.completed.pop(urn.rsplit("::ladder-", 1)[-1])


TestStack = Stack.TestCase
TestStack.settings = settings(
    max_examples=150, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
