"""The vault: what its stack builds, and how an environment's stack reads it."""

from dataclasses import dataclass, field
from typing import assert_never

import pulumi
import pulumi_random as random
import pulumi_tls as tls
from pulumi import runtime
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.backups.repository import Identity, VaultAccess
from components.backups.vault import InClusterArgs, RepositoryArgs, S3CompatibleArgs, Vault, VaultArgs
from components.backups.vault.args import SCHEMA, Keys
from components.catalog import Tool
from components.cluster import Cluster
from components.kubernetes.certificates import Authority, AuthorityArgs
from components.kubernetes.namespace import Namespace, NamespaceArgs
from infra import schema
from infra.vault_settings import VaultSettings, azure_blob, gcs, image, s3

NAME = "vault"
OUTPUT = "vault"
READ = "pulumi:pulumi:readStackOutputs"


class VaultError(Exception):
    """The vault of a stack cannot be used; nothing was registered."""


def build(wanted: VaultSettings) -> None:
    """Register everything of a vault stack, and export how environments reach it."""
    providers: list[pulumi.ProviderResource] = [random.Provider("random")]
    if wanted.cluster:
        providers += [Cluster("cluster", wanted.cluster).provider, tls.Provider("tls")]
    if isinstance(wanted.repository, schema.S3Section):
        providers.append(_aws(wanted.repository, wanted.owner))
    if isinstance(wanted.repository, schema.GcsSection):
        providers.append(_gcp(wanted.repository, wanted.owner))
    if isinstance(wanted.repository, schema.AzureBlobSection):
        providers.append(_azure(wanted.repository))
    options = pulumi.ResourceOptions(providers=providers)
    repository, options = _repository(wanted, options)
    made = Vault(NAME, VaultArgs(repository=repository, protect=wanted.protect), options)
    pulumi.export(OUTPUT, made.access)


def _aws(asked: schema.S3Section, owner: str) -> pulumi.ProviderResource:
    """The provider of the one account and region that the vault names."""
    # A cloud's SDK is loaded by who needs it alone.
    import pulumi_aws

    return pulumi_aws.Provider(
        "aws",
        region=asked.region,
        allowed_account_ids=[asked.account],
        default_tags=pulumi_aws.ProviderDefaultTagsArgs(tags={"ladder-stack": owner}),
    )


def _gcp(asked: schema.GcsSection, owner: str) -> pulumi.ProviderResource:
    """The provider of the one project that the vault names."""
    import pulumi_gcp

    labels = {"ladder-stack": owner.lower().replace(".", "_")}
    return pulumi_gcp.Provider("gcp", project=asked.project, region=asked.region, default_labels=labels)


def _azure(asked: schema.AzureBlobSection) -> pulumi.ProviderResource:
    """The provider of the one subscription that the vault names; what has no keys is asked as somebody."""
    import pulumi_azure

    storage = pulumi_azure.ProviderFeaturesStorageArgs(data_plane_available=False)
    # Whoever may destroy the vault may not purge what Azure keeps of its secrets.
    keys = pulumi_azure.ProviderFeaturesKeyVaultArgs(
        purge_soft_delete_on_destroy=False, purge_soft_deleted_secrets_on_destroy=False
    )
    return pulumi_azure.Provider(
        "azure",
        subscription_id=asked.subscription,
        tenant_id=asked.tenant,
        storage_use_azuread=True,
        features=pulumi_azure.ProviderFeaturesArgs(storage=storage, key_vault=keys),
    )


def _repository(
    wanted: VaultSettings, options: pulumi.ResourceOptions
) -> tuple[RepositoryArgs, pulumi.ResourceOptions]:
    match wanted.repository:
        case schema.InClusterSection():
            return _in_cluster(wanted, wanted.repository, options)
        case schema.S3CompatibleSection() as asked:
            return S3CompatibleArgs(
                endpoint=asked.endpoint,
                bucket=asked.bucket,
                region=asked.region,
                writer=_keys(asked.writer),
                pruner=_keys(asked.pruner),
                ca=asked.ca or "",
            ), options
        case schema.AzureBlobSection() as asked:
            return azure_blob(asked, f"{wanted.project}-{wanted.stack}"), options
        case schema.GcsSection() as asked:
            return gcs(asked, f"{wanted.project}-{wanted.stack}"), options
        case schema.S3Section() as asked:
            return s3(asked, f"{wanted.project}-{wanted.stack}"), options
        case _:
            assert_never(wanted.repository)


