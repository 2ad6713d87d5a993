"""The facade of vaults: it owns the master secret, and every kind of repository hands out the same shape."""

from collections.abc import Mapping
from typing import assert_never

import pulumi

from components import options
from components.backups.repository import Identity
from components.backups.vault.args import (
    SCHEMA,
    InClusterArgs,
    RepositoryArgs,
    S3CompatibleArgs,
    VaultArgs,
)
from components.backups.vault.azure_blob_args import AzureBlobArgs
from components.backups.vault.gcs_args import GcsArgs
from components.backups.vault.in_cluster import InCluster
from components.backups.vault.made import Bucket
from components.backups.vault.s3_args import S3Args
from components.backups.vault.s3_compatible import bucket as s3_compatible
from components.facade import random_password


class Vault(pulumi.ComponentResource):
    """Where backups go.

    Creates:
        - what its kind of repository needs
        - `<name>-master`: the secret that every repository's password is derived from

        - a copy of it in the cloud's own store of parameters, where the bucket is a cloud's

    Losing the master secret loses every backup: it lives in the state of the vault's stack, and in that copy
    (docs/runbooks/lost-repository-password.md).
    """

    TOKEN = "ladder:index:Vault"  # noqa: S105 (a type's name)
    access: pulumi.Output[dict[str, object]]

    def __init__(self, name: str, args: VaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the vault."""
        super().__init__(self.TOKEN, name, None, opts)
        made = self._bucket(name, args.repository)
        master = random_password(self, f"{name}-master", protect=args.protect)
        self._copied(name, args.repository, made, master)
        self.access = pulumi.Output.secret(
            {
                "schema": SCHEMA,
                "kind": made.kind,
                "url": made.url,
                "ca": made.ca,
                "master": master,
                "writer": _shown(made.writer),
                "pruner": _shown(made.pruner),
            }
        )
        self.register_outputs({"kind": made.kind, "url": made.url})

    def _bucket(self, name: str, args: RepositoryArgs) -> Bucket:
        match args:
            case InClusterArgs():
                return InCluster(name, args, options.child(self)).bucket
            case AzureBlobArgs():
                # A cloud's SDK is loaded by who needs it alone.
                from components.backups.vault.azure_blob import AzureBlob

                return AzureBlob(name, args, options.child(self)).bucket
            case GcsArgs():
                from components.backups.vault.gcs import Gcs

                return Gcs(name, args, options.child(self)).bucket
            case S3Args():
                from components.backups.vault.s3 import S3

                return S3(name, args, options.child(self)).bucket
            case S3CompatibleArgs():
                return s3_compatible(args)
            case _:
                assert_never(args)

    def _copied(self, name: str, args: RepositoryArgs, made: Bucket, master: pulumi.Output[str]) -> None:
        """Keep the master secret a second time where the bucket's cloud has a place for it."""
        if isinstance(args, S3Args):
            from components.backups.vault.s3 import keep_master

            keep_master(self, name, args, master)
        elif isinstance(args, GcsArgs):
            from components.backups.vault.gcs import keep_master as keep_in_gcp

            keep_in_gcp(self, name, args, master)
        elif isinstance(args, AzureBlobArgs):
            from components.backups.vault.azure_blob import keep_master as keep_in_azure

            keep_in_azure(self, name, args, made.safe, master)


def _shown(identity: Identity) -> Mapping[str, object]:
    return {"env": dict(identity.env), "service_account": dict(identity.service_account)}
