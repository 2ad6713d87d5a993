"""What the offline engine knows of the types of MongoDB Atlas, and of what lets a network in there.

Source, read 2026-11-25: the schemas of mongodb/terraform-provider-mongodbatlas of 2026-08-21, which is below
pulumi-mongodbatlas (`RequiresReplace`, `ForceNew`), and of hashicorp/terraform-provider-google.
"""

from __future__ import annotations

from ladder.engine.aws_cluster import Facts

_PROJECT = ("projectId",)

TYPES: dict[str, Facts] = {
    "mongodbatlas:index/advancedCluster:AdvancedCluster": Facts(
        (*_PROJECT, "name"),
        ("clusterId", "connectionStrings.privateEndpoints.0.srvConnectionString", "mongoDbVersion", "stateName"),
    ),
    "mongodbatlas:index/cloudBackupSchedule:CloudBackupSchedule": Facts(_PROJECT, ("clusterId", "idPolicy")),
    "mongodbatlas:index/maintenanceWindow:MaintenanceWindow": Facts(),
    "mongodbatlas:index/databaseUser:DatabaseUser": Facts((*_PROJECT, "username")),
    "mongodbatlas:index/privateLinkEndpoint:PrivateLinkEndpoint": Facts(
        (*_PROJECT, "providerName", "region", "deleteOnCreateTimeout"),
        ("endpointServiceName", "privateLinkId", "serviceAttachmentNames.0", "status"),
    ),
    "mongodbatlas:index/privateLinkEndpointService:PrivateLinkEndpointService": Facts(
        (*_PROJECT, "privateLinkId", "endpointServiceId", "providerName", "gcpProjectId", "deleteOnCreateTimeout")
    ),
    "mongodbatlas:index/encryptionAtRest:EncryptionAtRest": Facts(_PROJECT),
    "mongodbatlas:index/cloudProviderAccessSetup:CloudProviderAccessSetup": Facts(
        ("providerName",),
        ("awsConfigs.0.atlasAwsAccountArn", "awsConfigs.0.atlasAssumedRoleExternalId", "roleId"),
    ),
    "mongodbatlas:index/cloudProviderAccessAuthorization:CloudProviderAccessAuthorization": Facts(
        (*_PROJECT, "roleId"), ("authorizedDate", "gcps.0.serviceAccountForAtlas")
    ),
    "gcp:compute/address:Address": Facts(
        (
            "name",
            "project",
            "region",
            "subnetwork",
            "network",
            "address",
            "addressType",
            "ipVersion",
            "networkTier",
            "prefixLength",
            "purpose",
        ),
        ("address", "selfLink"),
    ),
    "gcp:compute/forwardingRule:ForwardingRule": Facts(
        ("name", "project", "region", "network", "subnetwork", "ipAddress", "ipProtocol", "loadBalancingScheme"),
        ("pscConnectionId", "selfLink"),
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Facts(("cryptoKeyId", "role", "member", "condition"), ("etag",)),
}
