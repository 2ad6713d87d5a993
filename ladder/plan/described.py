"""A store in a few words: what runs it, how large, and what stands by."""

from collections.abc import Sequence

from components.catalog import Role
from components.store import StoreArgs
from ladder.prices import Resource
from ladder.prices.inputs import at, flag, number, text

_NOUNS = {
    "aws_rds": "RDS",
    "aws_elasticache": "ElastiCache",
    "gcp_cloud_sql": "Cloud SQL",
    "gcp_memorystore": "Memorystore",
    "mongodb_atlas": "Atlas",
}


def words(store: StoreArgs, own: Sequence[Resource]) -> str:
    """For example `RDS db.t4g.small, standby in another zone`."""
    match str(store.backend):
        case "external":
            return "run by somebody else"
        case "in_cluster":
            members = "1 member" if store.replicas == 1 else f"{store.replicas} members"
            return f"in the cluster, {'a cache' if store.role is Role.CACHE else members}"
        case backend:
            size = " ".join(filter(None, (_NOUNS.get(backend, backend), *_size(own))))
            return f"{size}{_standby(own)}"


def _size(own: Sequence[Resource]) -> list[str]:
    paths = {
        "aws:rds/instance": ("instanceClass",),
        "aws:elasticache/replicationGroup": ("nodeType",),
        "gcp:sql/databaseInstance": ("settings", "tier"),
        "mongodbatlas:index/advancedCluster": (
            "replicationSpecs",
            "regionConfigs",
            "electableSpecs",
            "instanceSize",
        ),
    }
    found = [text(it.inputs, *paths[it.type]) for it in own if it.type in paths][:1]
    gib = [f"{number(it.inputs, 'memorySizeGb'):g} GiB" for it in own if it.type == "gcp:redis/instance"]
    return found or gib


def _standby(own: Sequence[Resource]) -> str:
    for it in own:
        if (
            flag(it.inputs, "multiAz")
            or flag(it.inputs, "multiAzEnabled")
            or at(it.inputs, "settings", "availabilityType") == "REGIONAL"
            or at(it.inputs, "tier") == "STANDARD_HA"
        ):
            return ", standby in another zone"
        if it.type == "mongodbatlas:index/advancedCluster":
            nodes = number(it.inputs, "replicationSpecs", "regionConfigs", "electableSpecs", "nodeCount")
            return f", {nodes:g} members"
    return ""
