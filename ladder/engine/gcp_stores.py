"""What the offline engine knows of the types of Google Cloud that managed stores are made of.

Source: the schemas of the Terraform provider (`ForceNew` and what its `CustomizeDiff` forces), main branch of
2026-08-21, version 8.0. A disk that stands above its setting because Cloud SQL let it grow is no change there; one that
shrinks is refused by the guard.
"""

from __future__ import annotations

from ladder.engine.aws_cluster import Facts

TYPES: dict[str, Facts] = {
    "gcp:sql/databaseInstance:DatabaseInstance": Facts(
        ("name", "project", "region", "encryptionKeyName", "masterInstanceName", "settings.collation"),
        ("dnsName", "dnsNames.0.name", "privateIpAddress", "selfLink", "serverCaCerts.0.cert"),
    ),
    "gcp:redis/instance:Instance": Facts(
        (
            "name",
            "project",
            "region",
            "alternativeLocationId",
            "authorizedNetwork",
            "connectMode",
            "customerManagedKey",
            "locationId",
            "reservedIpRange",
            "tier",
            "transitEncryptionMode",
        ),
        ("authString", "host", "readEndpoint", "serverCaCerts.0.cert"),
    ),
    "gcp:compute/globalAddress:GlobalAddress": Facts(
        ("name", "project", "address", "addressType", "description", "ipVersion", "network", "prefixLength", "purpose"),
        ("selfLink",),
    ),
    "gcp:servicenetworking/connection:Connection": Facts(("network", "service"), ("peering",)),
    "gcp:dns/managedZone:ManagedZone": Facts(("name", "project", "dnsName", "visibility"), ("managedZoneId",)),
    "gcp:dns/recordSet:RecordSet": Facts(("managedZone", "name", "project")),
}
