"""What a bucket of Amazon S3 is asked for."""

import re
from dataclasses import dataclass
from enum import StrEnum

from components.store import Problem

LEAST_KEPT_DAYS = 14
"""What was overwritten or deleted stays longer than it takes to notice: runs are verified each week."""

ROLE = "ladder/aws-role"
"""Annotation of a service account: the role that a cluster of EKS gives its pods by Pod Identity. Not the annotation of
the older way, which would have the pods ask for a token that this role does not take."""

ACCOUNTS = {"writer": ("*-backup", "*-shipper", "ladder-watchdog"), "pruner": ("*-pruner",)}
"""Names of the service accounts that may be each identity."""


class Access(StrEnum):
    """How jobs prove who they are."""

    POD_IDENTITY = "pod_identity"
    KEYS = "keys"


class LockMode(StrEnum):
    """Who may still delete what is locked: some administrator, or nobody."""

    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """Every object is locked from the moment it is written."""

    mode: LockMode
    days: int


class S3Error(ValueError):
    """A bucket was asked for what it cannot be; `problems` holds every broken rule."""

    def __init__(self, problems: list[Problem]) -> None:
        """Say all of them."""
        super().__init__("repository: " + "; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class S3Args:
    """A bucket of Amazon S3.

    Attributes:
        region: Of the bucket.
        account: Whose it is, 12 digits.
        bucket: Its name, which no other bucket in the world has; never changes.
        access: How jobs prove who they are.
        kept_days: How long what was overwritten or deleted can be brought back.
        object_lock: Absent means that versions alone protect; cannot be switched on later.
        kms_key: ARN of its key; absent means S3's own.
        protect: Whether the engine must refuse to delete it.
    """

    region: str
    account: str
    bucket: str
    access: Access = Access.POD_IDENTITY
    kept_days: int = 30
    object_lock: ObjectLock | None = None
    kms_key: str | None = None
    protect: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            S3Error: With every broken rule.
        """
        if problems := self._problems():
            raise S3Error(problems)

    @property
    def url(self) -> str:
        """As restic spells it."""
        return f"s3:https://s3.{self.region}.amazonaws.com/{self.bucket}"

    def name(self, identity: str) -> str:
        """Of the role or user that is the writer, or the pruner."""
        return f"{self.bucket}-{identity}"

    def role(self, identity: str) -> str:
        """ARN of the role that is the writer, or the pruner: known before it exists, as an annotation must be."""
        return f"arn:aws:iam::{self.account}:role/{self.name(identity)}"

    def _problems(self) -> list[Problem]:
        found: list[Problem] = []

        def refuse(field: str, value: object, rule: str, fix: str) -> None:
            found.append(Problem(field=field, value=str(value), rule=rule, fix=fix))

        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", self.region):
            refuse("region", self.region, "is no region of AWS", "for example eu-central-1")
        if not re.fullmatch(r"\d{12}", self.account):
            refuse("account", self.account, "an account of AWS has 12 digits", 'for example "123456789012"')
        if not re.fullmatch(r"[a-z0-9][-a-z0-9]{1,54}[a-z0-9]", self.bucket):
            rule = "must have 3 to 56 lowercase letters, digits and inner dashes: roles are named after it"
            refuse("bucket", self.bucket, rule, "for example acme-backups")
        if self.kept_days < LEAST_KEPT_DAYS:
            rule = f"what a stolen writer overwrites must stay until a verification noticed it: {LEAST_KEPT_DAYS} days"
            refuse("kept_days", self.kept_days, rule, f"set {LEAST_KEPT_DAYS} or more")
        if self.object_lock and not 1 <= self.object_lock.days <= 36500:
            refuse("object_lock.days", self.object_lock.days, "must be 1 to 36500", "for example 30")
        if self.kms_key and not re.fullmatch(r"arn:aws[-\w]*:kms:[-\w]+:\d{12}:key/[-\w]+", self.kms_key):
            refuse("kms_key", self.kms_key, "must be the ARN of a key", "arn:aws:kms:<region>:<account>:key/<id>")
        return found
