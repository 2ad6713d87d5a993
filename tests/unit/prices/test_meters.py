"""What each resource uses in a month, as a table: inputs, then `service item: quantity` or `? what`."""

from typing import Any

import pytest

from ladder.prices import Gap, Resource, Use
from ladder.prices.meters import Pods, uses

RDS = {"engine": "postgres", "instanceClass": "db.t4g.small", "allocatedStorage": 50, "storageType": "gp3"}
SQL = {"databaseVersion": "POSTGRES_17", "settings": {"tier": "db-custom-2-8192", "diskSize": 50}}
CLAIM = {"spec": {"resources": {"requests": {"storage": "50Gi"}}, "storageClassName": "ladder"}}
ATLAS = {
    "replicationSpecs": [
        {
            "regionConfigs": [
                {
                    "providerName": "AWS",
                    "regionName": "EU_CENTRAL_1",
                    "electableSpecs": {"instanceSize": "M10", "nodeCount": 3},
                }
            ]
        }
    ]
}


def resource(type_: str, inputs: dict[str, Any], part: str = "store") -> Resource:
    return Resource(part=part, type=type_, name="it", inputs=inputs)


def used(*resources: Resource, free_volumes: bool = False, **pods: Pods) -> list[str]:
    return [_words(it) for _, it in uses(resources, pods, free_volumes=free_volumes)]


def _words(it: Use | Gap) -> str:
    return f"? {it.what}" if isinstance(it, Gap) else f"{it.service} {it.item}: {it.quantity:g} {it.unit}"


BACKUPS = "? backups beyond the size of the database"
SQL_BACKUPS = "? backups of the database"
ATLAS_REST = "? Atlas storage beyond the tier's own, and traffic"


