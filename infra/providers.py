"""The explicit providers of a stack; default ones are off, so that nothing reaches a place nobody named."""

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from components.cluster import Cluster
from infra.settings import Settings


def make(settings: Settings) -> pulumi.ResourceOptions:
    """Options that hand every provider to a component."""
    cluster = Cluster("cluster", settings.cluster)
    return pulumi.ResourceOptions(
        providers=[cluster.provider, random.Provider("random"), tls.Provider("tls")],
    )
