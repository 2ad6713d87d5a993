"""The machine of a single machine's cluster, and the group that starts another one when it is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components import options
from components.cluster import iam
from components.cluster.node_boot import digest

HOOK = "ready"
"""Name of the lifecycle hook that the machine completes once its cluster answers."""

TAG = "ladder-node"
"""Tag of the machines; their role may give disk and address to machines that carry it, and to no other."""

START_MINUTES = 15
"""How long a machine may take until its cluster answers; then it is given up and another is started."""

_IMAGES = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default"
"""Each machine starts from the newest Amazon Linux 2023; the image has the AWS CLI and Session Manager's agent."""

_SESSION_MANAGER = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


@dataclass(frozen=True, kw_only=True)
class MachineArgs:
    """What a machine is asked for.

    Attributes:
        identifier: Of the cluster.
        instance_type: Of EC2.
        arm: Whether its processor is ARM.
        subnet_id: Public, in the zone of the disk.
        security_group_id: Who may reach it.
        volume_arn: Of the data disk.
        address_id: Of the fixed address.
        parameter_arns: What it fetches at boot.
        user_data: What it is told, in base64. No secret.
        kms_key: ARN of the key of data disk and parameters; absent means AWS's own.
        tags: Of machine and disk.
    """

    identifier: str
    instance_type: str
    arm: bool
    subnet_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    volume_arn: pulumi.Input[str]
    address_id: pulumi.Input[str]
    parameter_arns: Sequence[pulumi.Input[str]]
    user_data: pulumi.Input[str]
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class Machine(pulumi.ComponentResource):
    """One machine at a time.

    Creates:
        - its role: its own disk, address and parameters; a shell by Session Manager instead of SSH
        - a launch template: metadata by session tokens at one hop, so that no pod takes the role; encrypted root disk
        - a group of exactly one. The machine is in service once it says that its cluster answers, and `up` waits for
          that. Its name holds a digest of everything that makes the machine: a change replaces the group, the old
          machine first, because only one may hold the disk
    """

    TOKEN = "ladder:cluster:Machine"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the group."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        profile, policy = self._role()
        template = self._template(profile)
        known = pulumi.Output.from_input(args.user_data)
        described = known.apply(lambda text: digest(f"{text}\n{args.instance_type}"))
        aws.autoscaling.Group(
            f"{name}-group",
            name=pulumi.Output.concat(args.identifier, "-", described),
            min_size=1,
            max_size=1,
            desired_capacity=1,
            vpc_zone_identifiers=[args.subnet_id],
            launch_template=aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version="$Latest"),
            health_check_type="EC2",
            initial_lifecycle_hooks=[
                aws.autoscaling.GroupInitialLifecycleHookArgs(
                    name=HOOK,
                    lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING",
                    heartbeat_timeout=START_MINUTES * 60,
                    default_result="ABANDON",
                )
            ],
            wait_for_capacity_timeout=f"{2 * START_MINUTES}m",
            tags=[
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in sorted(args.tags.items())
            ],
            opts=options.child(
                self, depends_on=[policy], delete_before_replace=True, wait_minutes=2 * START_MINUTES + 5
            ),
        )
        self.register_outputs({})

    def _role(self) -> tuple[aws.iam.InstanceProfile, aws.iam.RolePolicy]:
        args = self._args
        role, _ = iam.service_role(self, f"{self._name}-role", "ec2.amazonaws.com")
        text = pulumi.Output.all(args.volume_arn, args.address_id, *args.parameter_arns).apply(
            lambda known: policy(args.identifier, known[0], known[1], known[2:], args.kms_key)
        )
        granted = aws.iam.RolePolicy(f"{self._name}-role", role=role.name, policy=text, opts=options.child(self))
        return aws.iam.InstanceProfile(f"{self._name}-role", role=role.name, opts=options.child(self)), granted

    def _template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        args = self._args
        tags = {**args.tags, "Name": args.identifier, TAG: args.identifier}
        return aws.ec2.LaunchTemplate(
            f"{self._name}-template",
            image_id=f"{_IMAGES}-{'arm64' if args.arm else 'x86_64'}",
            instance_type=args.instance_type,
            user_data=args.user_data,
            update_default_version=True,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    # Of its own until it has taken the fixed one, which it does over the internet.
                    associate_public_ip_address="true",
                    delete_on_termination="true",
                    security_groups=[args.security_group_id],
                )
            ],
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_size=20,
                        volume_type="gp3",
                        # By AWS's own key: a group may use another only after a grant, and nothing is kept here.
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            opts=options.child(self),
        )


def policy(identifier: str, volume: str, address: str, parameters: Sequence[str], kms_key: str | None) -> str:
    """What the machine may do, and nothing beside."""
    ours = {"StringEquals": {f"aws:ResourceTag/{TAG}": identifier}}
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    key = [iam.allow(["kms:Decrypt"], [kms_key]), iam.allow(["kms:CreateGrant"], [kms_key], for_aws)] if kms_key else []
    groups = f"arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/{identifier}-*"
    return iam.document(
        iam.allow(["ssm:GetParameter"], parameters),
        iam.allow(["ec2:AttachVolume"], [volume]),
        iam.allow(["ec2:AssociateAddress"], [f"arn:aws:ec2:*:*:elastic-ip/{address}"]),
        iam.allow(
            ["ec2:AttachVolume", "ec2:AssociateAddress"],
            ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:network-interface/*"],
            ours,
        ),
        iam.allow(["autoscaling:CompleteLifecycleAction"], [groups]),
        # These know no single resources.
        iam.allow(["ec2:DescribeVolumes", "autoscaling:DescribeAutoScalingInstances", *_SESSION_MANAGER], ["*"]),
        *key,
    )
