"""Where a store's runs lie: a restic repository of its own in the vault, with a password of its own."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pulumi

from components.catalog import Kind


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a job is to the vault.

    Attributes:
        env: Credentials as restic reads them from its environment. Secret; empty with workload identity.
        service_account: Annotations that make a service account this identity, where a cluster can.
    """

    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]], repr=False)
    service_account: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class VaultAccess:
    """What a vault stack hands to environments.

    Attributes:
        kind: Of its repository.
        url: Of the bucket, in restic's form.
        ca: PEM of the authority behind its certificate; empty where it is a public one.
        master: What the passwords of all repositories are derived from. Secret.
        writer: Adds and reads.
        pruner: Deletes, too.
    """

    kind: str
    url: str
    ca: str = ""
    master: pulumi.Input[str] = field(repr=False)
    writer: Identity
    pruner: Identity


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The repository of one store.

    Attributes:
        url: In restic's form.
        password: Secret.
        ca: As in the vault.
        in_cluster: Namespace of the server, where it runs in the cluster.
        port: TCP port of the server.
        writer: As in the vault.
        pruner: As in the vault.
    """

    url: str
    password: pulumi.Input[str] = field(repr=False)
    ca: str = ""
    in_cluster: str | None = None
    port: int = 443
    writer: Identity
    pruner: Identity


def log_of(vault: VaultAccess, owner: str, kind: Kind) -> Repository:
    """Where every write of a stack's store is shipped to: beside its runs, so that neither waits for the other."""
    return _at(vault, f"{owner}/{kind}-wal")


def of(vault: VaultAccess, owner: str, kind: Kind) -> Repository:
    """The repository of a stack's store.

    Args:
        vault: As its stack says.
        owner: `<project>.<stack>`.
        kind: Of the store.
    """
    return _at(vault, f"{owner}/{kind}")


def _at(vault: VaultAccess, path: str) -> Repository:
    address = urlsplit(vault.url.partition(":")[2])
    host = address.hostname or ""
    return Repository(
        url=f"{vault.url}/{path}",
        password=pulumi.Output.secret(vault.master).apply(lambda master: password(master, path)),
        ca=vault.ca,
        in_cluster=host.split(".")[1] if vault.kind == "in_cluster" else None,
        port=address.port or 443,
        writer=vault.writer,
        pruner=vault.pruner,
    )


def password(master: str, path: str) -> str:
    """The password of the repository at `path`: whoever knows it cannot tell any other's.

    HMAC-SHA256 of the path under the vault's master secret, as URL-safe base64.
    """
    return base64.urlsafe_b64encode(hmac.digest(master.encode(), path.encode(), hashlib.sha256)).decode()
