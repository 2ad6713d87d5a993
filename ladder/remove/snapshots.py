"""What a service keeps of a store that it no longer runs: the last snapshot, by the name that it will have."""

from collections.abc import Iterator

from components import managed, record
from components.catalog import Kind
from components.managed import Absent, Property
from components.store import StoreArgs
from ladder.engine import Snapshot, plain
from ladder.engine.properties import mapping

_LOOK = {
    "aws:rds/instance:Instance": "aws rds describe-db-snapshots --region {region} --db-snapshot-identifier {name}",
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "aws elasticache describe-snapshots --region {region} --snapshot-name {name}"
    ),
}
"""How somebody looks at it."""


def promise(store: StoreArgs) -> str:
    """Whether the service that keeps a store takes a last snapshot when it goes, and of what name."""
    answer = managed.answers(store.kind, store.backend)[Property.FINAL_SNAPSHOT]
    return f"no last snapshot: {answer.reason}" if isinstance(answer, Absent) else f"last snapshot: {answer.how}"


def taken(state: Snapshot, kinds: frozenset[Kind]) -> list[str]:
    """A line for each store of these kinds whose service takes one when what `state` holds is deleted."""
    return list(_taken(state, kinds))


def _taken(state: Snapshot, kinds: frozenset[Kind]) -> Iterator[str]:
    for it in state.resources:
        look, held = _LOOK.get(it.type), mapping(plain(it.outputs))
        tags, name = mapping(held.get("tags")), held.get("finalSnapshotIdentifier")
        # A copy for reading bears no facts: it holds nothing that the instance does not.
        if look and name and tags.get(f"{record.TAG}kind") in kinds:
            store, region = (tags.get(f"{record.TAG}{key}") for key in ("name", "region"))
            yield f"Its service keeps a last snapshot of {store}, and charges for it, until somebody"
            yield f"deletes it:  {look.format(region=region, name=name)}"
