"""A bucket of Amazon S3."""

import json

import pulumi
import pulumi_aws as aws

from components import options
from components.backups.repository import Identity
from components.backups.vault import s3_policy
from components.backups.vault.args import RepositoryKind
from components.backups.vault.made import Bucket
from components.backups.vault.s3_args import ROLE, Access, ObjectLock, S3Args

UNFINISHED_DAYS = 7
"""How long the parts of an upload stay that was never finished."""


class S3(pulumi.ComponentResource):
    """A bucket that keeps what was written to it.

    Creates:
        - the bucket: versions; encryption; no public access; no access lists; nobody without TLS 1.2; what was
          overwritten or deleted stays for `kept_days`; optionally locked
        - writer and pruner: roles for pods of EKS, or users with a key each
    """

    TOKEN = "ladder:vault:S3"  # noqa: S105 (a type's name)
    bucket: Bucket

    def __init__(self, name: str, args: S3Args, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket, and who may use it."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        made = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket,
            object_lock_enabled=True if args.object_lock else None,
            opts=options.child(self, protect=args.protect),
        )
        versions = self._versions(made)
        self._closed(made)
        self._encrypted(made)
        self._tidy(made, versions)
        if args.object_lock:
            self._locked(made, args.object_lock, versions)
        self.bucket = Bucket(
            kind=RepositoryKind.S3,
            url=args.url,
            ca="",
            writer=self._identity("writer"),
            pruner=self._identity("pruner"),
        )
        self.register_outputs({"url": args.url})

    def _part(self, *, after: pulumi.Resource | None = None) -> pulumi.ResourceOptions:
        return options.child(self, protect=self._args.protect, depends_on=[after] if after else [])

    def _versions(self, bucket: aws.s3.Bucket) -> aws.s3.BucketVersioning:
        status = aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled")
        return aws.s3.BucketVersioning(
            f"{self._name}-versions", bucket=bucket.bucket, versioning_configuration=status, opts=self._part()
        )

    def _closed(self, bucket: aws.s3.Bucket) -> None:
        block = aws.s3.BucketPublicAccessBlock(
            f"{self._name}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._part(),
        )
        aws.s3.BucketOwnershipControls(
            f"{self._name}-owner",
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._part(),
        )
        # AWS answers with a conflict when both are changed at once.
        policy = json.dumps(s3_policy.bucket(self._args))
        aws.s3.BucketPolicy(f"{self._name}-tls", bucket=bucket.bucket, policy=policy, opts=self._part(after=block))

    def _encrypted(self, bucket: aws.s3.Bucket) -> None:
        key = self._args.kms_key
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default,
            # One request to the key service for many objects.
            bucket_key_enabled=True if key else None,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{self._name}-encryption", bucket=bucket.bucket, rules=[rule], opts=self._part()
        )

    def _tidy(self, bucket: aws.s3.Bucket, versions: aws.s3.BucketVersioning) -> None:
        everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
        unfinished = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=UNFINISHED_DAYS
        )
        old = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=self._args.kept_days
        )
        marks = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
        aws.s3.BucketLifecycleConfiguration(
            f"{self._name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="unfinished uploads",
                    status="Enabled",
                    filter=everything,
                    abort_incomplete_multipart_upload=unfinished,
                ),
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="old versions",
                    status="Enabled",
                    filter=everything,
                    noncurrent_version_expiration=old,
                    expiration=marks,
                ),
            ],
            opts=self._part(after=versions),
        )

    def _locked(self, bucket: aws.s3.Bucket, lock: ObjectLock, versions: aws.s3.BucketVersioning) -> None:
        retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode=lock.mode.upper(), days=lock.days)
        aws.s3.BucketObjectLockConfiguration(
            f"{self._name}-lock",
            bucket=bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention),
            opts=self._part(after=versions),
        )

    def _identity(self, who: str) -> Identity:
        match self._args.access:
            case Access.POD_IDENTITY:
                self._role(who)
                region = {"AWS_DEFAULT_REGION": self._args.region}
                return Identity(env=region, service_account={ROLE: self._args.role(who)})
            case Access.KEYS:
                key = self._key(who)
                return Identity(
                    env={
                        "AWS_ACCESS_KEY_ID": key.id,
                        "AWS_SECRET_ACCESS_KEY": pulumi.Output.secret(key.secret),
                        "AWS_DEFAULT_REGION": self._args.region,
                    }
                )

    def _role(self, who: str) -> None:
        role = aws.iam.Role(
            f"{self._name}-{who}",
            name=self._args.name(who),
            assume_role_policy=json.dumps(s3_policy.trust(who)),
            opts=self._part(),
        )
        policy = json.dumps(s3_policy.identity(self._args, who))
        aws.iam.RolePolicy(f"{self._name}-{who}", role=role.name, policy=policy, opts=self._part())

    def _key(self, who: str) -> aws.iam.AccessKey:
        user = aws.iam.User(f"{self._name}-{who}", name=self._args.name(who), opts=self._part())
        policy = json.dumps(s3_policy.identity(self._args, who))
        granted = aws.iam.UserPolicy(f"{self._name}-{who}", user=user.name, policy=policy, opts=self._part())
        return aws.iam.AccessKey(f"{self._name}-{who}", user=user.name, opts=options.child(self, depends_on=[granted]))


def keep_master(parent: pulumi.Resource, name: str, args: S3Args, master: pulumi.Output[str]) -> None:
    """Register a copy of the master secret in the parameter store: the state may be lost, backups must not be."""
    aws.ssm.Parameter(
        f"{name}-master-copy",
        name=f"/ladder/{args.bucket}/master",
        type="SecureString",
        key_id=args.kms_key,
        value=pulumi.Output.secret(master),
        opts=options.child(parent, protect=args.protect),
    )
