"""The vault: where backups go, in a stack of its own that outlives environments."""

from components.backups.vault.args import (
    InClusterArgs,
    RepositoryArgs,
    RepositoryKind,
    S3CompatibleArgs,
    VaultArgs,
)
from components.backups.vault.component import Vault

__all__ = ["InClusterArgs", "RepositoryArgs", "RepositoryKind", "S3CompatibleArgs", "Vault", "VaultArgs"]
"""The args of each kind, and the facade."""
