"""Which resources hold what cannot be made again: data, backups, keys."""

from collections.abc import Mapping

from components import record
from ladder.engine.properties import Properties, mapping, plain

SECRETS = {
    "random:index/randomPassword:RandomPassword": "password",
    "tls:index/privateKey:PrivateKey": "private key",
    "aws:iam/accessKey:AccessKey": "access key",
}
"""What is another one when it is made anew."""

HOLDERS: Mapping[str, str] = {
    **{type_: bearer.noun for type_, bearer in record.BEARERS.items()},
    "kubernetes:core/v1:Namespace": "namespace",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ebs/volume:Volume": "volume",
    "aws:kms/key:Key": "encryption key",
    "aws:ssm/parameter:Parameter": "copy of a secret",
    "azure:storage/account:Account": "storage account",
    "azure:storage/container:Container": "container",
    "azure:keyvault/keyVault:KeyVault": "key vault",
    "azure:keyvault/secret:Secret": "copy of a secret",
    "gcp:storage/bucket:Bucket": "bucket",
    "gcp:secretmanager/secret:Secret": "copy of a secret",
}
"""Types whose deletion deletes something that is nowhere else, and what people call them."""

VAULTS = {"random:index/randomPassword:RandomPassword": "master secret of all backups"}
"""What is one of them in the stack of a vault alone."""


def noun(type_: str, inputs: Properties, *, vault: bool = False) -> str | None:
    """What people call the holder of data that a resource is; None for anything else, a cache and a copy among it."""
    found = HOLDERS.get(type_) or (VAULTS.get(type_) if vault else None)
    bearer = record.BEARERS.get(type_)
    if found and bearer:
        said = inputs
        for key in bearer.facts:
            said = mapping(plain(said.get(key)))
        if said.get(f"{bearer.prefix}role") == "cache" or inputs.get("replicateSourceDb"):
            return None
    return found
