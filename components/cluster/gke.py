"""A cluster of Google Kubernetes Engine in Autopilot: Google runs everything, and bills what pods request."""

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as k8s

from components import options
from components.cluster import kubeconfig, provider
from components.cluster.args import STORAGE_CLASS, ClusterArgs, GkeArgs
from components.cluster.gcp_network import PODS, SERVICES, Network, NetworkArgs
from components.cluster.network import divide_for_gcp

_NODE_ROLES = ("roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader")
"""What machines need: to write logs and metrics, and to pull images. Source: "Harden your cluster's security", GKE."""


class Gke(pulumi.ComponentResource):
    """GKE in Autopilot, in a network of its own.

    Network policies are always enforced there, metrics are served, pods have workload identity.

    Creates:
        - `GcpNetwork`
        - an account for the machines that may do no more than machines must, instead of the project's default one
        - the cluster: private machines; its API open to the named ranges only; regular release channel; a window in
          which machines and control plane may be replaced
        - the provider through which everything in the cluster is made
        - storage class `ladder`: balanced disks, encrypted; they grow and outlive their claims
    """

    TOKEN = "ladder:cluster:Gke"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: ClusterArgs, gke: GkeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._gke = gke
        place = gke.place
        network = Network(
            f"{name}-network",
            NetworkArgs(
                identifier=args.identifier,
                region=place.region,
                project=place.project,
                ranges=divide_for_gcp(place.cidr),
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.cluster = self._cluster(network)
        ca = self.cluster.master_auth.apply(lambda found: found.cluster_ca_certificate or "")
        self.kubeconfig = pulumi.Output.all(self.cluster.endpoint, ca).apply(
            lambda known: kubeconfig.text(args.context, f"https://{known[0]}", known[1], kubeconfig.by_gcloud())
        )
        self.provider = provider.register(self, f"{name}-kubernetes", args, self.kubeconfig, [self.cluster])
        self.network = network.stores
        self._storage_class()
        self.register_outputs({"cluster": self.cluster.name})

    def _machines(self) -> tuple[gcp.serviceaccount.Account, list[pulumi.Resource]]:
        account = gcp.serviceaccount.Account(
            f"{self._name}-machines",
            account_id=f"{self._args.identifier}-nodes",
            display_name=f"Machines of {self._args.identifier}",
            opts=options.child(self, protect=self._args.protect),
        )
        granted: list[pulumi.Resource] = [
            gcp.projects.IAMMember(
                f"{self._name}-machines-{role.rpartition('.')[2]}",
                project=self._gke.place.project,
                role=role,
                member=account.member,
                opts=options.child(self, protect=self._args.protect),
            )
            for role in _NODE_ROLES
        ]
        return account, granted

    def _cluster(self, network: Network) -> gcp.container.Cluster:
        args, place = self._args, self._gke.place
        machines, granted = self._machines()
        start, end, recurrence = self._gke.window.recurring
        key = place.kms_key
        return gcp.container.Cluster(
            f"{self._name}-gke",
            name=args.identifier,
            location=place.region,
            enable_autopilot=True,
            deletion_protection=args.protect,
            network=network.network.id,
            subnetwork=network.subnetwork.id,
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=PODS, services_secondary_range_name=SERVICES
            ),
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True, enable_private_endpoint=False
            ),
            master_authorized_networks_config=gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
                # Otherwise every machine that anybody rents from Google could knock.
                gcp_public_cidrs_access_enabled=False,
                cidr_blocks=[
                    gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=cidr)
                    for cidr in place.api_access
                ],
            ),
            cluster_autoscaling=gcp.container.ClusterClusterAutoscalingArgs(
                auto_provisioning_defaults=gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsArgs(
                    service_account=machines.email,
                    oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
                    boot_disk_kms_key=key,
                )
            ),
            database_encryption=gcp.container.ClusterDatabaseEncryptionArgs(state="ENCRYPTED", key_name=key)
            if key
            else None,
            release_channel=gcp.container.ClusterReleaseChannelArgs(channel="REGULAR"),
            maintenance_policy=gcp.container.ClusterMaintenancePolicyArgs(
                recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
                    start_time=start, end_time=end, recurrence=recurrence
                )
            ),
            resource_labels=place.labels,
            opts=options.child(self, protect=args.protect, depends_on=[network, *granted], wait_minutes=40),
        )

    def _storage_class(self) -> None:
        place = self._gke.place
        key = {"disk-encryption-kms-key": place.kms_key} if place.kms_key else {}
        labels = ",".join(f"{label}={value}" for label, value in sorted(place.labels.items()))
        k8s.storage.v1.StorageClass(
            f"{self._name}-storage-class",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=STORAGE_CLASS),
            provisioner="pd.csi.storage.gke.io",
            parameters={"type": "pd-balanced", **({"labels": labels} if labels else {}), **key},
            reclaim_policy="Retain",
            allow_volume_expansion=True,
            volume_binding_mode="WaitForFirstConsumer",
            opts=options.child(self, provider=self.provider),
        )
