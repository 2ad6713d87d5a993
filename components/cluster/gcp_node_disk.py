"""The disk of a single machine's cluster on Google Cloud: it outlives every machine that uses it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components import options

LABEL = "ladder-data"
"""Label of the disk and of its snapshots; its value is the cluster's name."""

AT = "04:00"
"""When the daily snapshot is taken, UTC; Google begins it within the hour. Source of the hours that may be: Terraform
provider, `google_compute_resource_policy`."""


@dataclass(frozen=True, kw_only=True)
class DiskArgs:
    """What a disk is asked for.

    Attributes:
        identifier: Of the cluster.
        region: In which its snapshots stay.
        zone: Where its machine stands.
        gib: Size; grows in place, never shrinks.
        snapshots: For how many days each daily snapshot is kept.
        kms_key: Full name of its key; absent means Google's own.
        restored_from: Name of a snapshot that it begins with; of no effect on a disk that exists.
        labels: Of disk and snapshots.
        protect: Whether the engine must refuse to delete it.
    """

    identifier: str
    region: str
    zone: str
    gib: int
    snapshots: int
    kms_key: str | None = None
    restored_from: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    protect: bool = True


class Disk(pulumi.ComponentResource):
    """A disk with daily snapshots, encrypted as every disk is there.

    Creates:
        - a balanced disk; where it is deleted after all, a last snapshot is taken first
        - the schedule of its snapshots, which outlive it for their time
    """

    TOKEN = "ladder:cluster:GcpDisk"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: DiskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the disk."""
        super().__init__(self.TOKEN, name, None, opts)
        known = {**args.labels, LABEL: args.identifier}
        key = gcp.compute.DiskDiskEncryptionKeyArgs(kms_key_self_link=args.kms_key) if args.kms_key else None
        self.disk = gcp.compute.Disk(
            f"{name}-data",
            name=f"{args.identifier}-data",
            zone=args.zone,
            type="pd-balanced",
            size=args.gib,
            disk_encryption_key=key,
            snapshot=args.restored_from,
            create_snapshot_before_destroy=True,
            labels={LABEL: args.identifier},
            opts=options.child(self, protect=args.protect, ignore_changes=["snapshot"]),
        )
        schedule = gcp.compute.ResourcePolicy(
            f"{name}-snapshots",
            name=f"{args.identifier}-snapshots",
            region=args.region,
            snapshot_schedule_policy=gcp.compute.ResourcePolicySnapshotSchedulePolicyArgs(
                schedule=gcp.compute.ResourcePolicySnapshotSchedulePolicyScheduleArgs(
                    daily_schedule=gcp.compute.ResourcePolicySnapshotSchedulePolicyScheduleDailyScheduleArgs(
                        days_in_cycle=1, start_time=AT
                    )
                ),
                retention_policy=gcp.compute.ResourcePolicySnapshotSchedulePolicyRetentionPolicyArgs(
                    max_retention_days=args.snapshots, on_source_disk_delete="KEEP_AUTO_SNAPSHOTS"
                ),
                snapshot_properties=gcp.compute.ResourcePolicySnapshotSchedulePolicySnapshotPropertiesArgs(
                    # The provider's labels do not reach what Google makes by itself.
                    labels=known,
                    storage_locations=args.region,
                ),
            ),
            opts=options.child(self),
        )
        gcp.compute.DiskResourcePolicyAttachment(
            f"{name}-snapshots",
            name=schedule.name,
            disk=self.disk.name,
            zone=args.zone,
            opts=options.child(self),
        )
        self.register_outputs({"disk": self.disk.name})
