"""Where a cluster that Ladder makes stands, in which cloud, and who may reach its API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from components.cluster import zones
from components.cluster.network import MOST_ZONES, PREFIXES, Nat
from components.gcp import labels
from components.store import Problem

WIDEST_ACCESS = 16
"""Prefix of the widest range that may reach a cluster's API: an office or a provider's egress, never the world."""


@dataclass(frozen=True, kw_only=True)
class AwsPlace:
    """Where a cluster on AWS stands and who may reach its API.

    Attributes:
        region: Of AWS.
        api_access: Address ranges that may reach the API of the cluster.
        zones: Ids of zones (`euc1-az1`), in an order that never changes; absent means the region's first ones.
        cidr: Address range of the network.
        nat: How what is private reaches the internet.
        kms_key: ARN of the key that encrypts disks, and Secrets in the cluster; absent means AWS's own.
        tags: Of what the cluster itself makes in the account, where the provider's tags do not reach.
    """

    region: str
    api_access: tuple[str, ...]
    zones: tuple[str, ...] = ()
    cidr: str = "10.64.0.0/16"
    nat: Nat = Nat.ONE
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def used_zones(self) -> tuple[str, ...]:
        """The zones that were named, else the region's first ones."""
        return self.zones or zones.ZONES.get(self.region, ())[:MOST_ZONES]

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*access_problems(self.api_access), *self._network()]
        if self.kms_key and not re.fullmatch(r"arn:aws[-\w]*:kms:[-\w]+:\d{12}:key/[-\w]+", self.kms_key):
            rule = "must be the ARN of a key: an alias would point to another key one day, and replace every disk"
            fix = "arn:aws:kms:<region>:<account>:key/<id>"
            found.append(Problem(field="kms_key", value=self.kms_key, rule=rule, fix=fix))
        return found

    def _network(self) -> list[Problem]:
        found: list[Problem] = []
        known = zones.ZONES.get(self.region)
        if known is None and not self.zones:
            rule = "the catalogue holds no zones of this region"
            fix = "set zones to three zone ids of it (aws ec2 describe-availability-zones), or use a region it holds"
            found.append(Problem(field="region", value=self.region, rule=rule, fix=fix))
        if self.zones and not 2 <= len(set(self.zones)) == len(self.zones) <= MOST_ZONES:
            rule = f"2 or {MOST_ZONES} different zones are needed"
            fix = ", ".join(known or ("euc1-az1", "euc1-az2"))
            found.append(Problem(field="zones", value=", ".join(self.zones), rule=rule, fix=fix))
        for zone in self.zones:
            if not re.fullmatch(r"[a-z]+\d-az\d+", zone):
                rule = "is no zone id: a zone's letter means another place in each account"
                found.append(Problem(field="zones", value=zone, rule=rule, fix="for example euc1-az1"))
        found += range_problems(self.cidr)
        return found


def _range(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class GcpPlace:
    """Where a cluster on Google Cloud stands and who may reach its API.

    Attributes:
        region: Of Google Cloud.
        project: Id of the project.
        api_access: Address ranges that may reach the API of the cluster.
        cidr: Address range of the network.
        kms_key: Name of the key that encrypts disks, and Secrets in the cluster; absent means Google's own.
        tags: Labels of everything that is made.
    """

    region: str
    project: str
    api_access: tuple[str, ...]
    cidr: str = AwsPlace.cidr
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def labels(self) -> dict[str, str]:
        """The tags as Google Cloud takes them."""
        return labels.of_stack(self.tags)

    def problems(self) -> list[Problem]:
        """Rules that it breaks."""
        found = [*access_problems(self.api_access), *range_problems(self.cidr)]
        if not re.fullmatch(r"[a-z]+-[a-z]+\d{1,2}", self.region):
            fix = "for example europe-west3"
            found.append(Problem(field="region", value=self.region, rule="is no region of Google Cloud", fix=fix))
        key = rf"projects/[^/]+/locations/{re.escape(self.region)}/keyRings/[^/]+/cryptoKeys/[^/]+"
        if self.kms_key and not re.fullmatch(key, self.kms_key):
            rule = "must be the full name of a key in the cluster's region"
            fix = f"projects/<project>/locations/{self.region}/keyRings/<ring>/cryptoKeys/<key>"
            found.append(Problem(field="kms_key", value=self.kms_key, rule=rule, fix=fix))
        return found


def access_problems(ranges: tuple[str, ...]) -> list[Problem]:
    """Rules that a list of ranges breaks which may reach a cluster's API."""
    found: list[Problem] = []
    if not ranges:
        rule = "nobody may reach the API of the cluster, not even this program"
        fix = "name your own address and that of your CI: [203.0.113.7/32]"
        found.append(Problem(field="api_access", value="[]", rule=rule, fix=fix))
    for text in ranges:
        network = _range(text)
        if network is None:
            rule = "is no address range"
            found.append(Problem(field="api_access", value=text, rule=rule, fix="for example 203.0.113.7/32"))
        elif network.prefixlen < WIDEST_ACCESS:
            rule = f"opens the API to {network.num_addresses} addresses; the widest range is a /{WIDEST_ACCESS}"
            fix = "name single addresses, those of a VPN or of your own runners"
            found.append(Problem(field="api_access", value=text, rule=rule, fix=fix))
    return found


def range_problems(cidr: str) -> list[Problem]:
    """Rules that the range of a network breaks."""
    network = _range(cidr)
    if network is not None and network.prefixlen in PREFIXES and network.is_private:
        return []
    rule = f"must be a private range, /{PREFIXES[0]} to /{PREFIXES[-1]}"
    return [Problem(field="cidr", value=cidr, rule=rule, fix="for example 10.64.0.0/16")]
