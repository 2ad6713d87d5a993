"""What inputs must say, by type of resource: tables, so that a new type is a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ladder.engine.properties import UNKNOWN, Properties, Value, mapping
from ladder.plan import registered
from ladder.prices.inputs import first

ANYTHING = "anything"
POSITIVE = "positive"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One input.

    Attributes:
        path: Where it stands; of a list its first item counts.
        be: What it must be: one of these values; `ANYTHING` for any value at all, `POSITIVE` for a number above zero.
        wrong: What is wrong else, in words that follow the resource's title.
    """

    path: tuple[str, ...]
    be: Sequence[object]
    wrong: str


def _must(path: str, *be: object, wrong: str) -> Demand:
    return Demand(path=tuple(path.split(".")), be=be, wrong=f"{wrong}: {path}")


_SNAPSHOT = "goes without a last snapshot"
_UNGUARDED = "can be deleted around the engine"
_SQL = "settings.backupConfiguration"
_WITH_ALL = "goes with all that is in it"

OUTLIVES: Mapping[str, Sequence[Demand]] = {
    "kubernetes:apps/v1:StatefulSet": (
        _must("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain", wrong="takes its claims with it"),
        _must("spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain", wrong="takes its claims with it"),
    ),
    "kubernetes:storage.k8s.io/v1:StorageClass": (
        _must("reclaimPolicy", "Retain", wrong="deletes a volume with its claim"),
    ),
    "aws:rds/instance": (
        _must("deletionProtection", True, wrong=_UNGUARDED),
        _must("skipFinalSnapshot", False, wrong=_SNAPSHOT),
        _must("deleteAutomatedBackups", False, wrong="takes its own backups with it"),
    ),
    "aws:elasticache/replicationGroup": (_must("finalSnapshotIdentifier", ANYTHING, wrong=_SNAPSHOT),),
    "aws:ebs/volume": (_must("finalSnapshot", True, wrong=_SNAPSHOT),),
    "aws:s3/bucket": (_must("forceDestroy", None, False, wrong=_WITH_ALL),),
    "gcp:sql/databaseInstance": (_must("deletionProtection", True, wrong=_UNGUARDED),),
    "gcp:storage/bucket": (_must("forceDestroy", None, False, wrong=_WITH_ALL),),
    "mongodbatlas:index/advancedCluster": (
        _must("terminationProtectionEnabled", True, wrong=_UNGUARDED),
        _must("retainBackupsEnabled", True, wrong="takes its own backups with it"),
    ),
}

BACKUPS: Mapping[str, Sequence[Demand]] = {
    "aws:rds/instance": (_must("backupRetentionPeriod", POSITIVE, wrong="takes no backups of its own"),),
    "aws:elasticache/replicationGroup": (_must("snapshotRetentionLimit", POSITIVE, wrong="takes no snapshots"),),
    "gcp:sql/databaseInstance": (
        _must(f"{_SQL}.enabled", True, wrong="takes no backups of its own"),
        _must(f"{_SQL}.pointInTimeRecoveryEnabled", True, wrong="keeps no log"),
    ),
    "gcp:storage/bucket": (
        _must("softDeletePolicy.retentionDurationSeconds", POSITIVE, wrong="keeps nothing that was deleted"),
    ),
    "mongodbatlas:index/advancedCluster": (
        _must("backupEnabled", True, wrong="takes no backups of its own"),
        _must("pitEnabled", True, wrong="keeps no log"),
    ),
}

TLS: Mapping[str, Sequence[Demand]] = {
    "aws:elasticache/replicationGroup": (
        _must("transitEncryptionEnabled", True, wrong="serves without TLS"),
        _must("transitEncryptionMode", None, "required", wrong="lets clients in without TLS"),
    ),
    "gcp:redis/instance": (_must("transitEncryptionMode", "SERVER_AUTHENTICATION", wrong="serves without TLS"),),
    "gcp:sql/databaseInstance": (
        _must(
            "settings.ipConfiguration.sslMode",
            "ENCRYPTED_ONLY",
            "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
            wrong="lets clients in without TLS",
        ),
    ),
    "mongodbatlas:index/advancedCluster": (
        _must("advancedConfiguration.minimumEnabledTlsProtocol", "TLS1_2", "TLS1_3", wrong="takes an old TLS"),
    ),
}

ENCRYPTION: Mapping[str, Sequence[Demand]] = {
    "aws:rds/instance": (_must("storageEncrypted", True, wrong="is not encrypted"),),
    "aws:elasticache/replicationGroup": (_must("atRestEncryptionEnabled", True, wrong="is not encrypted"),),
    "aws:ebs/volume": (_must("encrypted", True, wrong="is not encrypted"),),
    "aws:ssm/parameter": (_must("type", "SecureString", wrong="is not encrypted"),),
}
"""Google Cloud, Atlas and Amazon S3 encrypt all disks and objects by themselves."""


def unmet(table: Mapping[str, Sequence[Demand]], type_: str, inputs: Properties) -> Iterator[str]:
    """What of a table the inputs of a resource do not meet; what is not known yet is asked again when it is."""
    for demand in table.get(registered.token(type_), ()):
        if not _met(_found(inputs, demand.path), demand.be):
            yield demand.wrong


def _found(inputs: Properties, path: Sequence[str]) -> Value:
    found: Value = inputs
    for key in path:
        if found == UNKNOWN:
            return UNKNOWN
        found = mapping(first(found)).get(key)
    return found


def _met(found: Value, be: Sequence[object]) -> bool:
    if found == UNKNOWN:
        return True
    if ANYTHING in be:
        return found is not None
    if POSITIVE in be:
        return isinstance(found, int | float) and found > 0
    return found in be
