"""A network on Google Cloud: one subnetwork in all zones of a region."""

from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_gcp as gcp

from components import options
from components.cluster.network import GcpNetwork, GcpRanges

PODS = "pods"
SERVICES = "services"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network is asked for.

    Attributes:
        identifier: Of the cluster in it; names everything.
        region: Of Google Cloud.
        project: Whose it is.
        ranges: Of machines, pods and Services.
        private: Whether machines have no addresses that the internet reaches, and pods have addresses of the network.
        protect: Whether the engine guards what stores live in.
    """

    identifier: str
    region: str
    project: str
    ranges: GcpRanges
    private: bool = True
    protect: bool = True


class Network(pulumi.ComponentResource):
    """A network with one subnetwork in all zones of a region.

    Creates:
        - the network and the subnetwork, where it is private with ranges for pods and Services; Google's own services,
          the object store among them, are reached without a way to the internet
        - where it is private, a router with NAT: one, in all zones, so none is lost with a zone
        - a range for the services that keep stores, and the connection to them: what they make has addresses of this
          network alone
    """

    TOKEN = "ladder:cluster:GcpNetwork"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the network."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self.network = gcp.compute.Network(
            f"{name}-vpc",
            name=args.identifier,
            auto_create_subnetworks=False,
            opts=options.child(self, protect=args.protect),
        )
        secondary = [
            gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=PODS, ip_cidr_range=args.ranges.pods),
            gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=SERVICES, ip_cidr_range=args.ranges.services),
        ]
        self.subnetwork = gcp.compute.Subnetwork(
            f"{name}-machines",
            name=args.identifier,
            region=args.region,
            network=self.network.id,
            ip_cidr_range=args.ranges.machines,
            secondary_ip_ranges=secondary if args.private else None,
            private_ip_google_access=True,
            opts=options.child(self, protect=args.protect),
        )
        if args.private:
            self._way_out()
        self.stores = self._services()
        self.register_outputs({"network": self.network.id})

    def _way_out(self) -> None:
        args, name = self._args, self._name
        router = gcp.compute.Router(
            f"{name}-router",
            name=args.identifier,
            region=args.region,
            network=self.network.id,
            opts=options.child(self),
        )
        gcp.compute.RouterNat(
            f"{name}-nat",
            name=args.identifier,
            region=args.region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            opts=options.child(self),
        )

    def _services(self) -> GcpNetwork:
        args, name = self._args, self._name
        network = IPv4Network(args.ranges.managed)
        set_aside = gcp.compute.GlobalAddress(
            f"{name}-services",
            name=f"{args.identifier}-services",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(network.network_address),
            prefix_length=network.prefixlen,
            network=self.network.id,
            opts=options.child(self, protect=args.protect),
        )
        connection = gcp.servicenetworking.Connection(
            f"{name}-services",
            network=self.network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[set_aside.name],
            # For days after the last store is deleted Google refuses to; it goes with the network.
            deletion_policy="ABANDON",
            opts=options.child(self, protect=args.protect),
        )
        return GcpNetwork(
            network=self.network.id,
            subnetwork=self.subnetwork.self_link,
            region=args.region,
            project=args.project,
            services_range=set_aside.name,
            connection=connection,
        )
