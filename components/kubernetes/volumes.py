"""Volume claims of a store: registered by name, so that they grow in place and outlive the StatefulSet."""

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options, record
from components.store import StoreArgs

TEMPLATE = k8s.core.v1.PersistentVolumeClaimArgs(
    metadata=k8s.meta.v1.ObjectMetaArgs(name="data"),
    spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
        access_modes=["ReadWriteOnce"],
        resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": "1Gi"}),
    ),
)
"""The claim template of every StatefulSet. It only names the claims below; an edit would replace the set."""


def claims(parent: pulumi.Resource, store: StoreArgs) -> list[k8s.core.v1.PersistentVolumeClaim]:
    """Register one claim per member: the resources that bear a store's data."""
    return [_claim(parent, store, naming.claim(store.name, ordinal)) for ordinal in range(store.replicas)]


def _claim(parent: pulumi.Resource, store: StoreArgs, name: str) -> k8s.core.v1.PersistentVolumeClaim:
    return claim(
        name,
        k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=store.placement.namespace,
            labels=labels.labels(store.kind, store.name),
            annotations=record.annotations(store),
        ),
        storage_class=store.pods.storage_class,
        storage_gib=store.storage_gib,
        opts=options.child(
            parent,
            protect=store.protected,
            wait_minutes=store.wait_minutes,
            retain_on_delete=store.retained or None,
        ),
    )


def claim(
    name: str,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    *,
    storage_class: str,
    storage_gib: int,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.PersistentVolumeClaim:
    """Register one claim."""
    return k8s.core.v1.PersistentVolumeClaim(
        name,
        metadata=metadata,
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=storage_class,
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": f"{storage_gib}Gi"}),
        ),
        opts=opts,
    )
