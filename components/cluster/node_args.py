"""What a single machine with k3s is asked for, on each cloud."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components.cluster.place import AwsPlace, GcpPlace
from components.store import Problem

WITHOUT_NITRO = {"t1", "t2", "m1", "m2", "m3", "m4", "c1", "c3", "c4", "r3", "r4", "i2", "d2", "x1"}
"""Families of instances on Xen. Source: "Amazon EC2 instance type specifications", previous generations."""

ON_BALANCED_DISKS = ("e2", "n1", "n2", "n2d", "c2", "c2d", "c3", "c3d", "t2a", "t2d")
"""Families that start from a balanced Persistent Disk; newer ones take Hyperdisk alone.

Source: "Persistent Disk", machine series support, Compute Engine.
"""


@dataclass(frozen=True, kw_only=True)
class NodeArgs:
    """What holds on every cloud.

    Attributes:
        version: Release of k3s.
        data_gib: Size of the disk that holds all data, apart from the machine; grows in place.
        snapshots: How many daily snapshots of it are kept.
        restored_from: The snapshot that a new disk begins with.
        web: Whether the internet may reach its ports 80 and 443.
    """

    version: str = "v1.34.2+k3s1"
    data_gib: int = 50
    snapshots: int = 7
    restored_from: str | None = None
    web: bool = False

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found: list[Problem] = []
        if not re.fullmatch(r"v1\.\d{2}\.\d+\+k3s\d+", self.version):
            rule = "is no release of k3s"
            found.append(Problem(field="version", value=self.version, rule=rule, fix="for example v1.34.2+k3s1"))
        if not 1 <= self.snapshots <= 1000:
            rule = "1 to 1000 snapshots can be kept"
            found.append(Problem(field="node.snapshots", value=str(self.snapshots), rule=rule, fix="for example 7"))
        return found


@dataclass(frozen=True, kw_only=True)
class AwsNodeArgs(NodeArgs):
    """One machine on AWS.

    Attributes:
        place: Where it stands; it has no NAT gateway.
        instance_type: Of the machine.
    """

    place: AwsPlace
    instance_type: str = "t3.large"

    @property
    def arm(self) -> bool:
        """Whether the processor is ARM: families of Graviton have a `g` after their generation (`t4g`, `m7gd`)."""
        return re.fullmatch(r"[a-z]+\d+g[a-z]*", self._family) is not None or self._family == "a1"

    @property
    def _family(self) -> str:
        return self.instance_type.partition(".")[0]

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*self.place.problems(), *super().problems()]
        if not re.fullmatch(r"[a-z]+\d+[-a-z]*\.[-a-z0-9]+", self.instance_type) or self._family in WITHOUT_NITRO:
            rule = "is no instance type, or one of before Nitro, which gives disks names that mean nothing"
            found.append(
                Problem(field="node.instance_type", value=self.instance_type, rule=rule, fix="for example t3.large")
            )
        if self.restored_from and not re.fullmatch(r"snap-[0-9a-f]{8,17}", self.restored_from):
            rule = "is no id of a snapshot"
            fix = "aws ec2 describe-snapshots --filters Name=tag:ladder-data,Values=<identifier>"
            found.append(Problem(field="node.restored_from", value=self.restored_from, rule=rule, fix=fix))
        return [*found, *_size(self, 16384, "a gp3 disk")]


@dataclass(frozen=True, kw_only=True)
class GcpNodeArgs(NodeArgs):
    """One machine on Google Cloud.

    Attributes:
        place: Where it stands.
        zones: The one zone in which it stands, with its disk; absent means `<region>-b`, which every region has.
        instance_type: Machine type.
    """

    place: GcpPlace
    zones: tuple[str, ...] = ()
    instance_type: str = "e2-standard-2"

    @property
    def zone(self) -> str:
        """Where machine and disk stand."""
        return self.zones[0] if self.zones else f"{self.place.region}-b"

    @property
    def arm(self) -> bool:
        """Whether the processor is ARM."""
        return self._family == "t2a"

    @property
    def _family(self) -> str:
        return self.instance_type.partition("-")[0]

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*self.place.problems(), *super().problems()]
        if len(self.zones) > 1 or not re.fullmatch(rf"{re.escape(self.place.region)}-[a-z]", self.zone):
            rule = "a single machine stands in one zone of its region"
            fix = f"for example [{self.place.region}-b]"
            found.append(Problem(field="zones", value=", ".join(self.zones), rule=rule, fix=fix))
        if self._family not in ON_BALANCED_DISKS or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", self.instance_type):
            rule = f"is no machine type of these families: {', '.join(ON_BALANCED_DISKS)}"
            fix = "for example e2-standard-2"
            found.append(Problem(field="node.instance_type", value=self.instance_type, rule=rule, fix=fix))
        if self.restored_from and not re.fullmatch(r"[a-z][-a-z0-9]{0,62}", self.restored_from):
            rule = "is no name of a snapshot"
            fix = "gcloud compute snapshots list --filter=labels.ladder-data=<identifier>"
            found.append(Problem(field="node.restored_from", value=self.restored_from, rule=rule, fix=fix))
        return [*found, *_size(self, 65536, "a balanced disk")]


def _size(node: NodeArgs, most: int, disk: str) -> Iterator[Problem]:
    if not 10 <= node.data_gib <= most:
        rule = f"{disk} that holds databases has 10 to {most} GiB"
        yield Problem(field="node.data_gib", value=str(node.data_gib), rule=rule, fix="for example 50")
