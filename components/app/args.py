"""What an application is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from components.catalog import Kind


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """How the world reaches the application.

    Attributes:
        host: Name in the certificate and in DNS.
        ingress_class: Of the controller; absent means the cluster's default.
    """

    host: str
    ingress_class: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppArgs:
    """A stateless web application.

    Attributes:
        image: Its container image.
        port: TCP port on which it serves HTTP, with `/healthz` and `/readyz`.
        uses: Stores that it may reach.
        least: Replicas that the autoscaler keeps at least.
        most: Replicas that it may reach.
        cpu: Cores that each replica is promised; the autoscaler compares with it.
        memory_mib: Memory of each replica, MiB.
        node_port: On every node, for a machine of one's own.
        ingress: For a name in the world.
    """

    name: ClassVar[str] = "app"
    image: str
    port: int = 8080
    uses: Sequence[Kind] = ()
    least: int = 2
    most: int = 10
    cpu: float = 0.1
    memory_mib: int = 256
    node_port: int | None = None
    ingress: IngressArgs | None = None

    def __post_init__(self) -> None:
        """Refuse a range that holds no number.

        Raises:
            ValueError: When `least` is above `most`.
        """
        if not 1 <= self.least <= self.most:
            raise ValueError(f"replicas from {self.least} to {self.most}: set 1 <= least <= most")
