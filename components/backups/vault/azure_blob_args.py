"""What a vault in Azure Blob Storage is asked for."""

import re
from dataclasses import dataclass
from enum import StrEnum

from components.backups.vault.s3_args import LEAST_KEPT_DAYS
from components.store import Problem

MOST_KEPT_DAYS = 365
"""Source: "Soft delete for blobs", Azure Storage: 1 to 365 days."""

CONTAINER = "backups"
"""In the storage account, the one container."""

TENANT = "azure.workload.identity/tenant-id"
"""Annotation of a service account: in which tenant its pods are somebody. The webhook of Azure reads it."""

IDENTITY = "ladder/azure-identity"
"""Annotation of a service account: the managed identity that its pods are. Not the one with a client id, which nobody
knows before the identity exists; jobs have that in their environment, which the webhook leaves as it is."""

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Replication(StrEnum):
    """Where the copies of each object are: in one zone, or in three."""

    LRS = "lrs"
    ZRS = "zrs"


class ImmutabilityMode(StrEnum):
    """Who may still shorten what was promised: some administrator, or nobody."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"


@dataclass(frozen=True, kw_only=True)
class Immutability:
    """No version of an object can be deleted before its days are over."""

    mode: ImmutabilityMode
    days: int


class AzureBlobError(ValueError):
    """A storage account was asked for what it cannot be; `problems` holds every broken rule."""

    def __init__(self, problems: list[Problem]) -> None:
        """Say all of them."""
        super().__init__("repository: " + "; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class AzureBlobArgs:
    """A container of Azure Blob Storage; jobs reach it by workload identity.

    Attributes:
        region: Of the storage account.
        subscription: Id of the subscription whose it is.
        tenant: Id of the tenant that knows the identities.
        operator: Object id of who runs `pulumi up`, or of a group he is in: reads and writes the copy of the master
            secret.
        storage_account: Its name, which no other account of Azure has; never changes.
        replication: Where the copies of each object are; never changes.
        kept_days: How long what was overwritten or deleted can be brought back, at the least.
        immutability: Absent means that versions alone protect; cannot be changed later.
        protect: Whether the engine must refuse to delete it.
    """

    region: str
    subscription: str
    tenant: str
    operator: str
    storage_account: str
    replication: Replication = Replication.ZRS
    kept_days: int = 30
    immutability: Immutability | None = None
    protect: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            AzureBlobError: With every broken rule.
        """
        if problems := self._problems():
            raise AzureBlobError(problems)

    @property
    def url(self) -> str:
        """As restic spells it; the account is told beside it."""
        return f"azure:{CONTAINER}:"

    def name(self, identity: str) -> str:
        """Of the managed identity that is the writer, or the pruner."""
        return f"{self.storage_account}-{identity}"

    def identity(self, identity: str) -> str:
        """Full id of that identity: known before it exists, as an annotation must be."""
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.storage_account}"
        return f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{self.name(identity)}"

    def _problems(self) -> list[Problem]:
        found: list[Problem] = []

        def refuse(field: str, value: object, rule: str, fix: str) -> None:
            found.append(Problem(field=field, value=str(value), rule=rule, fix=fix))

        if not re.fullmatch(r"[a-z]+\d?", self.region):
            refuse("region", self.region, "is no region of Azure", "for example germanywestcentral")
        for field, fix in (
            ("subscription", "az account show --query id"),
            ("tenant", "az account show --query tenantId"),
            ("operator", "az ad signed-in-user show --query id, or the object id of a group"),
        ):
            if not re.fullmatch(_UUID, getattr(self, field)):
                rule = "must be an id of 32 hexadecimal digits, lowercase, with dashes"
                refuse(field, getattr(self, field), rule, fix)
        if not re.fullmatch(r"[a-z][a-z0-9]{2,23}", self.storage_account):
            rule = "must have 3 to 24 lowercase letters and digits, the first a letter: the key vault is named after it"
            refuse("storage_account", self.storage_account, rule, "for example acmebackups")
        if not LEAST_KEPT_DAYS <= self.kept_days <= MOST_KEPT_DAYS:
            rule = f"what is overwritten or deleted stays {LEAST_KEPT_DAYS} to {MOST_KEPT_DAYS} days"
            refuse("kept_days", self.kept_days, rule, "for example 30")
        if self.immutability and not 1 <= self.immutability.days <= 36500:
            refuse("immutability.days", self.immutability.days, "must be 1 to 36500", "for example 30")
        return found
