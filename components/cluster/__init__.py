"""The cluster that a stack lives in, and the provider that alone may reach it."""

from components.cluster.args import ClusterArgs, ClusterError, ClusterKind
from components.cluster.component import Cluster

__all__ = ["Cluster", "ClusterArgs", "ClusterError", "ClusterKind"]
