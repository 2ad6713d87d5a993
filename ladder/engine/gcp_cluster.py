"""What the offline engine knows of the types of Google Cloud below clusters and vaults.

Source: the schemas of the Terraform provider below pulumi-gcp 10.2 (`ForceNew`).
"""

from __future__ import annotations

from ladder.engine.aws_cluster import Facts

_PLACE = ("name", "project", "region")

TYPES: dict[str, Facts] = {
    "gcp:compute/network:Network": Facts(("name", "project", "autoCreateSubnetworks"), ("selfLink",)),
    "gcp:compute/disk:Disk": Facts(
        ("name", "project", "zone", "type", "image", "snapshot", "diskEncryptionKey"), ("selfLink",)
    ),
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": Facts(("name", "project", "zone", "disk")),
    "gcp:compute/firewall:Firewall": Facts(("name", "project", "network", "direction"), ("selfLink",)),
    "gcp:compute/healthCheck:HealthCheck": Facts(("name", "project"), ("selfLink",)),
    "gcp:compute/instanceGroupManager:InstanceGroupManager": Facts(
        ("name", "project", "zone", "baseInstanceName"), ("instanceGroup", "selfLink")
    ),
    "gcp:compute/instanceTemplate:InstanceTemplate": Facts(
        (
            "name",
            "project",
            "disks",
            "machineType",
            "metadata",
            "networkInterfaces",
            "scheduling",
            "serviceAccount",
            "shieldedInstanceConfig",
            "labels",
        ),
        ("selfLink",),
    ),
    "gcp:compute/resourcePolicy:ResourcePolicy": Facts(_PLACE, ("selfLink",)),
    "gcp:secretmanager/secretIamMember:SecretIamMember": Facts(
        ("project", "secretId", "role", "member", "condition"), ("etag",)
    ),
    "gcp:compute/subnetwork:Subnetwork": Facts((*_PLACE, "network"), ("selfLink",)),
    "gcp:compute/router:Router": Facts((*_PLACE, "network"), ("selfLink",)),
    "gcp:compute/routerNat:RouterNat": Facts((*_PLACE, "router")),
    "gcp:serviceaccount/account:Account": Facts(("accountId", "project"), ("email", "member", "name")),
    "gcp:projects/iAMMember:IAMMember": Facts(("project", "role", "member", "condition"), ("etag",)),
    "gcp:serviceaccount/iAMMember:IAMMember": Facts(("serviceAccountId", "role", "member", "condition"), ("etag",)),
    "gcp:storage/bucket:Bucket": Facts(("name", "project", "location", "customPlacementConfig"), ("selfLink", "url")),
    "gcp:storage/bucketIAMMember:BucketIAMMember": Facts(("bucket", "role", "member", "condition"), ("etag",)),
    "gcp:secretmanager/secret:Secret": Facts(("project", "secretId", "replication"), ("name",)),
    "gcp:secretmanager/secretVersion:SecretVersion": Facts(("secret", "secretData"), ("name", "version")),
    "gcp:container/cluster:Cluster": Facts(
        (
            "name",
            "project",
            "location",
            "network",
            "subnetwork",
            "enableAutopilot",
            "ipAllocationPolicy",
            "clusterAutoscaling.autoProvisioningDefaults.bootDiskKmsKey",
        ),
        ("endpoint", "masterAuth.clusterCaCertificate", "selfLink"),
    ),
}
