"""What continuous integration needs on Azure: a place for state, a key for each stack, identities for jobs."""

import hashlib

import environments
import pulumi
import pulumi_azure as azure
from environments import Job, Settings

ISSUER = "https://token.actions.githubusercontent.com"
KEPT_DAYS = 30
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
BLOBS = f"{CONTAINERS}/blobs"
READ = f"{BLOBS}/read"
WRITE = (f"{BLOBS}/write", f"{BLOBS}/add/action", f"{BLOBS}/delete")


def main() -> None:
    """Register all of it."""
    settings = Settings.load()
    provider = azure.Provider(
        "azure",
        features=azure.ProviderFeaturesArgs(),
        subscription_id=settings.account,
        storage_use_azuread=True,
        resource_provider_registrations="none",
    )
    opts = pulumi.ResourceOptions(provider=provider)
    kept = pulumi.ResourceOptions(provider=provider, protect=True)
    operator = azure.core.get_client_config_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    group = azure.core.ResourceGroup("ci", name=f"{settings.project}-ci", location=settings.region, opts=kept)
    container = _container(settings, group, kept)
    identities = {job.environment: _identity(job, settings, group, opts) for job in settings.jobs()}
    _state_rights(settings, group, container, identities, opts)
    keys = {name: _key(name, settings, group, identities, operator, kept) for name in settings.stacks}
    for job in settings.jobs():
        for role in job.rights(settings):
            azure.authorization.Assignment(
                f"{job.environment}-{role}",
                scope=f"/subscriptions/{settings.account}",
                role_definition_name=role,
                principal_id=identities[job.environment].principal_id,
                principal_type="ServicePrincipal",
                opts=opts,
            )
    backend = pulumi.Output.concat("azblob://", container.name, "?storage_account=", _account_name(settings))
    pulumi.export("backend", backend)
    pulumi.export("secrets_providers", keys)
    environments.make(
        settings,
        backend,
        {
            name: {
                "AZURE_CLIENT": it.client_id,
                "AZURE_TENANT": operator.tenant_id,
                "AZURE_SUBSCRIPTION": settings.account,
            }
            for name, it in identities.items()
        },
    )


def _own(settings: Settings) -> str:
    """Makes a name that all of Azure shares one that nobody else has."""
    return hashlib.sha256(f"{settings.account}/{settings.project}".encode()).hexdigest()[:8]


def _account_name(settings: Settings) -> str:
    plain = "".join(letter for letter in settings.project.lower() if letter.isalnum())
    return f"{plain[:11]}state{_own(settings)}"


def _container(
    settings: Settings, group: azure.core.ResourceGroup, kept: pulumi.ResourceOptions
) -> azure.storage.Container:
    """A container that keeps what was overwritten or deleted, in an account without keys that is closed to the public.

    The engine locks by files in it.
    """
    account = azure.storage.Account(
        "state",
        name=_account_name(settings),
        resource_group_name=group.name,
        location=settings.region,
        account_kind="StorageV2",
        account_tier="Standard",
        account_replication_type="ZRS",
        https_traffic_only_enabled=True,
        min_tls_version="TLS1_2",
        allow_nested_items_to_be_public=False,
        cross_tenant_replication_enabled=False,
        shared_access_key_enabled=False,
        default_to_oauth_authentication=True,
        local_user_enabled=False,
        blob_properties=azure.storage.AccountBlobPropertiesArgs(
            versioning_enabled=True,
            delete_retention_policy=azure.storage.AccountBlobPropertiesDeleteRetentionPolicyArgs(days=KEPT_DAYS),
            container_delete_retention_policy=azure.storage.AccountBlobPropertiesContainerDeleteRetentionPolicyArgs(
                days=KEPT_DAYS
            ),
        ),
        opts=kept,
    )
    azure.management.Lock("state", name="state", scope=account.id, lock_level="CanNotDelete", opts=kept)
    return azure.storage.Container(
        "state", name="state", storage_account_id=account.id, container_access_type="private", opts=kept
    )


def _identity(
    job: Job, settings: Settings, group: azure.core.ResourceGroup, opts: pulumi.ResourceOptions
) -> azure.authorization.UserAssignedIdentity:
    """Whom a job of one environment of one repository may be, and nobody else."""
    made = azure.authorization.UserAssignedIdentity(
        job.environment,
        name=f"{settings.project}-ci-{job.environment}",
        resource_group_name=group.name,
        location=settings.region,
        opts=opts,
    )
    azure.armmsi.FederatedIdentityCredential(
        f"{job.environment}-trust",
        name="github",
        user_assigned_identity_id=made.id,
        issuer=ISSUER,
        audience="api://AzureADTokenExchange",
        subject=job.subject,
        opts=opts,
    )
    return made


