"""What the writer and the pruner of a bucket of Amazon S3 may do: asked of the policies themselves."""

import pytest
from iam_judge import allows

from components.backups.vault import s3_policy
from components.backups.vault.s3_args import S3Args

KEY = "arn:aws:kms:eu-central-1:123456789012:key/abc"
ARGS = S3Args(region="eu-central-1", account="123456789012", bucket="acme-backups", kms_key=KEY)
BUCKET = "arn:aws:s3:::acme-backups"
REPOSITORY = f"{BUCKET}/shop.prod/postgres"
PACK, LOCK = f"{REPOSITORY}/data/ab/abcdef", f"{REPOSITORY}/locks/abcdef"

WRITER, PRUNER = (s3_policy.identity(ARGS, who) for who in ("writer", "pruner"))


@pytest.mark.parametrize("policy", [WRITER, PRUNER], ids=["writer", "pruner"])
def test_what_restic_does_is_allowed(policy: dict[str, object]) -> None:
    assert allows(policy, "s3:ListBucket", BUCKET)
    assert allows(policy, "s3:GetBucketLocation", BUCKET)
    for action in ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"):
        assert allows(policy, action, PACK), action
    assert allows(policy, "s3:DeleteObject", LOCK)
    assert allows(policy, "kms:GenerateDataKey", KEY)
    assert allows(policy, "kms:Decrypt", KEY)


@pytest.mark.parametrize(
    "path", ["data/ab/abcdef", "snapshots/abc", "index/abc", "keys/abc", "config", "locks", "data/locks-abc"]
)
def test_the_writer_deletes_nothing_but_locks(path: str) -> None:
    assert not allows(WRITER, "s3:DeleteObject", f"{REPOSITORY}/{path}")
    assert allows(PRUNER, "s3:DeleteObject", f"{REPOSITORY}/{path}")


@pytest.mark.parametrize("policy", [WRITER, PRUNER], ids=["writer", "pruner"])
@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutEncryptionConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:DeleteBucket",
        "s3:PutObjectAcl",
        "iam:CreateAccessKey",
        "kms:ScheduleKeyDeletion",
    ],
)
def test_nobody_who_runs_jobs_ends_what_protects_the_past(policy: dict[str, object], action: str) -> None:
    assert not any(allows(policy, action, resource) for resource in (BUCKET, PACK, LOCK, KEY))


def test_another_bucket_is_out_of_reach() -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert not allows(PRUNER, action, "arn:aws:s3:::acme-backups-2/shop.prod/postgres/locks/a")


@pytest.mark.parametrize(
    ("context", "refused"),
    [
        ({"aws:SecureTransport": "false"}, True),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"}, True),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.2"}, False),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}, False),
    ],
)
def test_the_bucket_refuses_whoever_speaks_without_tls(context: dict[str, str], refused: bool) -> None:
    both = [*WRITER["Statement"], *s3_policy.bucket(ARGS)["Statement"]]  # pyright: ignore[reportGeneralTypeIssues]
    for action, resource in (("s3:GetObject", PACK), ("s3:ListBucket", BUCKET)):
        assert allows({"Statement": both}, action, resource, context) is not refused


@pytest.mark.parametrize(
    ("account", "who"),
    [
        ("postgres-backup", "writer"),
        ("postgres-shipper", "writer"),
        ("ladder-watchdog", "writer"),
        ("postgres-pruner", "pruner"),
        ("app", None),
        ("default", None),
    ],
)
def test_a_service_account_can_be_what_its_name_says(account: str, who: str | None) -> None:
    context = {"aws:RequestTag/kubernetes-service-account": account}
    may = [it for it in ("writer", "pruner") if allows(s3_policy.trust(it), "sts:AssumeRole", "*", context)]
    assert may == ([who] if who else [])
