"""A container of Azure Blob Storage."""

import pulumi
import pulumi_azure as azure

from components import options
from components.backups.repository import Identity
from components.backups.vault.args import RepositoryKind
from components.backups.vault.azure_blob_args import CONTAINER, IDENTITY, TENANT, AzureBlobArgs
from components.backups.vault.made import Bucket

_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_BLOBS = f"{_CONTAINERS}/blobs"
DELETE = f"{_BLOBS}/delete"
DATA_ACTIONS = (f"{_BLOBS}/read", f"{_BLOBS}/write", f"{_BLOBS}/add/action", DELETE)
"""What both identities may do with objects. Deleting a version is another action, which neither has."""

LOCKS = f"(!(ActionMatches{{'{DELETE}'}}) OR @Resource[{_BLOBS}:path] StringLike '*/locks/*')"
"""Lets its holder delete what restic keeps under `locks/` of a repository, and nothing else."""


class AzureBlob(pulumi.ComponentResource):
    """A container that keeps what was written to it.

    Creates:
        - a resource group of its own, named after the storage account
        - the storage account, with a lock against its deletion: it has versions, and those that were deleted stay;
          encrypted, as everything is there; TLS 1.2; nothing public; no keys, so that a request is somebody's or is
          refused
        - what tidies old versions away, and the container
        - a key vault, for the copy of the master secret
        - identities of writer and pruner, with a role of their own: the built-in ones may delete the container. The
          writer deletes locks alone
    """

    TOKEN = "ladder:vault:AzureBlob"  # noqa: S105 (a type's name)
    bucket: Bucket

    def __init__(self, name: str, args: AzureBlobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the storage account, and who may use it."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._group = azure.core.ResourceGroup(
            f"{name}-group", name=args.storage_account, location=args.region, opts=self._part()
        )
        account = self._account()
        self._tidy(account)
        container = azure.storage.Container(
            f"{name}-container",
            name=CONTAINER,
            storage_account_id=account.id,
            container_access_type="private",
            opts=self._part(),
        )
        role = self._role()
        self.bucket = Bucket(
            kind=RepositoryKind.AZURE_BLOB,
            url=args.url,
            ca="",
            writer=self._identity("writer", container, role),
            pruner=self._identity("pruner", container, role),
            safe=self._safe().id,
        )
        self.register_outputs({"url": args.url})

    def _part(self) -> pulumi.ResourceOptions:
        return options.child(self, protect=self._args.protect)

    def _account(self) -> azure.storage.Account:
        args = self._args
        lasting = args.immutability
        account = azure.storage.Account(
            f"{self._name}-account",
            name=args.storage_account,
            resource_group_name=self._group.name,
            location=args.region,
            account_kind="StorageV2",
            account_tier="Standard",
            account_replication_type=args.replication.upper(),
            https_traffic_only_enabled=True,
            min_tls_version="TLS1_2",
            allow_nested_items_to_be_public=False,
            cross_tenant_replication_enabled=False,
            shared_access_key_enabled=False,
            default_to_oauth_authentication=True,
            local_user_enabled=False,
            blob_properties=azure.storage.AccountBlobPropertiesArgs(
                versioning_enabled=True,
                delete_retention_policy=azure.storage.AccountBlobPropertiesDeleteRetentionPolicyArgs(
                    days=args.kept_days
                ),
                container_delete_retention_policy=azure.storage.AccountBlobPropertiesContainerDeleteRetentionPolicyArgs(
                    days=args.kept_days
                ),
            ),
            immutability_policy=azure.storage.AccountImmutabilityPolicyArgs(
                state=lasting.mode.capitalize(),
                period_since_creation_in_days=lasting.days,
                allow_protected_append_writes=False,
            )
            if lasting
            else None,
            opts=self._part(),
        )
        # Unlike a bucket elsewhere, an account goes with all that it holds, in one call.
        azure.management.Lock(
            f"{self._name}-lock",
            name="backups",
            scope=account.id,
            lock_level="CanNotDelete",
            notes="Holds the backups of all environments.",
            opts=self._part(),
        )
        return account

    def _tidy(self, account: azure.storage.Account) -> None:
        # Counted from when a version was written, not from when another took its place. So it goes at once, to where
        # deleted versions stay for `kept_days`: what was overwritten a moment ago is never gone sooner.
        old = azure.storage.ManagementPolicyRuleActionsVersionArgs(delete_after_days_since_creation=1)
        rule = azure.storage.ManagementPolicyRuleArgs(
            name="old-versions",
            enabled=True,
            filters=azure.storage.ManagementPolicyRuleFiltersArgs(blob_types=["blockBlob"]),
            actions=azure.storage.ManagementPolicyRuleActionsArgs(version=old),
        )
        azure.storage.ManagementPolicy(
            f"{self._name}-lifecycle", storage_account_id=account.id, rules=[rule], opts=self._part()
        )

    def _role(self) -> azure.authorization.RoleDefinition:
        may = azure.authorization.RoleDefinitionPermissionArgs(
            actions=[f"{_CONTAINERS}/read"], data_actions=list(DATA_ACTIONS)
        )
        return azure.authorization.RoleDefinition(
            f"{self._name}-role",
            name=f"Backups in {self._args.storage_account}",
            description="Adds, reads and deletes objects; deletes no version, and no container.",
            scope=self._group.id,
            permissions=[may],
            opts=self._part(),
        )

    def _safe(self) -> azure.keyvault.KeyVault:
        """A place for secrets. Who may use it is a policy: of a role Azure knows some minutes too late for one `up`."""
        args = self._args
        operator = azure.keyvault.KeyVaultAccessPolicyArgs(
            tenant_id=args.tenant,
            object_id=args.operator,
            secret_permissions=["Get", "List", "Set", "Delete", "Recover"],
        )
        return azure.keyvault.KeyVault(
            f"{self._name}-safe",
            name=args.storage_account,
            resource_group_name=self._group.name,
            location=args.region,
            tenant_id=args.tenant,
            sku_name="standard",
            purge_protection_enabled=True,
            soft_delete_retention_days=90,
            access_policies=[operator],
            opts=self._part(),
        )

    def _identity(
        self, who: str, container: azure.storage.Container, role: azure.authorization.RoleDefinition
    ) -> Identity:
        args = self._args
        made = azure.authorization.UserAssignedIdentity(
            f"{self._name}-{who}",
            name=args.name(who),
            resource_group_name=self._group.name,
            location=args.region,
            opts=self._part(),
        )
        closed = who == "writer"
        azure.authorization.Assignment(
            f"{self._name}-{who}",
            scope=container.id,
            role_definition_id=role.role_definition_resource_id,
            principal_id=made.principal_id,
            principal_type="ServicePrincipal",
            condition=LOCKS if closed else None,
            condition_version="2.0" if closed else None,
            opts=self._part(),
        )
        return Identity(
            env={"AZURE_ACCOUNT_NAME": args.storage_account, "AZURE_CLIENT_ID": made.client_id},
            service_account={TENANT: args.tenant, IDENTITY: args.identity(who)},
        )


def keep_master(
    parent: pulumi.Resource, name: str, args: AzureBlobArgs, safe: pulumi.Input[str], master: pulumi.Output[str]
) -> None:
    """Register a copy of the master secret in the key vault `safe`: the state may be lost, backups must not be."""
    azure.keyvault.Secret(
        f"{name}-master-copy",
        name="master",
        key_vault_id=safe,
        value=pulumi.Output.secret(master),
        opts=options.child(parent, protect=args.protect),
    )
