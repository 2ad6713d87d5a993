"""What keeps the data of a store from being lost: read from what is registered, never from what was meant."""

from collections.abc import Iterator, Mapping, Sequence

from components.catalog import Keeper
from components.store import StoreArgs
from ladder.prices import Resource
from ladder.prices.inputs import at

_WORDS: Mapping[str, Sequence[tuple[tuple[str, ...], object, str]]] = {
    "aws:rds/instance": (
        (("deletionProtection",), True, "deletion protection"),
        (("skipFinalSnapshot",), False, "final snapshot"),
        (("storageEncrypted",), True, "encrypted"),
    ),
    "aws:elasticache/replicationGroup": (
        (("atRestEncryptionEnabled",), True, "encrypted"),
        (("transitEncryptionEnabled",), True, "TLS"),
    ),
    "gcp:sql/databaseInstance": (
        (("deletionProtection",), True, "deletion protection"),
        (("settings", "deletionProtectionEnabled"), True, "deletion protection of the service"),
        (("settings", "finalBackupConfig", "enabled"), True, "final backup"),
    ),
    "gcp:redis/instance": (
        (("deletionProtection",), True, "deletion protection of the provider"),
        (("persistenceConfig", "persistenceMode"), "RDB", "snapshots"),
        (("transitEncryptionMode",), "SERVER_AUTHENTICATION", "TLS"),
    ),
    "mongodbatlas:index/advancedCluster": (
        (("terminationProtectionEnabled",), True, "termination protection"),
        (("retainBackupsEnabled",), True, "backups outlive it"),
    ),
}
"""Per type: path, the value that protects, and how that is called."""


def words(store: StoreArgs, resources: Sequence[Resource]) -> list[str]:
    """Everything that stands between the store's data and its loss."""
    if store.keeper is Keeper.OTHERS or not store.holds_data:
        return []
    return [*_engine(store), *dict.fromkeys(by_service(resources))]


def _engine(store: StoreArgs) -> Iterator[str]:
    yield "guard"
    if store.protected:
        yield "engine's protection"
    if store.backup:
        yield "runs of backups in the vault"


def by_service(resources: Sequence[Resource]) -> Iterator[str]:
    """What the service itself stands in the way with."""
    for it in resources:
        for path, value, word in _WORDS.get(it.type, ()):
            if at(it.inputs, *path) == value:
                yield word