def _in_cluster(
    wanted: VaultSettings, asked: schema.InClusterSection, options: pulumi.ResourceOptions
) -> tuple[RepositoryArgs, pulumi.ResourceOptions]:
    namespace = Namespace(
        "namespace", NamespaceArgs(name=wanted.namespace, owner=wanted.owner, protect=wanted.protect), options
    )
    authority = Authority("authority", AuthorityArgs(common_name=wanted.namespace, protect=wanted.protect), options)
    inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[namespace]))
    return InClusterArgs(
        namespace=wanted.namespace,
        storage_class=wanted.storage_class,
        storage_gib=asked.storage_gib,
        memory_mib=asked.memory_mib,
        image=image(asked.image, Tool.VERSITYGW),
        setup_image=image(asked.setup_image, Tool.PYTHON),
        issuer=authority.issuer,
        protect=wanted.protect,
        wait_minutes=asked.wait_minutes,
    ), inside


def _keys(section: schema.KeysSection) -> Keys:
    return Keys(access_key_id=section.access_key_id, secret_access_key=pulumi.Output.secret(section.secret_access_key))


@dataclass(frozen=True, kw_only=True)
class _Said:
    """A part of what a vault stack says, which is not trusted before it was read."""

    __pydantic_config__ = ConfigDict(extra="ignore", hide_input_in_errors=True)


@dataclass(frozen=True, kw_only=True)
class _Identity(_Said):
    env: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    service_account: dict[str, str] = field(default_factory=dict[str, str])


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    outputs: dict[str, object] = Field(default_factory=dict[str, object])


class _Vault(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    kind: str
    url: str
    ca: str
    master: str = Field(repr=False, min_length=1)
    writer: _Identity
    pruner: _Identity


class _Schema(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    schema_: int = Field(validation_alias="schema")


def read(stack: str | None) -> VaultAccess | None:
    """What the vault of this stack says; None where it has none.

    The engine is asked before anything is registered, so that a vault that cannot be read leaves everything as it is.

    Raises:
        VaultError: When it cannot be read, or is of another schema.
    """
    if stack is None:
        return None
    try:
        answer = _Answer.model_validate(runtime.invoke(READ, {"name": stack}).value)
    except Exception as error:
        words = str(error).replace("\n", " ")
        raise _unusable(
            stack, f"it cannot be read ({words})", "pulumi stack ls  lists the stacks that there are"
        ) from None
    return parse(stack, answer.outputs.get(OUTPUT))


def parse(stack: str, said: object) -> VaultAccess:
    """What a vault stack's output says.

    Raises:
        VaultError: When it is none, or of another schema.
    """
    if said is None:
        fix = f"is ladder:kind: vault set there? Then:  pulumi up --stack {stack}"
        raise _unusable(stack, f"it has no output {OUTPUT}", fix)
    try:
        found = _Schema.model_validate(said).schema_
        if found != SCHEMA:
            fix = "use the same version of Ladder for both stacks"
            raise _unusable(stack, f"it speaks schema {found}, this Ladder {SCHEMA}", fix)
        vault = _Vault.model_validate(said)
    except ValidationError as error:
        # Not chained, and without its input: the validator would quote what it was given, and that is secret.
        where = ", ".join(".".join(map(str, it["loc"])) for it in error.errors(include_url=False, include_input=False))
        fix = f"pulumi up --stack {stack}  writes it anew; if it stays so, its secrets could not be decrypted here"
        raise _unusable(stack, f"its output {OUTPUT} is incomplete ({where})", fix) from None
    return VaultAccess(
        kind=vault.kind,
        url=vault.url,
        ca=vault.ca,
        master=pulumi.Output.secret(vault.master),
        writer=_identity(vault.writer),
        pruner=_identity(vault.pruner),
    )


def _identity(said: _Identity) -> Identity:
    return Identity(
        env={name: pulumi.Output.secret(value) for name, value in said.env.items()},
        service_account=said.service_account,
    )


def _unusable(stack: str, why: str, fix: str) -> VaultError:
    return VaultError(
        f'ladder:vault = "{stack}"\n    the vault cannot be used: {why}; nothing was changed\n    fix: {fix}\n'
    )


def placeholder(stack: str) -> dict[str, object]:
    """What stands for a vault where no state can be read (`ladder plan`, tests): the same shape, no secret."""
    keys = {"AWS_ACCESS_KEY_ID": "writer", "AWS_SECRET_ACCESS_KEY": "generated:vault-writer-key.result"}
    identity = {"env": keys, "service_account": {}}
    return {
        "name": stack,
        "outputs": {
            OUTPUT: {
                "schema": SCHEMA,
                "kind": "in_cluster",
                "url": "s3:https://vault.ladder-vault.svc:7443/backups",
                "ca": "",
                "master": "generated:vault-master.result",
                "writer": identity,
                "pruner": identity,
            }
        },
    }
