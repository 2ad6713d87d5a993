"""The facade of clusters."""

from typing import assert_never

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import existing
from components.cluster.args import ClusterArgs, ClusterKind, EksArgs, GkeArgs
from components.cluster.network import AwsNetwork, GcpNetwork
from components.cluster.node_args import AwsNodeArgs, GcpNodeArgs


class Cluster(pulumi.ComponentResource):
    """A Kubernetes cluster.

    Creates:
        - the cluster, where it is Ladder's to make: `Eks`, `Gke`, `AwsSingleNode` or `GcpSingleNode`
        - the provider through which everything in the cluster is made

    Attributes:
        provider: Reaches this cluster and no other.
        network: In which its machines stand; absent where somebody else made it and nobody named it.
        kubeconfig: Of a cluster that Ladder made. Secret.
    """

    TOKEN = "ladder:index:Cluster"  # noqa: S105 (a type's name)
    provider: k8s.Provider
    network: AwsNetwork | GcpNetwork | None = None
    kubeconfig: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster, or reach the one that exists."""
        super().__init__(self.TOKEN, name, None, opts)
        match args.kind:
            case ClusterKind.EXISTING:
                self.provider = existing.provider(self, f"{name}-kubernetes", args)
                self.network = args.network
            case ClusterKind.EKS:
                self._eks(name, args, args.eks)
            case ClusterKind.GKE:
                self._gke(name, args, args.gke)
            case ClusterKind.SINGLE_NODE:
                self._single_node(name, args, args.node)
            case _:
                assert_never(args.kind)
        self.register_outputs({"identifier": args.identity})

    def _eks(self, name: str, args: ClusterArgs, eks: EksArgs | None) -> None:
        # A cloud's SDK is loaded by who needs it alone.
        from components.cluster.eks import Eks

        assert eks is not None  # noqa: S101 (ClusterArgs saw to it)
        made = Eks(name, args, eks, pulumi.ResourceOptions(parent=self))
        self.provider, self.network, self.kubeconfig = made.provider, made.network, made.kubeconfig

    def _gke(self, name: str, args: ClusterArgs, gke: GkeArgs | None) -> None:
        from components.cluster.gke import Gke

        assert gke is not None  # noqa: S101 (ClusterArgs saw to it)
        made = Gke(name, args, gke, pulumi.ResourceOptions(parent=self))
        self.provider, self.network, self.kubeconfig = made.provider, made.network, made.kubeconfig

    def _single_node(self, name: str, args: ClusterArgs, node: AwsNodeArgs | GcpNodeArgs | None) -> None:
        assert node is not None  # noqa: S101 (ClusterArgs saw to it)
        match node:
            case AwsNodeArgs():
                from components.cluster.aws_single_node import AwsSingleNode

                made = AwsSingleNode(name, args, node, pulumi.ResourceOptions(parent=self))
            case GcpNodeArgs():
                from components.cluster.gcp_single_node import GcpSingleNode

                made = GcpSingleNode(name, args, node, pulumi.ResourceOptions(parent=self))
            case _:
                assert_never(node)
        self.provider, self.network, self.kubeconfig = made.provider, made.network, made.kubeconfig