@pytest.mark.parametrize(
    ("type_", "inputs", "expected"),
    [
        ("aws:rds/instance", RDS, ["rds postgres db.t4g.small: 730 hour", "rds storage gp3: 50 GiB-month", BACKUPS]),
        (
            "aws:rds/instance",
            RDS | {"multiAz": True},
            ["rds postgres db.t4g.small: 1460 hour", "rds storage gp3: 100 GiB-month", BACKUPS],
        ),
        (
            "aws:elasticache/replicationGroup",
            {"engine": "valkey", "nodeType": "cache.t4g.small", "numCacheClusters": 2, "snapshotRetentionLimit": 7},
            ["elasticache valkey cache.t4g.small: 1460 hour", "? snapshots"],
        ),
        (
            "aws:elasticache/replicationGroup",
            {"engine": "valkey", "nodeType": "cache.t4g.small", "numNodeGroups": 2, "replicasPerNodeGroup": 1},
            ["elasticache valkey cache.t4g.small: 2920 hour"],
        ),
        ("aws:eks/cluster", {}, ["eks control plane: 730 hour"]),
        (
            "aws:eks/cluster",
            {"computeConfig": {"enabled": True}},
            ["eks control plane: 730 hour", "? nodes, which Auto Mode starts as the pods need them, with its fee"],
        ),
        (
            "aws:eks/nodeGroup",
            {"instanceTypes": ["t4g.large"], "scalingConfig": {"desiredSize": 3}, "diskSize": 20},
            ["ec2 t4g.large: 2190 hour", "ebs gp3: 60 GiB-month"],
        ),
        (
            "aws:ec2/instance",
            {"instanceType": "t4g.large", "rootBlockDevice": {"volumeSize": 30, "volumeType": "gp3"}},
            ["ec2 t4g.large: 730 hour", "ebs gp3: 30 GiB-month"],
        ),
        ("aws:ebs/volume", {"size": 100, "type": "gp3"}, ["ebs gp3: 100 GiB-month"]),
        ("aws:ec2/natGateway", {}, ["vpc NAT gateway: 730 hour", "? traffic through the NAT gateway"]),
        ("aws:ec2/eip", {}, ["vpc public IPv4 address: 730 hour"]),
        ("aws:ec2/vpcEndpoint", {"vpcEndpointType": "Gateway"}, []),
        ("gcp:compute/address", {"addressType": "INTERNAL"}, []),
        (
            "gcp:compute/forwardingRule",
            {},
            ["vpc service connection: 730 hour", "? traffic through the service connection"],
        ),
        (
            "aws:ec2/vpcEndpoint",
            {"vpcEndpointType": "Interface", "subnetIds": ["a", "b"]},
            ["vpc interface endpoint: 1460 hour"],
        ),
        ("aws:secretsmanager/secret", {}, ["secretsmanager secret: 1 month"]),
        ("aws:secretsmanager/secretVersion", {}, []),
        ("aws:kms/key", {}, ["kms key: 1 month"]),
        ("aws:s3/bucket", {}, ["? objects in the bucket"]),
        ("aws:s3/bucketVersioning", {}, []),
        ("aws:iam/role", {}, []),
        ("aws:dlm/lifecyclePolicy", {}, ["? snapshots of disks"]),
        ("aws:ssm/parameter", {"type": "SecureString"}, []),
        ("aws:ssm/parameter", {"tier": "Advanced"}, ["ssm advanced parameter: 1 month"]),
        (
            "gcp:sql/databaseInstance",
            SQL,
            [
                "sql postgres vCPU: 1460 hour",
                "sql postgres memory: 5840 GiB-hour",
                "sql ssd: 50 GiB-month",
                SQL_BACKUPS,
            ],
        ),
        (
            "gcp:sql/databaseInstance",
            {
                "databaseVersion": "POSTGRES_17",
                "settings": {"tier": "db-g1-small", "availabilityType": "REGIONAL", "diskSize": 10},
            },
            ["sql postgres db-g1-small with standby: 730 hour", "sql ssd with standby: 10 GiB-month", SQL_BACKUPS],
        ),
        (
            "gcp:sql/databaseInstance",
            {
                "databaseVersion": "POSTGRES_17",
                "settings": {"tier": "db-perf-optimized-N-2", "edition": "ENTERPRISE_PLUS"},
            },
            ["sql postgres plus db-perf-optimized-N-2: 730 hour", SQL_BACKUPS],
        ),
        ("gcp:redis/instance", {"memorySizeGb": 1}, ["memorystore redis basic M1: 730 GiB-hour"]),
        (
            "gcp:redis/instance",
            {"memorySizeGb": 5, "tier": "STANDARD_HA"},
            ["memorystore redis standard M2: 3650 GiB-hour"],
        ),
        (
            "gcp:redis/instance",
            {"memorySizeGb": 5, "tier": "STANDARD_HA", "readReplicasMode": "READ_REPLICAS_ENABLED", "replicaCount": 2},
            ["memorystore redis node M2: 10950 GiB-hour"],
        ),
        ("gcp:redis/instance", {"memorySizeGb": 101}, ["memorystore redis basic M5: 73730 GiB-hour"]),
        ("gcp:container/cluster", {}, ["gke cluster: 730 hour"]),
        (
            "gcp:compute/instance",
            {"machineType": "e2-medium", "bootDisk": {"initializeParams": {"size": 20, "type": "pd-balanced"}}},
            ["compute e2-medium: 730 hour", "disk pd-balanced: 20 GiB-month"],
        ),
        ("gcp:compute/resourcePolicy", {"snapshotSchedulePolicy": {}}, ["? snapshots of disks"]),
        ("gcp:compute/network", {}, []),
        ("mongodbatlas:index/advancedCluster", ATLAS, ["atlas M10: 730 hour", ATLAS_REST]),
        (
            "mongodbatlas:index/advancedCluster",
            ATLAS | {"backupEnabled": True},
            ["atlas M10: 730 hour", ATLAS_REST, "? Atlas backups"],
        ),
        ("mongodbatlas:index/project", {}, []),
        ("kubernetes:apps/v1:StatefulSet", {}, []),
        (
            "kubernetes:core/v1:Service",
            {"spec": {"type": "LoadBalancer"}},
            ["? a load balancer of the cluster's cloud"],
        ),
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}, []),
        ("aws:sagemaker/endpoint", {}, ["? aws:sagemaker/endpoint"]),
    ],
)
def test_what_a_resource_uses_in_a_month(type_: str, inputs: dict[str, Any], expected: list[str]) -> None:
    assert used(resource(type_, inputs)) == expected


def test_a_replica_for_reading_runs_what_its_server_runs() -> None:
    reader = resource("aws:rds/instance", {"instanceClass": "db.t4g.small", "replicateSourceDb": "x"})
    assert "rds postgres db.t4g.small: 730 hour" in used(reader, resource("aws:rds/instance", RDS))
    assert used(reader)[0] == "rds of an unknown engine db.t4g.small: 730 hour"