def _state_rights(
    settings: Settings,
    group: azure.core.ResourceGroup,
    container: azure.storage.Container,
    identities: dict[str, azure.authorization.UserAssignedIdentity],
    opts: pulumi.ResourceOptions,
) -> None:
    """Who may read and write which files; the roles that Azure brings could delete the container."""

    def role(name: str, *actions: str) -> azure.authorization.RoleDefinition:
        may = azure.authorization.RoleDefinitionPermissionArgs(
            actions=[f"{CONTAINERS}/read"], data_actions=list(actions)
        )
        return azure.authorization.RoleDefinition(
            f"state-{name}",
            name=f"State of {settings.project}: {name}",
            scope=group.id,
            permissions=[may],
            opts=opts,
        )

    reads, writes = role("read", READ), role("write", *WRITE)

    def allow(job: Job, role: azure.authorization.RoleDefinition, what: str, condition: str) -> None:
        azure.authorization.Assignment(
            f"{job.environment}-state-{what}",
            scope=container.id,
            role_definition_id=role.role_definition_resource_id,
            principal_id=identities[job.environment].principal_id,
            principal_type="ServicePrincipal",
            condition=condition,
            condition_version="2.0",
            opts=opts,
        )

    for job in settings.jobs():
        readable = [".pulumi/meta.yaml", *settings.files(*job.reads)]
        named = f"!(ActionMatches{{'{READ}'}} AND NOT SubOperationMatches{{'Blob.List'}})"
        allow(job, reads, "read", f"(({named}) OR ({_begins(readable)}))")
        if job.writes:
            other = " AND ".join(f"!(ActionMatches{{'{it}'}})" for it in WRITE)
            allow(job, writes, "write", f"(({other}) OR ({_begins(settings.files(job.stack.name))}))")


def _begins(files: list[str]) -> str:
    return " OR ".join(f"@Resource[{BLOBS}:path] StringStartsWith '{it}'" for it in files)


def _key(
    stack: str,
    settings: Settings,
    group: azure.core.ResourceGroup,
    identities: dict[str, azure.authorization.UserAssignedIdentity],
    operator: pulumi.Output[azure.core.GetClientConfigResult],
    kept: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The key of a stack's secrets, in a vault of its own: whoever changes another stack cannot read them."""

    def may(who: pulumi.Input[str], *permissions: str) -> azure.keyvault.KeyVaultAccessPolicyArgs:
        return azure.keyvault.KeyVaultAccessPolicyArgs(
            tenant_id=operator.tenant_id, object_id=who, key_permissions=list(permissions)
        )

    makes = [
        "Get",
        "List",
        "Create",
        "Update",
        "Delete",
        "Recover",
        "GetRotationPolicy",
        "SetRotationPolicy",
        "Encrypt",
        "Decrypt",
    ]
    policies = [may(operator.object_id, *makes)]
    for job in settings.jobs():
        if stack in job.reads:
            encrypts = ["Encrypt"] if job.writes and job.stack.name == stack else []
            policies.append(may(identities[job.environment].principal_id, "Get", "Decrypt", *encrypts))
    safe = azure.keyvault.KeyVault(
        f"{stack}-secrets",
        name=f"{stack}-{_own(settings)}",
        resource_group_name=group.name,
        location=settings.region,
        tenant_id=operator.tenant_id,
        sku_name="standard",
        purge_protection_enabled=True,
        soft_delete_retention_days=90,
        access_policies=policies,
        opts=kept,
    )
    key = azure.keyvault.Key(
        f"{stack}-secrets",
        name="secrets",
        key_vault_id=safe.id,
        key_type="RSA",
        key_size=2048,
        key_opts=["encrypt", "decrypt"],
        rotation_policy=azure.keyvault.KeyRotationPolicyArgs(
            automatic=azure.keyvault.KeyRotationPolicyAutomaticArgs(time_after_creation="P90D"),
        ),
        opts=kept,
    )
    return pulumi.Output.concat("azurekeyvault://", safe.name, ".vault.azure.net/keys/", key.name)


main()
