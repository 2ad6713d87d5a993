"""The explicit providers of a stack; default ones are off, so that nothing reaches a place nobody named."""

from dataclasses import dataclass

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from components.catalog import Backend, Cloud, Keeper
from components.cluster import Cluster, ClusterKind
from components.gcp import labels
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a stack is built on.

    Attributes:
        options: Hand every provider to a component.
        cluster: Where its pods run.
    """

    options: pulumi.ResourceOptions
    cluster: Cluster


def make(settings: Settings) -> Ground:
    """Register every provider, and the cluster behind that of Kubernetes."""
    held: list[pulumi.ProviderResource] = [random.Provider("random"), tls.Provider("tls")]
    if settings.cluster.kind is not ClusterKind.EXISTING or _ordered(settings):
        held.append(gcp(settings) if settings.placement.cloud is Cloud.GCP else aws(settings))
    if any(store.backend is Backend.MONGODB_ATLAS for store in settings.stores.values()):
        held.append(atlas())
    cluster = Cluster("cluster", settings.cluster, pulumi.ResourceOptions(providers=held))
    return Ground(options=pulumi.ResourceOptions(providers=[cluster.provider, *held]), cluster=cluster)


def _ordered(settings: Settings) -> bool:
    """Whether a service keeps a store, in the stack's own cloud or behind a way in from there."""
    return any(store.keeper is Keeper.PROVIDER for store in settings.stores.values())


def aws(settings: Settings) -> pulumi.ProviderResource:
    """Register the provider of the one account and region that the stack names; what it makes is tagged."""
    # A cloud's SDK is loaded by who needs it alone.
    import pulumi_aws

    place = settings.placement
    return pulumi_aws.Provider(
        "aws",
        region=place.region,
        allowed_account_ids=[place.account] if place.account else None,
        default_tags=pulumi_aws.ProviderDefaultTagsArgs(tags=settings.tags),
    )


def gcp(settings: Settings) -> pulumi.ProviderResource:
    """Register the provider of the one project and region that the stack names; what it makes is labelled."""
    import pulumi_gcp

    place = settings.placement
    return pulumi_gcp.Provider(
        "gcp", project=place.account, region=place.region, default_labels=labels.of_stack(settings.tags)
    )


def atlas() -> pulumi.ProviderResource:
    """Register the provider of Atlas; its environment has the keys, which may do nothing outside of one project."""
    import pulumi_mongodbatlas

    return pulumi_mongodbatlas.Provider("mongodbatlas")
