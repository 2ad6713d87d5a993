"""The provider of Kubernetes, set up the same way for every kind of cluster."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components import options
from components.cluster.args import ClusterArgs


def register(
    parent: pulumi.Resource,
    name: str,
    args: ClusterArgs,
    kubeconfig: pulumi.Input[str] | None,
    depends_on: Sequence[pulumi.Resource] = (),
) -> k8s.Provider:
    """Register the provider of exactly one context.

    Args:
        parent: The component that makes it.
        name: Of the resource.
        args: Which cluster.
        kubeconfig: Its text or path; absent means the one that `KUBECONFIG` or the home folder holds.
        depends_on: What must stand before anything is asked of the cluster.
    """
    return k8s.Provider(
        name,
        context=args.context,
        kubeconfig=kubeconfig,
        cluster_identifier=args.identity,
        # Otherwise a changed script or password would replace its ConfigMap or Secret under running pods.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=options.child(parent, depends_on=depends_on),
    )
