"""One machine on AWS with k3s: the cheapest cluster that survives the loss of its machine."""

from base64 import b64encode
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components import options
from components.catalog import Cloud
from components.cluster import node_access, provider
from components.cluster.args import ClusterArgs
from components.cluster.aws_network import Network, NetworkArgs
from components.cluster.aws_node_disk import Disk, DiskArgs
from components.cluster.aws_node_machine import HOOK, Machine, MachineArgs
from components.cluster.network import AwsNetwork, Nat
from components.cluster.node_args import AwsNodeArgs
from components.cluster.node_authority import AuthorityArgs, NodeAuthority
from components.cluster.node_boot import BootArgs, user_data


class AwsSingleNode(pulumi.ComponentResource):
    """One machine with k3s in a network of its own; no NAT gateway, no load balancer.

    Creates:
        - `AwsNetwork`: the machine stands in a public subnet, behind a security group
        - `Disk`: all data, apart from the machine, with daily snapshots
        - a fixed address, which machine after machine takes
        - `NodeAuthority`, and the authorities in the parameter store, encrypted
        - `Machine`: the group that starts one machine again whenever there is none
        - the provider through which everything in the cluster is made, and the storage class `ladder`: volumes are
          folders on the encrypted disk; they outlive their claims, and grow with the disk

    A change of the machine (type, release of k3s, scripts) replaces it: the cluster is down for some minutes and finds
    its data again. Pods cannot use the machine's role: its metadata service answers at one hop only.
    """

    TOKEN = "ladder:cluster:AwsSingleNode"  # noqa: S105 (a type's name)

    def __init__(
        self, name: str, args: ClusterArgs, node: AwsNodeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the machine and all that it needs."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._node = node
        inside = pulumi.ResourceOptions(parent=self)
        place, protect = node.place, args.protect
        network = Network(
            f"{name}-network",
            NetworkArgs(region=place.region, cidr=place.cidr, zones=place.used_zones, nat=Nat.NONE, protect=protect),
            inside,
        )
        disk = Disk(
            f"{name}-disk",
            DiskArgs(
                identifier=args.identifier,
                zone=network.public[0].availability_zone,
                gib=node.data_gib,
                snapshots=node.snapshots,
                kms_key=place.kms_key,
                restored_from=node.restored_from,
                protect=protect,
            ),
            inside,
        )
        address = aws.ec2.Eip(
            f"{name}-address",
            domain="vpc",
            tags={"Name": args.identifier},
            opts=options.child(self, protect=protect, depends_on=[network]),
        )
        authority = NodeAuthority(
            f"{name}-authority", AuthorityArgs(common_name=args.identifier, protect=protect), inside
        )
        parameters = self._parameters(authority.files)
        group = self._security_group(network)
        boot = pulumi.Output.all(disk.volume.id, address.allocation_id, address.public_ip).apply(
            lambda known: user_data(
                BootArgs(
                    cloud=Cloud.AWS,
                    # EC2 spells the volume's id there without its dash.
                    device=f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{known[0].replace('-', '', 1)}",
                    public_ip=known[2],
                    secrets=self._folder,
                    version=node.version,
                    more={
                        "AWS_DEFAULT_REGION": place.region,
                        "VOLUME": known[0],
                        "ADDRESS": known[1],
                        "HOOK": HOOK,
                    },
                )
            )
        )
        machine = Machine(
            f"{name}-machine",
            MachineArgs(
                identifier=args.identifier,
                instance_type=node.instance_type,
                arm=node.arm,
                subnet_id=network.public[0].id,
                security_group_id=group.id,
                volume_arn=disk.volume.arn,
                address_id=address.allocation_id,
                parameter_arns=[parameter.arn for parameter in parameters],
                user_data=boot.apply(lambda text: b64encode(text.encode()).decode()),
                kms_key=place.kms_key,
                tags=place.tags,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[network, *parameters, *self._rules]),
        )
        self.kubeconfig = node_access.config(args.context, address.public_ip, authority)
        self.provider = provider.register(self, f"{name}-kubernetes", args, self.kubeconfig, [machine])
        self.network = AwsNetwork(
            vpc_id=network.vpc.id,
            private_subnet_ids=[subnet.id for subnet in network.private],
            clients_security_group_id=group.id,
        )
        node_access.storage_class(self, f"{name}-storage-class", self.provider)
        self.register_outputs({"address": address.public_ip})

    @property
    def _folder(self) -> str:
        return f"/ladder/{self._args.identifier}/authority"

    def _parameters(self, files: Mapping[str, pulumi.Output[str]]) -> list[aws.ssm.Parameter]:
        return [
            aws.ssm.Parameter(
                f"{self._name}-{file}",
                name=f"{self._folder}/{file}",
                type="SecureString",
                key_id=self._node.place.kms_key,
                value=pulumi.Output.secret(pem),
                opts=options.child(self, protect=self._args.protect),
            )
            for file, pem in files.items()
        ]

    def _security_group(self, network: Network) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            f"{self._name}-machine",
            description="The machine of the cluster",
            vpc_id=network.vpc.id,
            tags={"Name": self._args.identifier},
            opts=options.child(self, protect=self._args.protect),
        )
        web = [(node_access.EVERYONE, port) for port in node_access.WEB_PORTS] if self._node.web else []
        openings = [*((cidr, node_access.API_PORT) for cidr in self._node.place.api_access), *web]
        self._rules: list[pulumi.Resource] = [
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-{port}-{cidr.replace('/', '-')}",
                security_group_id=group.id,
                ip_protocol="tcp",
                cidr_ipv4=cidr,
                from_port=port,
                to_port=port,
                opts=options.child(self),
            )
            for cidr, port in openings
        ]
        self._rules.append(
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-out",
                security_group_id=group.id,
                ip_protocol="-1",
                cidr_ipv4=node_access.EVERYONE,
                opts=options.child(self),
            )
        )
        return group
