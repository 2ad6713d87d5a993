"""What resources of Google Cloud use in a month."""

import re
from collections.abc import Iterator

from ladder.engine.properties import Properties
from ladder.prices.bill import Gap, Reason, Use
from ladder.prices.book import HOURS_A_MONTH, Unit
from ladder.prices.inputs import at, flag, items, number, text

VOLUMES = {"pd.csi.storage.gke.io": "disk"}
"""Services behind the provisioners of storage classes."""

AUTOPILOT = "gcp:container/cluster"
GROUP, TEMPLATE = "gcp:compute/instanceGroupManager", "gcp:compute/instanceTemplate"
_CUSTOM = re.compile(r"db-custom-(?P<cpus>\d+)-(?P<mib>\d+)")
_CAPACITIES = ((4, "M1"), (10, "M2"), (35, "M3"), (100, "M4"))


def _hours(service: str, item: str, count: float = 1) -> Use:
    return Use(service=service, item=item, unit=Unit.HOUR, quantity=HOURS_A_MONTH * count)


def _gib_hours(service: str, item: str, gib: float) -> Use:
    return Use(service=service, item=item, unit=Unit.GIB_HOUR, quantity=HOURS_A_MONTH * gib)


def _disk(service: str, kind: str, gib: float) -> Use:
    return Use(service=service, item=kind, unit=Unit.GIB_MONTH, quantity=gib)


def _by_use(what: str) -> Gap:
    return Gap(what=what, reason=Reason.BY_USE)


def sql(inputs: Properties) -> Iterator[Use | Gap]:
    """A database server; with a standby everything has another price.

    Source: https://cloud.google.com/sql/docs/high-availability ("twice a standalone instance"), read 2026-11-25.
    """
    engine = text(inputs, "databaseVersion").split("_")[0].lower()
    tier = text(inputs, "settings", "tier")
    standby = " with standby" if text(inputs, "settings", "availabilityType") == "REGIONAL" else ""
    if text(inputs, "settings", "edition") == "ENTERPRISE_PLUS":
        engine += " plus"
    if found := _CUSTOM.fullmatch(tier):
        yield _hours("sql", f"{engine} vCPU{standby}", int(found["cpus"]))
        yield _gib_hours("sql", f"{engine} memory{standby}", int(found["mib"]) / 1024)
    else:
        yield _hours("sql", f"{engine} {tier}{standby}")
    if gib := number(inputs, "settings", "diskSize"):
        kind = "hdd" if text(inputs, "settings", "diskType") == "PD_HDD" else "ssd"
        yield _disk("sql", f"{kind}{standby}", gib)
    one = Use(service="sql", item="backup storage", unit=Unit.GIB_MONTH, quantity=1)
    yield Gap(what="backups of the database", reason=Reason.BY_USE, unit=one)


def redis(inputs: Properties) -> Iterator[Use | Gap]:
    """Memory, cheaper by the GiB the more of it there is; with copies for reading each node has a price of its own.

    Source of the classes: the page of the prices itself.
    """
    gib = number(inputs, "memorySizeGb")
    tier = "standard" if text(inputs, "tier") == "STANDARD_HA" else "basic"
    capacity = next((name for most, name in _CAPACITIES if gib <= most), "M5")
    if text(inputs, "readReplicasMode") == "READ_REPLICAS_ENABLED":
        yield _gib_hours("memorystore", f"redis node {capacity}", gib * (1 + number(inputs, "replicaCount")))
    else:
        yield _gib_hours("memorystore", f"redis {tier} {capacity}", gib)


def cluster(_: Properties) -> Iterator[Use | Gap]:
    """The cluster's fee; what its pods ask for is counted with them."""
    yield _hours("gke", "cluster")


def autopilot(cpu: float, gib: float) -> Iterator[Use | Gap]:
    """What Autopilot charges for what pods ask for; it rounds up, which is not counted here."""
    yield _hours("gke", "autopilot vCPU", cpu)
    yield _gib_hours("gke", "autopilot memory", gib)
    yield Gap(what="what Autopilot rounds requests up to, and pods beyond the least", reason=Reason.CHOSEN_LATER)


