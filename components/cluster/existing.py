"""A cluster that somebody else made, reached through a named kubeconfig context."""

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import provider as kubernetes
from components.cluster.args import ClusterArgs


def provider(parent: pulumi.Resource, name: str, args: ClusterArgs) -> k8s.Provider:
    """Register the provider of exactly this context."""
    return kubernetes.register(parent, name, args, args.kubeconfig)
