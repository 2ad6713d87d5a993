"""The network under a cluster and the stores beside it: what others need to know of one, and how it is divided.

No cloud's SDK is imported here: `components.cluster.aws_network` and `gcp_network` make one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network

import pulumi

PREFIXES = range(16, 21)
"""Of a network's range: 16 is the largest that AWS takes; at 20 a zone holds about a thousand pods and machines."""

MOST_ZONES = 3


class Nat(StrEnum):
    """How what is private reaches the internet: one gateway is cheaper, one a zone survives the loss of a zone."""

    NONE = "none"
    ONE = "one"
    PER_ZONE = "per_zone"


@dataclass(frozen=True, kw_only=True)
class AwsNetwork:
    """Where the stores of a stack on AWS live, and who may reach them.

    Attributes:
        vpc_id: Of the network.
        private_subnet_ids: Without a way in from the internet, one a zone, two zones or more.
        clients_security_group_id: Of the cluster's machines: the only one that a store lets in.
    """

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    clients_security_group_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Address ranges of one zone."""

    zone: str
    private: str
    public: str


def divide(cidr: str, zones: Sequence[str]) -> tuple[Ranges, ...]:
    """Give each zone a quarter of the range for what is private, and a quarter of the last quarter for what is public.

    A zone keeps its ranges when another is added after it.

    Args:
        cidr: Of the whole network.
        zones: At most three, in an order that never changes.
    """
    quarters = list(IPv4Network(cidr).subnets(prefixlen_diff=2))
    publics = list(quarters[MOST_ZONES].subnets(prefixlen_diff=2))
    return tuple(
        Ranges(zone=zone, private=str(quarters[index]), public=str(publics[index])) for index, zone in enumerate(zones)
    )


@dataclass(frozen=True, kw_only=True)
class GcpNetwork:
    """Where the stores of a stack on Google Cloud live.

    Attributes:
        network: Full name of the network, `projects/<project>/global/networks/<name>`.
        subnetwork: Full name of the subnetwork of the cluster's machines.
        region: Of the subnetwork.
        project: Whose they are.
        services_range: Name of the range in it that is set aside for Google's managed services.
        connection: What connects those services to the network, where Ladder made it.
    """

    network: pulumi.Input[str]
    subnetwork: pulumi.Input[str]
    region: str
    project: str
    services_range: pulumi.Input[str]
    connection: pulumi.Resource | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class GcpRanges:
    """Address ranges of a cluster on Google Cloud; `managed` is for the services that keep stores."""

    machines: str
    services: str
    pods: str
    managed: str


def divide_for_gcp(cidr: str) -> GcpRanges:
    """Half of the range for pods, a quarter for machines, a sixteenth for Services, an eighth for managed services.

    Cloud SQL takes a /24 of the latter at once. Source: "Allocated IP address ranges", Cloud SQL.
    """
    lower, pods = IPv4Network(cidr).subnets(prefixlen_diff=1)
    machines, rest = lower.subnets(prefixlen_diff=1)
    services = next(rest.subnets(prefixlen_diff=2))
    managed = list(rest.subnets(prefixlen_diff=1))[1]
    return GcpRanges(machines=str(machines), services=str(services), pods=str(pods), managed=str(managed))
