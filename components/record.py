"""The ledger record: what a store's last finished `up` completed, kept in a ConfigMap beside it."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options
from components.catalog import Backend
from components.store import StoreArgs

SCHEMA = 1
KEY = "ledger.json"
ANNOTATION = "ladder/"
"""Prefix of the annotations by which a data-bearing resource carries the same facts."""


def facts(store: StoreArgs) -> dict[str, str | int | None]:
    """What the guard compares: where and how a store keeps its data, and how far a change of it has come."""
    place = store.placement
    ours = store.backend is not Backend.EXTERNAL
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
        "storage_gib": store.storage_gib if store.holds_data else None,
        "phase": store.phase,
    }


def annotations(store: StoreArgs) -> dict[str, str]:
    """The same facts as annotations of what bears the data; an absent one is left out."""
    return {ANNOTATION + key: str(value) for key, value in facts(store).items() if value is not None}


def write(parent: pulumi.Resource, store: StoreArgs, after: Sequence[pulumi.Resource]) -> None:
    """Register the record as the last child of a facade: it exists only if all of `after` was completed."""
    k8s.core.v1.ConfigMap(
        naming.record(store.name),
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=naming.record(store.name),
            namespace=store.placement.namespace,
            labels=labels.labels(store.kind, store.name),
        ),
        data={KEY: json.dumps({"schema": SCHEMA, **facts(store)}, indent=1)},
        opts=options.child(parent, protect=store.protected, depends_on=after),
    )
