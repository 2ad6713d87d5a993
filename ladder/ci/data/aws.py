"""What continuous integration needs on AWS: a place for state, a key for each stack, roles that jobs may take."""

import json

import environments
import pulumi
import pulumi_aws as aws
from environments import Job, Settings

ISSUER = "token.actions.githubusercontent.com"
OLD_VERSIONS_DAYS = 90


def main() -> None:
    """Register all of it."""
    settings = Settings.load()
    provider = aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account],
        default_tags=aws.ProviderDefaultTagsArgs(tags={"ladder-stack": f"{settings.project}.ci"}),
    )
    kept = pulumi.ResourceOptions(provider=provider, protect=True)
    bucket = _bucket(settings, kept)
    keys = {name: _key(settings, name, kept) for name in settings.stacks}
    trusted = _trusted(pulumi.ResourceOptions(provider=provider))
    roles = {
        job.environment: _role(job, settings, trusted, keys, pulumi.ResourceOptions(provider=provider))
        for job in settings.jobs()
    }
    backend = pulumi.Output.concat("s3://", bucket.bucket, f"?region={settings.region}")
    pulumi.export("backend", backend)
    pulumi.export(
        "secrets_providers", {name: f"awskms://{_alias(settings, name)}?region={settings.region}" for name in keys}
    )
    environments.make(
        settings,
        backend,
        {name: {"AWS_ROLE": role.arn, "AWS_REGION": settings.region} for name, role in roles.items()},
    )


def _name(settings: Settings) -> str:
    return f"{settings.project}-state-{settings.account}-{settings.region}"


def _bucket(settings: Settings, kept: pulumi.ResourceOptions) -> aws.s3.Bucket:
    """A bucket that keeps what was overwritten, is closed to the public, and speaks TLS; locks are files in it."""
    name = _name(settings)
    made = aws.s3.Bucket("state", bucket=name, opts=kept)
    aws.s3.BucketVersioning(
        "state",
        bucket=made.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=kept,
    )
    closed = aws.s3.BucketPublicAccessBlock(
        "state",
        bucket=made.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=kept,
    )
    aws.s3.BucketOwnershipControls(
        "state",
        bucket=made.bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=kept,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        "state",
        bucket=made.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                )
            )
        ],
        opts=kept,
    )
    aws.s3.BucketLifecycleConfiguration(
        "state",
        bucket=made.bucket,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="old versions",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=OLD_VERSIONS_DAYS
                ),
            )
        ],
        opts=kept,
    )
    refused = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    # AWS answers with a conflict when both are changed at once.
    aws.s3.BucketPolicy(
        "state",
        bucket=made.bucket,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [refused]}),
        opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[closed])),
    )
    return made


def _alias(settings: Settings, stack: str) -> str:
    return f"alias/{settings.project}-{stack}-secrets"


def _key(settings: Settings, stack: str, kept: pulumi.ResourceOptions) -> aws.kms.Key:
    """The key of a stack's secrets: whoever changes another stack cannot read them."""
    made = aws.kms.Key(
        f"{stack}-secrets",
        description=f"Secrets in the state of {settings.project}.{stack}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        opts=kept,
    )
    aws.kms.Alias(f"{stack}-secrets", name=_alias(settings, stack), target_key_id=made.key_id, opts=kept)
    return made


def _trusted(opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """GitHub's tokens: an account knows them once, so one that does names it: `oidc_provider`."""
    known = pulumi.Config().get("oidc_provider")
    if known:
        return pulumi.Output.from_input(known)
    return aws.iam.OpenIdConnectProvider(
        "github", url=f"https://{ISSUER}", client_id_lists=["sts.amazonaws.com"], opts=opts
    ).arn


def _role(
    job: Job,
    settings: Settings,
    trusted: pulumi.Output[str],
    keys: dict[str, aws.kms.Key],
    opts: pulumi.ResourceOptions,
) -> aws.iam.Role:
    """What a job of one environment of one repository may take for an hour, and nobody else."""
    made = aws.iam.Role(
        job.environment,
        name=f"{settings.project}-ci-{job.environment}",
        max_session_duration=3600,
        assume_role_policy=trusted.apply(lambda arn: json.dumps(_trust(job, arn))),
        opts=opts,
    )
    arns = {name: key.arn for name, key in keys.items() if name in job.reads}
    aws.iam.RolePolicy(
        f"{job.environment}-state",
        role=made.name,
        policy=pulumi.Output.all(**arns).apply(lambda found: json.dumps(_rights(job, settings, found))),
        opts=opts,
    )
    for index, arn in enumerate(job.rights(settings)):
        aws.iam.RolePolicyAttachment(f"{job.environment}-{index}", role=made.name, policy_arn=arn, opts=opts)
    return made


def _trust(job: Job, provider: str) -> dict[str, object]:
    allowed = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": job.subject}},
    }
    return {"Version": "2012-10-17", "Statement": [allowed]}


def _rights(job: Job, settings: Settings, keys: dict[str, str]) -> dict[str, object]:
    bucket = f"arn:aws:s3:::{_name(settings)}"
    read = [f"{bucket}/{it}*" for it in settings.files(*job.reads)]
    held = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{bucket}/.pulumi/meta.yaml", *read]},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": sorted(keys.values())},
    ]
    if job.writes:
        own = [f"{bucket}/{it}*" for it in settings.files(job.stack.name)]
        held += [
            {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": own},
            {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:GenerateDataKey"], "Resource": keys[job.stack.name]},
        ]
    return {"Version": "2012-10-17", "Statement": held}


main()
