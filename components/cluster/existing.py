"""A cluster that somebody else made, reached through a named kubeconfig context."""

import pulumi
import pulumi_kubernetes as k8s

from components import options
from components.cluster.args import ClusterArgs


def provider(parent: pulumi.Resource, name: str, args: ClusterArgs) -> k8s.Provider:
    """Register the provider of exactly this context."""
    return k8s.Provider(
        name,
        context=args.context,
        kubeconfig=args.kubeconfig,
        cluster_identifier=args.identifier,
        # Otherwise a changed script or password would replace its ConfigMap or Secret under running pods.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=options.child(parent),
    )