def test_an_atlas_cluster_over_several_regions_has_no_price() -> None:
    region = ATLAS["replicationSpecs"][0]["regionConfigs"][0]
    wide = {"replicationSpecs": [{"regionConfigs": [region, region | {"regionName": "EU_WEST_1"}]}]}
    found = used(resource("mongodbatlas:index/advancedCluster", wide))
    assert found[0] == "? Atlas M10 over more than one region, or not of 3 nodes"


def test_an_atlas_cluster_is_priced_where_it_runs() -> None:
    (_, found), *_ = uses([resource("mongodbatlas:index/advancedCluster", ATLAS)], {}, free_volumes=False)
    assert isinstance(found, Use)
    assert (found.cloud, found.region) == ("aws", "eu-central-1")


def test_a_group_of_machines_is_priced_by_the_template_of_its_component() -> None:
    disk = {"ebs": {"volumeSize": 20, "volumeType": "gp3"}}
    template = resource("aws:ec2/launchTemplate", {"instanceType": "t3.large", "blockDeviceMappings": [disk]})
    group = resource("aws:autoscaling/group", {"desiredCapacity": 2})
    assert used(template, group) == ["ec2 t3.large: 1460 hour", "ebs gp3: 40 GiB-month"]
    stranger = resource("aws:ec2/launchTemplate", {"instanceType": "m7g.large"}, part="other")
    assert used(stranger, group) == ["ec2 of an unknown type: 1460 hour"]


def test_a_group_on_google_cloud_is_priced_by_its_template_and_a_disk_that_exists_is_not_counted_twice() -> None:
    boot, data = {"diskSizeGb": 20, "diskType": "pd-balanced"}, {"source": "acme-data"}
    template = resource("gcp:compute/instanceTemplate", {"machineType": "e2-standard-2", "disks": [boot, data]})
    group = resource("gcp:compute/instanceGroupManager", {"targetSize": 1})
    assert used(template, group) == ["compute e2-standard-2: 730 hour", "disk pd-balanced: 20 GiB-month"]


@pytest.mark.parametrize(
    ("provisioner", "parameters", "expected"),
    [
        ("ebs.csi.eks.amazonaws.com", {"type": "gp3"}, ["ebs gp3: 50 GiB-month"]),
        ("pd.csi.storage.gke.io", {"type": "pd-balanced"}, ["disk pd-balanced: 50 GiB-month"]),
        ("rancher.io/local-path", {}, []),
        ("csi.example.com", {}, ["? volumes of csi.example.com"]),
    ],
)
def test_a_claim_costs_what_its_class_makes(provisioner: str, parameters: dict[str, str], expected: list[str]) -> None:
    made = {"metadata": {"name": "ladder"}, "provisioner": provisioner, "parameters": parameters}
    storage_class = resource("kubernetes:storage.k8s.io/v1:StorageClass", made, part="cluster")
    assert used(storage_class, resource("kubernetes:core/v1:PersistentVolumeClaim", CLAIM)) == expected


def test_a_claim_of_somebody_elses_class_is_on_their_bill_and_on_a_laptop_on_nobodys() -> None:
    claim = resource("kubernetes:core/v1:PersistentVolumeClaim", CLAIM)
    assert used(claim) == ["? volumes of your class ladder"]
    assert used(claim, free_volumes=True) == []


def test_pods_cost_what_they_ask_for_on_autopilot_alone() -> None:
    cluster = resource("gcp:container/cluster", {"enableAutopilot": True}, part="cluster")
    asked = Pods(cpu=1, memory_gib=4)
    assert used(cluster, postgres=asked) == [
        "gke cluster: 730 hour",
        "gke autopilot vCPU: 730 hour",
        "gke autopilot memory: 2920 GiB-hour",
        "? what Autopilot rounds requests up to, and pods beyond the least",
    ]
    owners = [it.part for it, _ in uses([cluster], {"postgres": asked}, free_volumes=False)]
    assert owners == ["cluster", "postgres", "postgres", "postgres"]
    assert used(resource("gcp:container/cluster", {}), postgres=asked) == ["gke cluster: 730 hour"]
