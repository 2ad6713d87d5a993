"""The disk of a single machine's cluster: it outlives every machine that uses it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import options
from components.cluster import iam

TAG = "ladder-data"
"""Tag by which the snapshots' policy finds the disk; its value is the cluster's name."""

AT = "03:00"
"""When the daily snapshot is taken, UTC; AWS begins it within the hour."""


@dataclass(frozen=True, kw_only=True)
class DiskArgs:
    """What a disk is asked for.

    Attributes:
        identifier: Of the cluster.
        zone: Where its machine stands.
        gib: Size; grows in place, never shrinks.
        snapshots: How many daily snapshots are kept.
        kms_key: ARN of its key; absent means AWS's own.
        restored_from: Id of a snapshot that it begins with; of no effect on a disk that exists.
        protect: Whether the engine must refuse to delete it.
    """

    identifier: str
    zone: pulumi.Input[str]
    gib: int
    snapshots: int
    kms_key: str | None = None
    restored_from: str | None = None
    protect: bool = True


class Disk(pulumi.ComponentResource):
    """An encrypted disk with daily snapshots.

    Creates:
        - a gp3 disk; where it is deleted after all, a last snapshot is taken first
        - the policy of its snapshots, and the role by which AWS takes them
    """

    TOKEN = "ladder:cluster:Disk"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: DiskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the disk."""
        super().__init__(self.TOKEN, name, None, opts)
        self.volume = aws.ebs.Volume(
            f"{name}-data",
            availability_zone=args.zone,
            size=args.gib,
            type="gp3",
            encrypted=True,
            kms_key_id=args.kms_key,
            snapshot_id=args.restored_from,
            final_snapshot=True,
            tags={"Name": f"{args.identifier}-data", TAG: args.identifier},
            opts=options.child(self, protect=args.protect, ignore_changes=["snapshotId"]),
        )
        role, attached = iam.service_role(
            self, f"{name}-snapshots", "dlm.amazonaws.com", policies=["service-role/AWSDataLifecycleManagerServiceRole"]
        )
        schedule = aws.dlm.LifecyclePolicyPolicyDetailsScheduleArgs(
            name="daily",
            create_rule=aws.dlm.LifecyclePolicyPolicyDetailsScheduleCreateRuleArgs(
                interval=24, interval_unit="HOURS", times=AT
            ),
            retain_rule=aws.dlm.LifecyclePolicyPolicyDetailsScheduleRetainRuleArgs(count=args.snapshots),
            copy_tags=True,
        )
        aws.dlm.LifecyclePolicy(
            f"{name}-snapshots",
            description=f"Daily snapshots of the data of {args.identifier}",
            execution_role_arn=role.arn,
            state="ENABLED",
            policy_details=aws.dlm.LifecyclePolicyPolicyDetailsArgs(
                resource_types=["VOLUME"], target_tags={TAG: args.identifier}, schedules=[schedule]
            ),
            opts=options.child(self, depends_on=attached),
        )
        self.register_outputs({"volume": self.volume.id})
