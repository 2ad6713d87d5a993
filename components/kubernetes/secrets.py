"""Secrets of a store in the cluster."""

from collections.abc import Mapping
from hashlib import sha256

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.store import StoreArgs


def auth(parent: pulumi.Resource, store: StoreArgs, values: Mapping[str, pulumi.Input[str]]) -> k8s.core.v1.Secret:
    """Register `<name>-auth`: the passwords that the server's own scripts set at every start."""
    name = f"{store.name}-auth"
    return k8s.core.v1.Secret(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=store.placement.namespace, labels=labels.labels(store.kind, store.name)
        ),
        string_data=dict(values),
        opts=options.child(parent, protect=store.protected),
    )


def fingerprint(*parts: pulumi.Input[str]) -> pulumi.Output[str]:
    """A short digest of what pods were started with; as an annotation it rolls them when any part changes.

    The digest of a long random secret says nothing about it, so the result is not secret.
    """
    joined = pulumi.Output.all(*parts).apply(lambda texts: "\0".join(map(str, texts)))
    return pulumi.Output.unsecret(joined.apply(lambda text: sha256(text.encode()).hexdigest()[:16]))
