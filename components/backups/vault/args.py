"""What a vault is asked for: one kind of repository, each with settings of its own."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import pulumi

from components import catalog
from components.backups.vault.azure_blob_args import AzureBlobArgs
from components.backups.vault.gcs_args import GcsArgs
from components.backups.vault.s3_args import S3Args
from components.catalog import Image, Tool
from components.store import Issuer

SCHEMA = 1
"""Of what a vault stack hands to environments."""


class RepositoryKind(StrEnum):
    """Where a vault keeps its bucket."""

    AZURE_BLOB = "azure_blob"
    GCS = "gcs"
    IN_CLUSTER = "in_cluster"
    S3 = "s3"
    S3_COMPATIBLE = "s3_compatible"


@dataclass(frozen=True, kw_only=True)
class InClusterArgs:
    """An S3 server in a cluster, with a volume: for development, because it goes down with what it backs up.

    Attributes:
        namespace: Where it runs.
        storage_class: Of its volume.
        storage_gib: Size of its volume, GiB.
        memory_mib: That it is promised and limited to, MiB.
        image: Of versitygw.
        setup_image: With Python, for the Job that makes the bucket.
        issuer: Who signs its certificate.
        protect: Whether the engine must refuse to delete what holds the backups.
        wait_minutes: How long an update waits for it.
    """

    namespace: str
    storage_class: str
    storage_gib: int = 10
    memory_mib: int = 256
    image: Image = catalog.TOOLS[Tool.VERSITYGW]
    setup_image: Image = catalog.TOOLS[Tool.PYTHON]
    issuer: Issuer = field(repr=False)
    protect: bool = True
    wait_minutes: int = 10


@dataclass(frozen=True, kw_only=True)
class Keys:
    """An access key of an S3 server; its secret is secret."""

    access_key_id: pulumi.Input[str]
    secret_access_key: pulumi.Input[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class S3CompatibleArgs:
    """A bucket that somebody else made, on any server that speaks S3.

    What the writer must not do (delete anywhere but under `*/locks/*`) is for that server's owner to forbid, and
    versioning for him to switch on: docs/vaults.md has the policy.

    Attributes:
        endpoint: `https://host[:port]`.
        bucket: In it.
        region: As the server calls it.
        writer: Adds and reads.
        pruner: Deletes, too.
        ca: PEM of the authority behind its certificate; empty where it is a public one.
    """

    endpoint: str
    bucket: str
    region: str = "us-east-1"
    writer: Keys
    pruner: Keys
    ca: str = ""


RepositoryArgs: TypeAlias = AzureBlobArgs | GcsArgs | InClusterArgs | S3Args | S3CompatibleArgs


@dataclass(frozen=True, kw_only=True)
class VaultArgs:
    """A vault.

    Attributes:
        repository: Where its bucket is.
        protect: Whether the engine must refuse to delete the master secret, without which no backup can be read.
    """

    repository: RepositoryArgs
    protect: bool = True
