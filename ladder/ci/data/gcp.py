"""What continuous integration needs on Google Cloud: a place for state, a key for each stack, accounts for jobs."""

import environments
import pulumi
import pulumi_gcp as gcp
from environments import Job, Settings

ISSUER = "https://token.actions.githubusercontent.com"
DAY = 24 * 60 * 60


def main() -> None:
    """Register all of it."""
    settings = Settings.load()
    provider = gcp.Provider(
        "gcp",
        project=settings.account,
        region=settings.region,
        default_labels={"ladder-stack": f"{settings.project}-ci"},
    )
    opts = pulumi.ResourceOptions(provider=provider)
    kept = pulumi.ResourceOptions(provider=provider, protect=True)
    bucket = _bucket(settings, kept)
    ring = gcp.kms.KeyRing("secrets", name=f"{settings.project}-ci", location=settings.region, opts=kept)
    keys = {name: _key(name, ring, kept) for name in settings.stacks}
    pool = gcp.iam.WorkloadIdentityPool("github", workload_identity_pool_id=f"{settings.project}-ci", opts=opts)
    trusted = _trusted(settings, pool, opts)
    accounts = {job.environment: _account(job, settings, pool, opts) for job in settings.jobs()}
    for job in settings.jobs():
        _rights(job, settings, accounts[job.environment].member, bucket, keys, opts)
    backend = pulumi.Output.concat("gs://", bucket.name)
    pulumi.export("backend", backend)
    pulumi.export("secrets_providers", {name: pulumi.Output.concat("gcpkms://", key.id) for name, key in keys.items()})
    environments.make(
        settings,
        backend,
        {name: {"GOOGLE_PROVIDER": trusted.name, "GOOGLE_ACCOUNT": it.email} for name, it in accounts.items()},
    )


def _bucket(settings: Settings, kept: pulumi.ResourceOptions) -> gcp.storage.Bucket:
    """A bucket that keeps what was overwritten or deleted, and is closed to the public; the engine locks by files."""
    return gcp.storage.Bucket(
        "state",
        name=f"{settings.account}-{settings.project}-state",
        location=settings.region,
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning=gcp.storage.BucketVersioningArgs(enabled=True),
        soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=30 * DAY),
        lifecycle_rules=[
            gcp.storage.BucketLifecycleRuleArgs(
                action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                condition=gcp.storage.BucketLifecycleRuleConditionArgs(
                    days_since_noncurrent_time=90, with_state="ARCHIVED"
                ),
            )
        ],
        opts=kept,
    )


def _key(stack: str, ring: gcp.kms.KeyRing, kept: pulumi.ResourceOptions) -> gcp.kms.CryptoKey:
    """The key of a stack's secrets: whoever changes another stack cannot read them."""
    return gcp.kms.CryptoKey(
        f"{stack}-secrets", name=f"{stack}-secrets", key_ring=ring.id, rotation_period=f"{90 * DAY}s", opts=kept
    )


def _trusted(
    settings: Settings, pool: gcp.iam.WorkloadIdentityPool, opts: pulumi.ResourceOptions
) -> gcp.iam.WorkloadIdentityPoolProvider:
    """GitHub's tokens, of one repository alone."""
    return gcp.iam.WorkloadIdentityPoolProvider(
        "github",
        workload_identity_pool_id=pool.workload_identity_pool_id,
        workload_identity_pool_provider_id="github",
        oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=ISSUER),
        attribute_mapping={"google.subject": "assertion.sub"},
        attribute_condition=f"assertion.repository == '{settings.repository}'",
        opts=opts,
    )


def _account(
    job: Job, settings: Settings, pool: gcp.iam.WorkloadIdentityPool, opts: pulumi.ResourceOptions
) -> gcp.serviceaccount.Account:
    """Whom a job of one environment of one repository may be, and nobody else."""
    made = gcp.serviceaccount.Account(job.environment, account_id=f"{settings.project}-ci-{job.environment}", opts=opts)
    gcp.serviceaccount.IAMMember(
        f"{job.environment}-trust",
        service_account_id=made.name,
        role="roles/iam.workloadIdentityUser",
        member=pulumi.Output.concat("principal://iam.googleapis.com/", pool.name, f"/subject/{job.subject}"),
        opts=opts,
    )
    return made


def _rights(
    job: Job,
    settings: Settings,
    member: pulumi.Output[str],
    bucket: gcp.storage.Bucket,
    keys: dict[str, gcp.kms.CryptoKey],
    opts: pulumi.ResourceOptions,
) -> None:
    name = job.environment
    gcp.storage.BucketIAMMember(
        f"{name}-list", bucket=bucket.name, role="roles/storage.legacyBucketReader", member=member, opts=opts
    )
    read = [".pulumi/meta.yaml", *settings.files(*job.reads)]
    _on_files(f"{name}-read", "roles/storage.objectViewer", read, member, bucket, opts)
    if job.writes:
        own = settings.files(job.stack.name)
        _on_files(f"{name}-write", "roles/storage.objectUser", own, member, bucket, opts)
    for stack in (it for it in job.reads if it in keys):
        may = "cryptoKeyEncrypterDecrypter" if job.writes and stack == job.stack.name else "cryptoKeyDecrypter"
        gcp.kms.CryptoKeyIAMMember(
            f"{name}-{stack}-secrets",
            crypto_key_id=keys[stack].id,
            role=f"roles/cloudkms.{may}",
            member=member,
            opts=opts,
        )
    for role in job.rights(settings):
        gcp.projects.IAMMember(f"{name}-{role}", project=settings.account, role=role, member=member, opts=opts)


def _on_files(
    name: str,
    role: str,
    files: list[str],
    member: pulumi.Output[str],
    bucket: gcp.storage.Bucket,
    opts: pulumi.ResourceOptions,
) -> None:
    def condition(of: str) -> str:
        return " || ".join(f"resource.name.startsWith('projects/_/buckets/{of}/objects/{it}')" for it in files)

    gcp.storage.BucketIAMMember(
        name,
        bucket=bucket.name,
        role=role,
        member=member,
        condition=gcp.storage.BucketIAMMemberConditionArgs(
            title="state of its stacks", expression=bucket.name.apply(condition)
        ),
        opts=opts,
    )


main()