def instance(inputs: Properties) -> Iterator[Use | Gap]:
    """A machine, and the disk that it starts from."""
    yield _hours("compute", text(inputs, "machineType"))
    boot = ("bootDisk", "initializeParams")
    if gib := number(inputs, *boot, "size"):
        yield _disk("disk", text(inputs, *boot, "type") or "pd-standard", gib)


def group(inputs: Properties, template: Properties) -> Iterator[Use | Gap]:
    """Machines of a template, with the disks that they start from; one that exists is counted as such."""
    count = number(inputs, "targetSize")
    yield _hours("compute", text(template, "machineType") or "of an unknown type", count)
    for disk_ in items(at(template, "disks")):
        if gib := number(disk_, "diskSizeGb"):
            yield _disk("disk", text(disk_, "diskType") or "pd-standard", gib * count)


def disk(inputs: Properties) -> Iterator[Use | Gap]:
    """A disk."""
    yield _disk("disk", text(inputs, "type") or "pd-standard", number(inputs, "size"))


def nat(_: Properties) -> Iterator[Use | Gap]:
    """A way out of private subnets: by machine and traffic."""
    yield _by_use("machines behind the NAT and their traffic")


def address(inputs: Properties) -> Iterator[Use | Gap]:
    """A public address; one inside of a network costs nothing."""
    if text(inputs, "addressType") != "INTERNAL":
        yield _hours("vpc", "public IPv4 address")


def forwarding_rule(_: Properties) -> Iterator[Use | Gap]:
    """A way to a service, by the hour and by what passes."""
    yield _hours("vpc", "service connection")
    yield _by_use("traffic through the service connection")


def zone(_: Properties) -> Iterator[Use | Gap]:
    """A zone of DNS; questions are by use, and few."""
    yield Use(service="dns", item="managed zone", unit=Unit.MONTH, quantity=1)


def snapshots(_: Properties) -> Iterator[Use | Gap]:
    """What the disks' snapshots hold: policies of other kinds are not made."""
    yield _by_use("snapshots of disks")


def bucket(_: Properties) -> Iterator[Use | Gap]:
    """Objects and requests."""
    yield _by_use("objects in the bucket")


def secret(_: Properties) -> Iterator[Use | Gap]:
    """Versions and reads."""
    yield _by_use("versions and reads of secrets")


def key(_: Properties) -> Iterator[Use | Gap]:
    """Versions and operations."""
    yield _by_use("versions and operations of keys")


def is_autopilot(inputs: Properties) -> bool:
    """Whether a cluster charges by what pods ask for."""
    return flag(inputs, "enableAutopilot")


METERS = {
    "gcp:sql/databaseInstance": sql,
    "gcp:redis/instance": redis,
    "gcp:container/cluster": cluster,
    "gcp:compute/instance": instance,
    "gcp:compute/disk": disk,
    "gcp:compute/resourcePolicy": snapshots,
    "gcp:compute/routerNat": nat,
    "gcp:compute/address": address,
    "gcp:compute/forwardingRule": forwarding_rule,
    "gcp:dns/managedZone": zone,
    "gcp:storage/bucket": bucket,
    "gcp:secretmanager/secret": secret,
    "gcp:kms/cryptoKey": key,
}

FREE = (
    "gcp:serviceaccount/",
    "gcp:projects/",
    "gcp:compute/network",
    "gcp:compute/subnetwork",
    "gcp:compute/router",
    "gcp:compute/firewall",
    "gcp:compute/healthCheck",
    "gcp:compute/instanceTemplate",
    "gcp:compute/globalAddress",
    "gcp:compute/attachedDisk",
    "gcp:compute/diskResourcePolicyAttachment",
    "gcp:servicenetworking/",
    "gcp:networkconnectivity/",
    "gcp:dns/recordSet",
    "gcp:sql/user",
    "gcp:sql/database",
    "gcp:storage/bucket",
    "gcp:secretmanager/",
    "gcp:kms/",
)
"""Beginnings of types that cost nothing by themselves: what they hold or let through is counted elsewhere."""
