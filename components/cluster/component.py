"""The facade of clusters."""

from typing import assert_never

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import existing
from components.cluster.args import ClusterArgs, ClusterKind


class Cluster(pulumi.ComponentResource):
    """A Kubernetes cluster.

    Creates:
        - the provider through which everything in the cluster is made
    """

    TOKEN = "ladder:index:Cluster"  # noqa: S105 (a type's name)
    provider: k8s.Provider

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the provider."""
        super().__init__(self.TOKEN, name, None, opts)
        match args.kind:
            case ClusterKind.EXISTING:
                self.provider = existing.provider(self, f"{name}-kubernetes", args)
            case _:
                assert_never(args.kind)
        self.register_outputs({"identifier": args.identifier})
