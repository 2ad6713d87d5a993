"""A bucket of Google Cloud Storage."""

import pulumi
import pulumi_gcp as gcp

from components import options
from components.backups.repository import Identity
from components.backups.vault.args import RepositoryKind
from components.backups.vault.gcs_args import ACCOUNT, GcsArgs
from components.backups.vault.made import Bucket

DAY = 24 * 60 * 60
UNFINISHED_DAYS = 7
"""How long the parts of an upload stay that was never finished."""

ADD_AND_READ = ("roles/storage.objectCreator", "roles/storage.objectViewer")
DELETE = "roles/storage.objectUser"

LOCKS = 'resource.type == "storage.googleapis.com/Object" && resource.name.extract("/locks/{lock}") != ""'
"""Holds for what restic keeps under `locks/` of a repository, and for nothing else."""


class Gcs(pulumi.ComponentResource):
    """A bucket that keeps what was written to it.

    Creates:
        - the bucket: what is deleted or overwritten stays for `kept_days`; encrypted, as everything is there; no public
          access; no access lists
        - accounts of writer and pruner. Who may only create can overwrite nothing: Google counts that as deleting. The
          writer deletes locks alone

    No retention policy: it would keep restic from giving up its locks.
    """

    TOKEN = "ladder:vault:Gcs"  # noqa: S105 (a type's name)
    bucket: Bucket

    def __init__(self, name: str, args: GcsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket, and who may use it."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        made = self._bucket()
        self.bucket = Bucket(
            kind=RepositoryKind.GCS,
            url=args.url,
            ca="",
            writer=self._identity(made, "writer"),
            pruner=self._identity(made, "pruner"),
        )
        self.register_outputs({"url": args.url})

    def _part(self) -> pulumi.ResourceOptions:
        return options.child(self, protect=self._args.protect)

    def _bucket(self) -> gcp.storage.Bucket:
        args = self._args
        unfinished = gcp.storage.BucketLifecycleRuleArgs(
            action=gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
            condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=UNFINISHED_DAYS),
        )
        return gcp.storage.Bucket(
            f"{self._name}-bucket",
            name=args.bucket,
            location=args.region.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=args.kept_days * DAY),
            lifecycle_rules=[unfinished],
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=args.kms_key) if args.kms_key else None,
            opts=self._part(),
        )

    def _identity(self, bucket: gcp.storage.Bucket, who: str) -> Identity:
        account = gcp.serviceaccount.Account(
            f"{self._name}-{who}",
            account_id=self._args.account(who),
            display_name=f"The {who} of {self._args.bucket}",
            opts=self._part(),
        )
        for role in ADD_AND_READ:
            self._grant(bucket, account, who, role, None)
        locks = gcp.storage.BucketIAMMemberConditionArgs(title="locks", expression=LOCKS)
        self._grant(bucket, account, who, DELETE, locks if who == "writer" else None)
        return Identity(env={"GOOGLE_PROJECT_ID": self._args.project}, service_account={ACCOUNT: self._args.email(who)})

    def _grant(
        self,
        bucket: gcp.storage.Bucket,
        account: gcp.serviceaccount.Account,
        who: str,
        role: str,
        condition: gcp.storage.BucketIAMMemberConditionArgs | None,
    ) -> None:
        gcp.storage.BucketIAMMember(
            f"{self._name}-{who}-{role.rpartition('.')[2]}",
            bucket=bucket.name,
            role=role,
            member=account.member,
            condition=condition,
            opts=self._part(),
        )


def keep_master(parent: pulumi.Resource, name: str, args: GcsArgs, master: pulumi.Output[str]) -> None:
    """Register a copy of the master secret in the secret manager: the state may be lost, backups must not be."""
    replica = gcp.secretmanager.SecretReplicationUserManagedReplicaArgs(location=args.region)
    secret = gcp.secretmanager.Secret(
        f"{name}-master-copy",
        secret_id=f"{args.bucket}-master",
        replication=gcp.secretmanager.SecretReplicationArgs(
            user_managed=gcp.secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
        ),
        opts=options.child(parent, protect=args.protect),
    )
    gcp.secretmanager.SecretVersion(
        f"{name}-master-copy",
        secret=secret.id,
        secret_data=pulumi.Output.secret(master),
        opts=options.child(parent, protect=args.protect),
    )
