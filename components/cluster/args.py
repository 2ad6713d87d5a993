"""What a cluster is asked for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from components.catalog import Cloud
from components.cluster import zones
from components.cluster.network import AwsNetwork, GcpNetwork
from components.cluster.node_args import AwsNodeArgs, GcpNodeArgs
from components.cluster.place import AwsPlace, GcpPlace
from components.store import Problem


class ClusterKind(StrEnum):
    """Ways to have a cluster."""

    EXISTING = "existing"
    EKS = "eks"
    GKE = "gke"
    SINGLE_NODE = "single_node"


def clouds(kind: ClusterKind) -> tuple[Cloud, ...]:
    """Where a kind can be had."""
    match kind:
        case ClusterKind.EXISTING:
            return tuple(Cloud)
        case ClusterKind.EKS:
            return (Cloud.AWS,)
        case ClusterKind.SINGLE_NODE:
            return (Cloud.AWS, Cloud.GCP)
        case ClusterKind.GKE:
            return (Cloud.GCP,)
        case _:
            assert_never(kind)


STORAGE_CLASS = "ladder"
"""The storage class of a cluster that Ladder makes: volumes are encrypted, grow, and outlive their claims."""


class Day(StrEnum):
    """A day of the week."""

    SUNDAY = "sunday"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"


@dataclass(frozen=True, kw_only=True)
class Window:
    """When machines under databases may be replaced, each week, UTC.

    Attributes:
        day: On which it opens.
        hour: At which it opens.
        hours: How long it stays open.
    """

    day: Day = Day.SUNDAY
    hour: int = 2
    hours: int = 4

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found: list[Problem] = []
        if not 0 <= self.hour <= 23:
            rule = "a day has the hours 0 to 23 (UTC)"
            found.append(Problem(field="window.hour", value=str(self.hour), rule=rule, fix="for example 2"))
        if not 2 <= self.hours <= 48:
            rule = "machines need 2 hours at least to drain and come back, and 48 are half a week"
            found.append(Problem(field="window.hours", value=str(self.hours), rule=rule, fix="for example 4"))
        return found

    @property
    def recurring(self) -> tuple[str, str, str]:
        """Begin and end of one window, and how it recurs, as calendars write them (RFC 5545)."""
        # Any week will do; this one begins on a Sunday.
        begin = datetime(2025, 1, 5 + list(Day).index(self.day), self.hour, tzinfo=UTC)
        end = begin + timedelta(hours=self.hours)
        form = "%Y-%m-%dT%H:%M:%SZ"
        return begin.strftime(form), end.strftime(form), f"FREQ=WEEKLY;BYDAY={self.day[:2].upper()}"

    @property
    def closed(self) -> tuple[str, int]:
        """When it closes, as a cron expression, and for how many hours it stays closed."""
        end = list(Day).index(self.day) * 24 + self.hour + self.hours
        return f"0 {end % 24} * * {end // 24 % 7}", 7 * 24 - self.hours


class ClusterError(ValueError):
    """A cluster was asked for what it cannot be; `problems` holds every broken rule."""

    def __init__(self, problems: list[Problem]) -> None:
        """Say all of them."""
        super().__init__("cluster: " + "; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class EksArgs:
    """A cluster of EKS in Auto Mode.

    Attributes:
        place: Where it stands.
        version: Of Kubernetes. Source of the default: "Kubernetes version lifecycle on EKS", where 1.34 is in
            standard support until 2 December 2026.
        admins: ARNs of roles and users that may do everything in it, beside the one that made it.
        window: When its machines may be replaced.
    """

    place: AwsPlace
    version: str = "1.34"
    admins: tuple[str, ...] = ()
    window: Window = Window()

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*self.place.problems(), *self.window.problems()]
        if not re.fullmatch(r"1\.\d{2}", self.version):
            rule = "is no version of Kubernetes as EKS spells it"
            found.append(Problem(field="version", value=self.version, rule=rule, fix='for example "1.34"'))
        for zone in self.place.used_zones:
            if zone in zones.WITHOUT_EKS:
                rule = "takes no control plane of EKS"
                found.append(Problem(field="zones", value=zone, rule=rule, fix="use the region's other zones"))
        for arn in self.admins:
            if not re.fullmatch(r"arn:aws[-\w]*:iam::\d{12}:(role|user)/.+", arn):
                rule = "is no ARN of a role or user"
                fix = "for example arn:aws:iam::123456789012:role/admin"
                found.append(Problem(field="admins", value=arn, rule=rule, fix=fix))
        return found


LEAST_GKE_HOURS = 12
"""Of a weekly window: GKE wants 48 hours open in any 32 days. Source: "Maintenance windows and exclusions", GKE."""


@dataclass(frozen=True, kw_only=True)
class GkeArgs:
    """A cluster of GKE in Autopilot; Google keeps its version, on the regular release channel.

    Attributes:
        place: Where it stands.
        window: When its machines and its control plane may be replaced.
    """

    place: GcpPlace
    window: Window = Window(hours=LEAST_GKE_HOURS)

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*self.place.problems(), *self.window.problems()]
        if self.window.hours < LEAST_GKE_HOURS:
            rule = f"GKE takes a weekly window of {LEAST_GKE_HOURS} hours or more"
            fix = f"set {LEAST_GKE_HOURS}"
            found.append(Problem(field="window.hours", value=str(self.window.hours), rule=rule, fix=fix))
        return found


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """A cluster.

    Attributes:
        kind: How it comes to be.
        context: Name of a kubeconfig context; nothing is ever done in another one.
        identifier: Its name, and its identity in the state: a kubeconfig that moves does not replace what lives in it.
        kubeconfig: Path of the kubeconfig file; absent means the one that `KUBECONFIG` or the home folder holds.
        protect: Whether the engine guards what the stores in it need.
        network: Of a cluster that exists, where managed stores live beside it.
        eks: Of a cluster of EKS.
        gke: Of a cluster of GKE.
        node: Of a single machine.
    """

    kind: ClusterKind
    context: str
    identifier: str
    kubeconfig: str | None = None
    protect: bool = True
    network: AwsNetwork | GcpNetwork | None = None
    eks: EksArgs | None = None
    gke: GkeArgs | None = None
    node: AwsNodeArgs | GcpNodeArgs | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ClusterError: With every broken rule.
        """
        if problems := self._problems():
            raise ClusterError(problems)

    @property
    def identity(self) -> str:
        """What tells it from every other cluster: a kind that changes under a name means another cluster."""
        return self.identifier if self.kind is ClusterKind.EXISTING else f"{self.kind}-{self.identifier}"

    def _problems(self) -> list[Problem]:
        asked = {ClusterKind.EKS: self.eks, ClusterKind.GKE: self.gke, ClusterKind.SINGLE_NODE: self.node}
        found = [problem for made in asked.values() if made for problem in made.problems()]
        for kind, made in asked.items():
            if (kind is self.kind) != (made is not None):
                rule = f"of a cluster of kind {kind} alone, and of each"
                found.append(Problem(field=str(kind), value=str(made), rule=rule, fix=f"set kind: {kind}, or leave it"))
        # A service account of Google Cloud has at most 30 characters, `-nodes` among them.
        longest = 24 if self.gke or isinstance(self.node, GcpNodeArgs) else 40
        allowed = rf"[a-z][-a-z0-9]{{0,{longest - 2}}}[a-z0-9]"
        if self.kind is not ClusterKind.EXISTING and not re.fullmatch(allowed, self.identifier):
            rule = f"names what is made: 2 to {longest} lowercase letters, digits and inner dashes, a letter first"
            found.append(Problem(field="identifier", value=self.identifier, rule=rule, fix="for example acme-prod"))
        return found
