"""What a cluster is asked for."""

from dataclasses import dataclass
from enum import StrEnum


class ClusterKind(StrEnum):
    """Ways to have a cluster."""

    EXISTING = "existing"


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """A cluster.

    Attributes:
        kind: How it comes to be.
        context: Name of a kubeconfig context; nothing is ever done in another one.
        identifier: Its identity in the state: a kubeconfig that moves does not replace what lives in the cluster.
        kubeconfig: Path of the kubeconfig file; absent means the one that `KUBECONFIG` or the home folder holds.
    """

    kind: ClusterKind
    context: str
    identifier: str
    kubeconfig: str | None = None
