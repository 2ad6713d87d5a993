"""What a bucket of Google Cloud Storage is asked for."""

import re
from dataclasses import dataclass
from hashlib import sha256

from components.backups.vault.s3_args import LEAST_KEPT_DAYS
from components.store import Problem

MOST_KEPT_DAYS = 90
"""Source: "Soft delete", Cloud Storage: 7 to 90 days."""

ACCOUNT = "iam.gke.io/gcp-service-account"
"""Annotation of a service account in Kubernetes: whom its pods are to Google Cloud."""


class GcsError(ValueError):
    """A bucket was asked for what it cannot be; `problems` holds every broken rule."""

    def __init__(self, problems: list[Problem]) -> None:
        """Say all of them."""
        super().__init__("repository: " + "; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class GcsArgs:
    """A bucket of Google Cloud Storage; jobs reach it by workload identity.

    Attributes:
        region: Of the bucket.
        project: Id of the project whose it is.
        bucket: Its name, which no other bucket in the world has; never changes.
        kept_days: How long what was overwritten or deleted can be brought back.
        kms_key: Full name of its key; absent means Google's own.
        protect: Whether the engine must refuse to delete it.
    """

    region: str
    project: str
    bucket: str
    kept_days: int = 30
    kms_key: str | None = None
    protect: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            GcsError: With every broken rule.
        """
        if problems := self._problems():
            raise GcsError(problems)

    @property
    def url(self) -> str:
        """As restic spells it."""
        return f"gs:{self.bucket}:"

    def account(self, identity: str) -> str:
        """Id of the account that is the writer, or the pruner: short, so the bucket's name is hashed."""
        return f"ladder-{sha256(self.bucket.encode()).hexdigest()[:8]}-{identity}"

    def email(self, identity: str) -> str:
        """Of the account: known before it exists, as an annotation must be."""
        return f"{self.account(identity)}@{self.project}.iam.gserviceaccount.com"

    def _problems(self) -> list[Problem]:
        found: list[Problem] = []

        def refuse(field: str, value: object, rule: str, fix: str) -> None:
            found.append(Problem(field=field, value=str(value), rule=rule, fix=fix))

        if not re.fullmatch(r"[a-z]+-[a-z]+\d{1,2}", self.region):
            refuse("region", self.region, "is no region of Google Cloud", "for example europe-west3")
        if not re.fullmatch(r"[a-z][-a-z0-9]{4,28}[a-z0-9]", self.project):
            refuse("project", self.project, "is no id of a project", "for example acme-backups-1")
        if not re.fullmatch(r"[a-z0-9][-_a-z0-9]{1,61}[a-z0-9]", self.bucket):
            rule = "must have 3 to 63 lowercase letters, digits, dashes and underscores"
            refuse("bucket", self.bucket, rule, "for example acme-backups")
        if not LEAST_KEPT_DAYS <= self.kept_days <= MOST_KEPT_DAYS:
            rule = f"what is overwritten or deleted stays {LEAST_KEPT_DAYS} to {MOST_KEPT_DAYS} days"
            refuse("kept_days", self.kept_days, rule, "for example 30")
        if self.kms_key and not re.fullmatch(
            r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+", self.kms_key
        ):
            fix = "projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>"
            refuse("kms_key", self.kms_key, "must be the full name of a key", fix)
        return found
