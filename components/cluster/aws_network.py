"""A network on AWS: private subnets for machines and data, public ones for what the internet reaches."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import options
from components.cluster.network import Nat, Ranges, divide


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network is asked for.

    Attributes:
        region: Whose object store gets an endpoint.
        cidr: Its range of addresses.
        zones: Ids of its zones, in an order that never changes.
        nat: How what is private reaches the internet.
        protect: Whether the engine guards what stores live in.
    """

    region: str
    cidr: str
    zones: tuple[str, ...]
    nat: Nat
    protect: bool = True


class Network(pulumi.ComponentResource):
    """A network with a private and a public subnet in each zone.

    Creates:
        - the network and its way to the internet; its default security group, emptied, so that nothing uses it
        - per zone a private subnet with a route table of its own, and a public one; the tags by which EKS finds
          subnets for load balancers
        - NAT gateways with fixed addresses, one or one a zone
        - a gateway endpoint of S3: backups pass no NAT gateway and cost no transfer
    """

    TOKEN = "ladder:cluster:AwsNetwork"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the network."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=options.child(self, protect=args.protect),
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=self.vpc.id, ingress=[], egress=[], opts=options.child(self)
        )
        gateway = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=self.vpc.id, opts=options.child(self))
        outside = self._route_table("public")
        self._route("public", outside, gateway_id=gateway.id)
        ranges = divide(args.cidr, args.zones)
        self.public = [self._public(zone, outside) for zone in ranges]
        nats = self._nats(gateway)
        tables = [self._route_table(zone.zone) for zone in ranges]
        for index, table in enumerate(tables):
            if nats:
                self._route(ranges[index].zone, table, nat_gateway_id=nats[index % len(nats)].id)
        self.private = [self._private(zone, table) for zone, table in zip(ranges, tables, strict=True)]
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[outside.id, *(table.id for table in tables)],
            opts=options.child(self),
        )
        self.register_outputs({"vpc": self.vpc.id})

    def _route_table(self, role: str) -> aws.ec2.RouteTable:
        name = f"{self._name}-{role}"
        return aws.ec2.RouteTable(name, vpc_id=self.vpc.id, tags={"Name": name}, opts=options.child(self))

    def _route(
        self,
        role: str,
        table: aws.ec2.RouteTable,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.ec2.Route(
            f"{self._name}-{role}-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=options.child(self),
        )

    def _public(self, zone: Ranges, table: aws.ec2.RouteTable) -> aws.ec2.Subnet:
        name = f"{self._name}-public-{zone.zone}"
        tags = {"Name": name, "kubernetes.io/role/elb": "1"}
        return self._subnet(name, zone.zone, zone.public, table, tags)

    def _private(self, zone: Ranges, table: aws.ec2.RouteTable) -> aws.ec2.Subnet:
        name = f"{self._name}-private-{zone.zone}"
        tags = {"Name": name, "kubernetes.io/role/internal-elb": "1"}
        return self._subnet(name, zone.zone, zone.private, table, tags)

    def _subnet(
        self, name: str, zone: str, cidr: str, table: aws.ec2.RouteTable, tags: dict[str, str]
    ) -> aws.ec2.Subnet:
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=self.vpc.id,
            availability_zone_id=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags=tags,
            opts=options.child(self, protect=self._args.protect),
        )
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=options.child(self))
        return subnet

    def _nats(self, gateway: aws.ec2.InternetGateway) -> list[aws.ec2.NatGateway]:
        count = {Nat.NONE: 0, Nat.ONE: 1, Nat.PER_ZONE: len(self.public)}[self._args.nat]
        pairs = zip(self._args.zones[:count], self.public[:count], strict=True)
        return [self._nat(zone, subnet, gateway) for zone, subnet in pairs]

    def _nat(self, zone: str, subnet: aws.ec2.Subnet, gateway: aws.ec2.InternetGateway) -> aws.ec2.NatGateway:
        name = f"{self._name}-nat-{zone}"
        address = aws.ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=options.child(self))
        return aws.ec2.NatGateway(
            name,
            subnet_id=subnet.id,
            allocation_id=address.allocation_id,
            tags={"Name": name},
            opts=options.child(self, depends_on=[gateway]),
        )
