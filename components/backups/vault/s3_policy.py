"""Who may do what in a bucket of Amazon S3: pure texts, tested by asking them."""

from collections.abc import Mapping

from components.backups.vault.s3_args import ACCOUNTS, S3Args

_READ_AND_ADD = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_LOOK = ("s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads")


def identity(args: S3Args, who: str) -> dict[str, object]:
    """What the writer may do, or the pruner.

    Both add and read. The writer deletes locks alone; the pruner deletes anything, which leaves the version behind.
    Neither may delete a version, shorten a lock, or change the bucket.
    """
    bucket = f"arn:aws:s3:::{args.bucket}"
    deletes = f"{bucket}/*" if who == "pruner" else f"{bucket}/*/locks/*"
    statements = [
        _statement("Allow", _LOOK, bucket),
        _statement("Allow", _READ_AND_ADD, f"{bucket}/*"),
        _statement("Allow", ("s3:DeleteObject",), deletes),
    ]
    if args.kms_key:
        statements.append(_statement("Allow", ("kms:GenerateDataKey", "kms:Decrypt"), args.kms_key))
    return _document(statements)


def bucket(args: S3Args) -> dict[str, object]:
    """What nobody may do, whatever else he is allowed: speak without TLS, or with an old one."""
    both = [f"arn:aws:s3:::{args.bucket}", f"arn:aws:s3:::{args.bucket}/*"]

    def deny(condition: Mapping[str, object]) -> dict[str, object]:
        return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": condition}

    return _document(
        [
            deny({"Bool": {"aws:SecureTransport": "false"}}),
            deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        ]
    )


def trust(who: str) -> dict[str, object]:
    """Who may be the writer, or the pruner: pods with a service account of that name, by EKS Pod Identity."""
    named = {"aws:RequestTag/kubernetes-service-account": list(ACCOUNTS[who])}
    return _document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringLike": named},
            }
        ]
    )


def _statement(effect: str, actions: tuple[str, ...], resource: str) -> dict[str, object]:
    return {"Effect": effect, "Action": list(actions), "Resource": resource}


def _document(statements: list[dict[str, object]]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": statements}
