"""What every kind of repository offers to the facade."""

from dataclasses import dataclass

import pulumi

from components.backups.repository import Identity
from components.backups.vault.args import RepositoryKind


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket, and who may do what in it.

    Attributes:
        kind: Of the repository.
        url: In restic's form.
        ca: PEM of the authority behind its certificate; empty where it is a public one.
        writer: Adds and reads, and deletes under `*/locks/*` alone.
        pruner: Deletes, too.
        safe: Id of a place for secrets that was made with it; empty where the cloud has one anyway.
    """

    kind: RepositoryKind
    url: pulumi.Input[str]
    ca: pulumi.Input[str]
    writer: Identity
    pruner: Identity
    safe: pulumi.Input[str] = ""
