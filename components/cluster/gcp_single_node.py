"""One machine on Google Cloud with k3s: the cheapest cluster that survives the loss of its machine."""

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components import options
from components.catalog import Cloud
from components.cluster import node_access, provider
from components.cluster.args import ClusterArgs
from components.cluster.gcp_network import Network, NetworkArgs
from components.cluster.gcp_node_disk import Disk, DiskArgs
from components.cluster.gcp_node_machine import ASKING, HEALTH_PORT, Machine, MachineArgs, admit
from components.cluster.network import divide_for_gcp
from components.cluster.node_args import GcpNodeArgs
from components.cluster.node_authority import AuthorityArgs, NodeAuthority
from components.cluster.node_boot import BootArgs, user_data

DEVICE = "data"


class GcpSingleNode(pulumi.ComponentResource):
    """One machine with k3s in a network of its own; no NAT, no load balancer.

    Creates:
        - `GcpNetwork`, and the rules that let in the named addresses to the API, and Google to the health check
        - `GcpDisk`: all data, apart from the machine, with daily snapshots
        - a fixed address, which machine after machine has
        - `NodeAuthority`, the authorities in Secret Manager, and an account that may read them and nothing else
        - `GcpMachine`: the group that starts one machine again whenever there is none
        - the provider through which everything in the cluster is made, and the storage class `ladder`: volumes are
          folders on the encrypted disk; they outlive their claims, and grow with the disk

    A change of the machine (type, release of k3s, scripts) replaces it: the cluster is down for some minutes and finds
    its data again. Pods cannot become the machine: what asks its metadata service from a pod is dropped.
    """

    TOKEN = "ladder:cluster:GcpSingleNode"  # noqa: S105 (a type's name)

    def __init__(
        self, name: str, args: ClusterArgs, node: GcpNodeArgs, opts: pulumi.ResourceOptions | None = None
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
            NetworkArgs(
                identifier=args.identifier,
                region=place.region,
                project=place.project,
                ranges=divide_for_gcp(place.cidr),
                private=False,
                protect=protect,
            ),
            inside,
        )
        disk = Disk(
            f"{name}-disk",
            DiskArgs(
                identifier=args.identifier,
                region=place.region,
                zone=node.zone,
                gib=node.data_gib,
                snapshots=node.snapshots,
                kms_key=place.kms_key,
                restored_from=node.restored_from,
                labels=place.labels,
                protect=protect,
            ),
            inside,
        )
        address = gcp.compute.Address(
            f"{name}-address",
            name=args.identifier,
            region=place.region,
            opts=options.child(self, protect=protect),
        )
        authority = NodeAuthority(
            f"{name}-authority", AuthorityArgs(common_name=args.identifier, protect=protect), inside
        )
        account = gcp.serviceaccount.Account(
            f"{name}-machine",
            account_id=f"{args.identifier}-node",
            display_name=f"The machine of {args.identifier}",
            opts=options.child(self, protect=protect),
        )
        kept = self._secrets(authority.files, account.member)
        boot = address.address.apply(
            lambda public_ip: user_data(
                BootArgs(
                    cloud=Cloud.GCP,
                    device=f"/dev/disk/by-id/google-{DEVICE}",
                    public_ip=public_ip,
                    secrets=f"projects/{place.project}/secrets/{args.identifier}",
                    version=node.version,
                )
            )
        )
        machine = Machine(
            f"{name}-machine",
            MachineArgs(
                identifier=args.identifier,
                zone=node.zone,
                instance_type=node.instance_type,
                arm=node.arm,
                subnetwork=network.subnetwork.self_link,
                disk=disk.disk.name,
                device=DEVICE,
                address=address.address,
                account=account.email,
                user_data=boot,
                labels=place.labels,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[network, *kept, *self._admit(network, account)]),
        )
        self.kubeconfig = node_access.config(args.context, address.address, authority)
        self.provider = provider.register(self, f"{name}-kubernetes", args, self.kubeconfig, [machine])
        self.network = network.stores
        node_access.storage_class(self, f"{name}-storage-class", self.provider)
        self.register_outputs({"address": address.address})

    def _secrets(self, files: Mapping[str, pulumi.Output[str]], reader: pulumi.Output[str]) -> list[pulumi.Resource]:
        args, place = self._args, self._node.place
        key = place.kms_key
        replica = gcp.secretmanager.SecretReplicationUserManagedReplicaArgs(
            location=place.region,
            customer_managed_encryption=gcp.secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
                kms_key_name=key
            )
            if key
            else None,
        )
        made: list[pulumi.Resource] = []
        for file, pem in files.items():
            role = f"{self._name}-{file.replace('.', '-')}"
            secret = gcp.secretmanager.Secret(
                role,
                secret_id=f"{args.identifier}-{file.replace('.', '-')}",
                replication=gcp.secretmanager.SecretReplicationArgs(
                    user_managed=gcp.secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
                ),
                opts=options.child(self, protect=args.protect),
            )
            version = gcp.secretmanager.SecretVersion(
                role,
                secret=secret.id,
                secret_data=pulumi.Output.secret(pem),
                opts=options.child(self, protect=args.protect),
            )
            may_read = gcp.secretmanager.SecretIamMember(
                role,
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=reader,
                opts=options.child(self),
            )
            made += [version, may_read]
        return made

    def _admit(self, network: Network, account: gcp.serviceaccount.Account) -> list[pulumi.Resource]:
        web = {"web": ((node_access.EVERYONE,), node_access.WEB_PORTS)} if self._node.web else {}
        openings = {
            "api": (self._node.place.api_access, (node_access.API_PORT,)),
            "health": (ASKING, (HEALTH_PORT,)),
            **web,
        }
        return admit(self, self._args.identifier, network.network.id, account.email, openings)
