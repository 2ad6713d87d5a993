"""The vault: where backups go, in a stack of its own that outlives environments."""

from components.backups.vault.args import (
    InClusterArgs,
    RepositoryArgs,
    RepositoryKind,
    S3CompatibleArgs,
    VaultArgs,
)
from components.backups.vault.component import Vault
from components.backups.vault.s3_args import S3Args, S3Error

__all__ = [
    "InClusterArgs",
    "RepositoryArgs",
    "RepositoryKind",
    "S3Args",
    "S3CompatibleArgs",
    "S3Error",
    "Vault",
    "VaultArgs",
]
"""The args of each kind, and the facade."""
