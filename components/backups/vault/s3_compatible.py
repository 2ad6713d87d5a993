"""A bucket on somebody else's S3 server: nothing is made, its keys are handed on."""

from components.backups.repository import Identity
from components.backups.vault.args import Keys, RepositoryKind, S3CompatibleArgs
from components.backups.vault.made import Bucket


def bucket(args: S3CompatibleArgs) -> Bucket:
    """The bucket that `args` names."""
    return Bucket(
        kind=RepositoryKind.S3_COMPATIBLE,
        url=f"s3:{args.endpoint}/{args.bucket}",
        ca=args.ca,
        writer=identity(args.writer, args.region),
        pruner=identity(args.pruner, args.region),
    )


def identity(keys: Keys, region: str) -> Identity:
    """Keys as restic reads them."""
    return Identity(
        env={
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_DEFAULT_REGION": region,
        }
    )
