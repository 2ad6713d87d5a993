"""What keeps data from being lost, as numbers and switches that a change may lower."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ladder.engine.properties import Properties
from ladder.engine.quantities import amount
from ladder.plan import kept
from ladder.prices import Resource
from ladder.prices.inputs import at, number, text

_GIB = 2**30
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """Something that would be less than it is.

    Attributes:
        what: Of what, in words.
        before: As it is.
        after: As wanted.
    """

    what: str
    before: str
    after: str


SIZES: Mapping[str, Path] = {
    "kubernetes:core/v1:PersistentVolumeClaim": ("spec", "resources", "requests", "storage"),
    "aws:rds/instance": ("allocatedStorage",),
    "aws:ebs/volume": ("size",),
    "gcp:sql/databaseInstance": ("settings", "diskSize"),
}
"""Where a type says how large it is: a Kubernetes quantity, or GiB."""

_SQL = ("settings", "backupConfiguration")
DAYS: Mapping[str, Sequence[tuple[Path, str]]] = {
    "aws:rds/instance": ((("backupRetentionPeriod",), "days of its own backups"),),
    "aws:elasticache/replicationGroup": ((("snapshotRetentionLimit",), "days of its own snapshots"),),
    "aws:dlm/lifecyclePolicy": ((("policyDetails", "schedules", "retainRule", "count"), "snapshots of the disk"),),
    "aws:s3/bucketObjectLockConfiguration": ((("rule", "defaultRetention", "days"), "days of the bucket's lock"),),
    "aws:s3/bucketLifecycleConfiguration": (
        (
            ("rules", "noncurrentVersionExpiration", "noncurrentDays"),
            "days for which the bucket keeps what was deleted",
        ),
    ),
    "azure:storage/account": (
        (("blobProperties", "deleteRetentionPolicy", "days"), "days for which the account keeps what was deleted"),
        (("immutabilityPolicy", "periodSinceCreationInDays"), "days for which versions cannot be deleted"),
    ),
    "gcp:storage/bucket": (
        (("softDeletePolicy", "retentionDurationSeconds"), "seconds for which the bucket keeps what was deleted"),
        (("retentionPolicy", "retentionPeriod"), "seconds of the bucket's retention"),
    ),
    "gcp:sql/databaseInstance": (
        ((*_SQL, "transactionLogRetentionDays"), "days of its log"),
        ((*_SQL, "backupRetentionSettings", "retainedBackups"), "of its own backups"),
    ),
}
"""Where a type says how long, or how many, it keeps."""

SWITCHES: Mapping[str, Sequence[tuple[Path, object, str]]] = {
    "aws:rds/instance": ((("multiAz",), True, "standby in another zone"),),
    "aws:elasticache/replicationGroup": ((("automaticFailoverEnabled",), True, "standby in another zone"),),
    "aws:s3/bucketVersioning": ((("versioningConfiguration", "status"), "Enabled", "versions of the bucket"),),
    "azure:storage/account": ((("blobProperties", "versioningEnabled"), True, "versions of the account"),),
    "gcp:sql/databaseInstance": (
        (("settings", "availabilityType"), "REGIONAL", "standby in another zone"),
        ((*_SQL, "enabled"), True, "its own backups"),
        ((*_SQL, "pointInTimeRecoveryEnabled"), True, "its log"),
    ),
    "gcp:redis/instance": (
        (("tier",), "STANDARD_HA", "standby in another zone"),
        (("persistenceConfig", "persistenceMode"), "RDB", "its own snapshots"),
    ),
    "mongodbatlas:index/advancedCluster": (
        (("backupEnabled",), True, "its own backups"),
        (("pitEnabled",), True, "its log"),
    ),
}
"""Beside what `ladder plan` says keeps a store's data."""


def shrunk(before: Resource, after: Resource) -> Iterator[Lowered]:
    """Storage that would be smaller."""
    if path := SIZES.get(before.type):
        old, new = _gib(before.inputs, path), _gib(after.inputs, path)
        if old and new and new < old:
            yield Lowered(what="storage", before=f"{old:g} GiB", after=f"{new:g} GiB")


def shortened(before: Resource, after: Resource) -> Iterator[Lowered]:
    """What would be kept less long, or fewer of."""
    for path, what in DAYS.get(before.type, ()):
        old, new = number(before.inputs, *path), number(after.inputs, *path)
        if new < old:
            yield Lowered(what=what, before=f"{old:g}", after=f"{new:g}")


def switched_off(before: Resource, after: Resource) -> Iterator[Lowered]:
    """Protection of the service's own that would be gone."""
    for what in sorted(_switches(before) - _switches(after)):
        yield Lowered(what=what, before="on", after="off")


def _switches(it: Resource) -> set[str]:
    own = {word for path, value, word in SWITCHES.get(it.type, ()) if at(it.inputs, *path) == value}
    return own | set(kept.by_service([it]))


def _gib(inputs: Properties, path: Path) -> float:
    written = text(inputs, *path)
    return amount(written) / _GIB if written else number(inputs, *path)
