"""What the offline engine knows of the types of Azure below vaults.

Source: the arguments of pulumi-azure 6.40, which say of themselves that a change "forces a new resource".
An account is replaced when its replication goes to several zones or back; Ladder asks for no other change of it.
"""

from __future__ import annotations

from ladder.engine.aws_cluster import Facts

_PLACE = ("name", "resourceGroupName", "location")

TYPES: dict[str, Facts] = {
    "azure:core/resourceGroup:ResourceGroup": Facts(("name", "location")),
    "azure:storage/account:Account": Facts(
        (*_PLACE, "accountReplicationType", "accountTier", "immutabilityPolicy", "isHnsEnabled"),
        ("primaryBlobEndpoint",),
    ),
    "azure:storage/container:Container": Facts(("name", "storageAccountId")),
    "azure:storage/managementPolicy:ManagementPolicy": Facts(("storageAccountId",)),
    "azure:management/lock:Lock": Facts(("name", "scope", "lockLevel", "notes")),
    "azure:authorization/roleDefinition:RoleDefinition": Facts(
        ("scope", "roleDefinitionId"), ("roleDefinitionId", "roleDefinitionResourceId")
    ),
    "azure:authorization/assignment:Assignment": Facts(
        ("name", "scope", "roleDefinitionId", "principalId", "principalType", "condition", "conditionVersion"),
        ("name",),
    ),
    "azure:authorization/userAssignedIdentity:UserAssignedIdentity": Facts(
        _PLACE, ("clientId", "principalId", "tenantId")
    ),
    "azure:keyvault/keyVault:KeyVault": Facts((*_PLACE, "tenantId"), ("vaultUri",)),
    "azure:keyvault/secret:Secret": Facts(("name", "keyVaultId"), ("version", "versionlessId")),
}
