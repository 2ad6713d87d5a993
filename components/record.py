"""The ledger record: what a store's last finished `up` completed, kept in a ConfigMap beside it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components import catalog, naming, options
from components import labels as kubernetes_labels
from components.catalog import Keeper
from components.store import StoreArgs

SCHEMA = 1
KEY = "ledger.json"
ANNOTATION = "ladder/"
"""Prefix of the annotations by which a data-bearing resource carries the same facts."""
TAG = "ladder-"
"""Prefix of the tags by which one does in a cloud."""


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """How a type of resource that bears data tells, by its outputs, whose data it is and how much of it there may be.

    Attributes:
        noun: What people call it.
        name: Path of its name; in a path a number is the place in a list.
        facts: Path of the mapping that carries the facts of its store.
        prefix: Of their keys in it.
        size: Path of its size: a Kubernetes quantity of bytes, or a number of GiB. Absent where memory is all it has.
        storage_class: Path of what makes its disk, where that must not change.
        pinned: Paths of what must not change, some of it never, some while the service scales; by setting below the
            store's own key.
        encoded: Whether the facts are labels, which take few characters: see `encoded`.
        member: Tells the member's number from the name. What is named otherwise is no store's; absent where a
            resource of this type is always a store's, and its only one.
    """

    noun: str
    name: tuple[str, ...]
    facts: tuple[str, ...]
    prefix: str
    size: tuple[str, ...] | None
    storage_class: tuple[str, ...] | None = None
    pinned: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    encoded: bool = False
    member: re.Pattern[str] | None = None


_ATLAS_NODES = ("replicationSpecs", "0", "regionConfigs", "0", "electableSpecs")
_INSTANCE = re.compile(r"(?!.*-reader-\d+$).+")
"""Copies for reading hold nothing that the instance does not."""

BEARERS: dict[str, Bearer] = {
    "kubernetes:core/v1:PersistentVolumeClaim": Bearer(
        noun="volume",
        name=("metadata", "name"),
        facts=("metadata", "annotations"),
        prefix=ANNOTATION,
        size=("spec", "resources", "requests", "storage"),
        storage_class=("spec", "storageClassName"),
        member=re.compile(r"data-.+-(?P<ordinal>\d+)"),
    ),
    "aws:rds/instance:Instance": Bearer(
        noun="instance",
        name=("identifier",),
        facts=("tags",),
        prefix=TAG,
        size=("allocatedStorage",),
        pinned={"aws.identifier": ("identifier",), "aws.kms_key": ("kmsKeyId",)},
        member=_INSTANCE,
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Bearer(
        noun="instance",
        name=("replicationGroupId",),
        facts=("tags",),
        prefix=TAG,
        size=None,
        pinned={"aws.identifier": ("replicationGroupId",), "aws.kms_key": ("kmsKeyId",)},
    ),
    "mongodbatlas:index/advancedCluster:AdvancedCluster": Bearer(
        noun="cluster",
        name=("name",),
        facts=("tags",),
        prefix=TAG,
        size=(*_ATLAS_NODES, "diskSizeGb"),
        pinned={
            "atlas.project": ("projectId",),
            "atlas.identifier": ("name",),
            "atlas.instance_size": (*_ATLAS_NODES, "instanceSize"),
            "storage_gib": (*_ATLAS_NODES, "diskSizeGb"),
        },
    ),
    "gcp:sql/databaseInstance:DatabaseInstance": Bearer(
        noun="instance",
        name=("name",),
        facts=("settings", "userLabels"),
        prefix=TAG,
        size=("settings", "diskSize"),
        pinned={"gcp.identifier": ("name",), "gcp.kms_key": ("encryptionKeyName",)},
        encoded=True,
        member=_INSTANCE,
    ),
    "gcp:redis/instance:Instance": Bearer(
        noun="instance",
        name=("name",),
        facts=("labels",),
        prefix=TAG,
        size=None,
        pinned={"gcp.identifier": ("name",), "gcp.kms_key": ("customerManagedKey",)},
        encoded=True,
    ),
}
"""Every type of resource whose deletion deletes data, by its token."""


def facts(store: StoreArgs) -> dict[str, str | int | None]:
    """What the guard compares: where and how a store keeps its data, and how far a change of it has come."""
    place = store.placement
    ours = store.keeper is not Keeper.OTHERS
    return {
        "kind": store.kind,
        "name": store.name,
        "backend": store.backend,
        "stage": place.stage,
        "cloud": place.cloud,
        "cluster": place.cluster,
        "region": place.region,
        "account": place.account,
        "namespace": place.namespace,
        "engine": store.engine if ours else None,
        "role": store.role if ours else None,
        "version": store.version if ours else None,
        "replicas": store.replicas if ours else None,
        "storage_gib": store.storage_gib if store.holds_data and catalog.has_disk(store.backend) else None,
        "phase": store.phase,
    }


def recorded(store: StoreArgs) -> dict[str, object]:
    """What the record says: the facts, and those of where the data goes."""
    return {**facts(store), **({"to": facts(store.climb.to)} if store.climb else {})}


def annotations(store: StoreArgs) -> dict[str, str]:
    """The same facts as annotations of what bears the data; an absent one is left out."""
    return {ANNOTATION + key: str(value) for key, value in facts(store).items() if value is not None}


def tags(store: StoreArgs) -> dict[str, str]:
    """The same facts as tags of what bears the data in a cloud."""
    return {TAG + key: str(value) for key, value in facts(store).items() if value is not None}


def labels(store: StoreArgs) -> dict[str, str]:
    """The same facts as labels of what bears the data on Google Cloud."""
    return {key: encoded(value) for key, value in tags(store).items()}


def encoded(value: str) -> str:
    """A value as a label takes it: what is no small letter, digit or dash as `_` and the number of its byte."""
    return re.sub(r"[^-a-z0-9]", lambda found: "".join(f"_{byte:02x}" for byte in found[0].encode()), value)


def decoded(label: str) -> str:
    """The value that a label stands for.

    Raises:
        ValueError: When it stands for none.
    """
    return re.sub(r"(_[0-9a-f]{2})+", lambda found: bytes.fromhex(found[0].replace("_", "")).decode(), label)


def write(parent: pulumi.Resource, store: StoreArgs, after: Sequence[pulumi.Resource]) -> k8s.core.v1.ConfigMap:
    """Register the record as the last child of a facade: it exists only if all of `after` was completed."""
    return k8s.core.v1.ConfigMap(
        naming.record(store.name),
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=naming.record(store.name),
            namespace=store.placement.namespace,
            labels=kubernetes_labels.labels(store.kind, store.name),
        ),
        data={KEY: json.dumps({"schema": SCHEMA, **recorded(store)}, indent=1)},
        opts=options.child(parent, protect=store.protected or store.serving.protected, depends_on=after),
    )
