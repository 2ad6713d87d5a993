"""The machine of a single machine's cluster on Google Cloud, and the group that starts another when it is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components import options

HEALTH_PORT = 9099
"""At which the machine tells Google whether its cluster answers: `scripts/gcp-health.socket`."""

ASKING = ("35.191.0.0/16", "130.211.0.0/22")
"""Addresses from which Google asks. Source: "Health checks overview", Cloud Load Balancing."""

START_MINUTES = 15
"""How long a machine may take until its cluster answers; then it is given up and another is started."""

_EVERY_SECONDS, _TIMES = 30, 10
"""How often Google asks, and after how many silences it starts the machine anew."""

_IMAGES = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts"
"""Each machine starts from the newest Ubuntu 24.04; the image has cloud-init, Python and the tools of XFS."""


@dataclass(frozen=True, kw_only=True)
class MachineArgs:
    """What a machine is asked for.

    Attributes:
        identifier: Of the cluster.
        zone: Where its disk is.
        instance_type: Machine type.
        arm: Whether its processor is ARM.
        subnetwork: In which it stands.
        disk: Name of the data disk.
        device: Name under which the machine finds it.
        address: The fixed address.
        account: Email of who the machine is.
        user_data: What it is told. No secret.
        labels: Of machine and disk.
    """

    identifier: str
    zone: str
    instance_type: str
    arm: bool
    subnetwork: pulumi.Input[str]
    disk: pulumi.Input[str]
    device: str
    address: pulumi.Input[str]
    account: pulumi.Input[str]
    user_data: pulumi.Input[str]
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


class Machine(pulumi.ComponentResource):
    """One machine at a time.

    Creates:
        - a template: the data disk and the fixed address belong to it, so that every machine has them from the start
        - a health check: whether the cluster answers
        - a group of exactly one. The machine is in service once its cluster answers, and `up` waits for that. Another
          template replaces the machine, the old one first: a disk is written by one machine only
    """

    TOKEN = "ladder:cluster:GcpMachine"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the group."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        check = gcp.compute.HealthCheck(
            f"{name}-answers",
            name=f"{args.identifier}-answers",
            check_interval_sec=_EVERY_SECONDS,
            timeout_sec=_EVERY_SECONDS // 2,
            healthy_threshold=1,
            unhealthy_threshold=_TIMES,
            http_health_check=gcp.compute.HealthCheckHttpHealthCheckArgs(port=HEALTH_PORT, request_path="/"),
            opts=options.child(self),
        )
        template = self._template()
        gcp.compute.InstanceGroupManager(
            f"{name}-group",
            name=args.identifier,
            zone=args.zone,
            base_instance_name=args.identifier,
            target_size=1,
            versions=[gcp.compute.InstanceGroupManagerVersionArgs(instance_template=template.self_link)],
            auto_healing_policies=gcp.compute.InstanceGroupManagerAutoHealingPoliciesArgs(
                health_check=check.id, initial_delay_sec=START_MINUTES * 60
            ),
            update_policy=gcp.compute.InstanceGroupManagerUpdatePolicyArgs(
                type="PROACTIVE",
                minimal_action="REPLACE",
                replacement_method="RECREATE",
                max_surge_fixed=0,
                max_unavailable_fixed=1,
            ),
            wait_for_instances=True,
            wait_for_instances_status="UPDATED",
            opts=options.child(self, wait_minutes=2 * START_MINUTES + 5),
        )
        self.register_outputs({})

    def _template(self) -> gcp.compute.InstanceTemplate:
        """Without a name: it cannot be changed, so a changed one is made beside the old one."""
        args = self._args
        return gcp.compute.InstanceTemplate(
            f"{self._name}-template",
            machine_type=args.instance_type,
            disks=[
                gcp.compute.InstanceTemplateDiskArgs(
                    boot=True,
                    source_image=f"{_IMAGES}-{'arm64' if args.arm else 'amd64'}",
                    disk_type="pd-balanced",
                    disk_size_gb=20,
                    auto_delete=True,
                    labels=args.labels,
                ),
                gcp.compute.InstanceTemplateDiskArgs(
                    boot=False, source=args.disk, device_name=args.device, mode="READ_WRITE", auto_delete=False
                ),
            ],
            network_interfaces=[
                gcp.compute.InstanceTemplateNetworkInterfaceArgs(
                    subnetwork=args.subnetwork,
                    access_configs=[gcp.compute.InstanceTemplateNetworkInterfaceAccessConfigArgs(nat_ip=args.address)],
                )
            ],
            service_account=gcp.compute.InstanceTemplateServiceAccountArgs(
                email=args.account, scopes=["https://www.googleapis.com/auth/cloud-platform"]
            ),
            scheduling=gcp.compute.InstanceTemplateSchedulingArgs(
                automatic_restart=True, on_host_maintenance="MIGRATE"
            ),
            # Secure boot is for x86: of ARM the machine types say nothing.
            shielded_instance_config=None if args.arm else _SHIELDED,
            metadata={**_METADATA, "user-data": args.user_data},
            labels=args.labels,
            opts=options.child(self),
        )


# No key of the project opens it: who is let in is said by IAM alone. Metadata goes to who sends Google's header alone:
# a request that something was tricked into sends none.
_METADATA = {"enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE", "disable-legacy-endpoints": "TRUE"}

_SHIELDED = gcp.compute.InstanceTemplateShieldedInstanceConfigArgs(
    enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
)


def admit(
    parent: pulumi.Resource,
    name: str,
    network: pulumi.Input[str],
    account: pulumi.Input[str],
    openings: Mapping[str, tuple[Sequence[str], Sequence[int]]],
) -> list[pulumi.Resource]:
    """Let in, by the name of each rule, these addresses to these ports of the machines of an account; nobody else is.

    Args:
        parent: The component that makes the rules.
        name: Of the cluster.
        network: In which the machines stand.
        account: Email of who they are.
        openings: Addresses and ports by the end of the rule's name.
    """
    return [
        gcp.compute.Firewall(
            f"{name}-{role}",
            name=f"{name}-{role}",
            network=network,
            direction="INGRESS",
            source_ranges=list(ranges),
            target_service_accounts=[account],
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[str(port) for port in ports])],
            opts=options.child(parent),
        )
        for role, (ranges, ports) in openings.items()
    ]
