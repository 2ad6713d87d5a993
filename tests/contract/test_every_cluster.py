"""What must hold for every kind of cluster that Ladder makes."""

import json
from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from sdk_types import wrong_keys
from stacks import CLUSTERS, HOMES, config, inputs, settled

from components.catalog import Cloud, Kind
from ladder.engine import Registration, Run, masked, plain

MADE = [kind for kind in CLUSTERS if kind != "existing"]
ON_AWS = [kind for kind in MADE if HOMES[kind] is Cloud.AWS]

GUARDED = {
    "aws:ebs/volume:Volume",
    "aws:ec2/eip:Eip",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:eks/cluster:Cluster",
    "aws:ssm/parameter:Parameter",
    "gcp:compute/address:Address",
    "gcp:compute/disk:Disk",
    "gcp:compute/network:Network",
    "gcp:compute/subnetwork:Subnetwork",
    "gcp:container/cluster:Cluster",
    "gcp:secretmanager/secret:Secret",
    "gcp:secretmanager/secretVersion:SecretVersion",
    "gcp:serviceaccount/account:Account",
    "kubernetes:eks.amazonaws.com/v1:NodeClass",
    "kubernetes:karpenter.sh/v1:NodePool",
    "tls:index/selfSignedCert:SelfSignedCert",
}
"""Types without which the stores in a cluster do not serve, or their data are gone."""

FREE = {"cluster-network-nat-euc1-az1"}
"""Of these types, but nobody's way to a store."""

TAGS = {"ladder-stack": "ladder.dev", "ladder-cost-centre": "ladder"}


def built(kind: str, stores: Mapping[Kind, object] | None = None, **more: object) -> Run:
    given = {Kind.POSTGRES: {}} if stores is None else stores
    return _built(json.dumps(config(given, cloud=HOMES[kind], cluster={**CLUSTERS[kind], **more})))


@cache
def _built(settings: str) -> Run:
    return settled(json.loads(settings))


@pytest.fixture(scope="module", params=MADE)
def made(request: pytest.FixtureRequest) -> tuple[str, Run]:
    return request.param, built(request.param)


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == type_]


def of_cluster(run: Run) -> list[Registration]:
    return [found for found in run.registrations if "ladder:index:Cluster" in found.urn]


def test_a_second_up_changes_nothing(made: tuple[str, Run]) -> None:
    kind, first = made
    again = settled(config({Kind.POSTGRES: {}}, cloud=HOMES[kind], cluster=CLUSTERS[kind]), first.after)
    assert again.changes == ()


def test_every_property_is_one_that_the_sdk_knows(made: tuple[str, Run]) -> None:
    _, run = made
    ours = [found for found in run.registrations if found.type.startswith(("aws:", "gcp:"))]
    wrong = [f"{found.name}: {path}" for found in ours for path in wrong_keys(found.type, inputs(found))]
    assert wrong == []
    assert len(ours) > 5


def test_a_wrong_nested_key_is_found() -> None:
    given = {"roleArn": "r", "vpcConfig": {"subnetId": []}, "encryptionConfig": {"provider": {"key": "k"}}, "nodes": 1}
    assert wrong_keys("aws:eks/cluster:Cluster", given) == [
        "vpcConfig.subnetId",
        "encryptionConfig.provider.key",
        "nodes",
    ]


def test_what_the_stores_need_is_guarded(made: tuple[str, Run]) -> None:
    _, run = made
    needed = [found for found in of_cluster(run) if found.type in GUARDED and found.name not in FREE]
    assert [found.name for found in needed if not found.protect and "admin" not in found.name] == []
    assert len(needed) > 3


@pytest.mark.parametrize("kind", MADE)
def test_a_cluster_without_stores_is_free_to_go(kind: str) -> None:
    there = built(kind, stores={})
    assert [found.name for found in there.registrations if found.protect] == []
    flags = [inputs(found)["deletionProtection"] for found in there.registrations if found.type.endswith(":Cluster")
             and "deletionProtection" in inputs(found)]  # fmt: skip
    assert flags == [False] * (not kind.startswith("single_node"))


def test_components_register_outputs_once_and_last(made: tuple[str, Run]) -> None:
    _, run = made
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())
    assert all("ladder:index:Cluster" in found.parent for found in of_cluster(run) if found.custom)


def test_no_resource_uses_a_provider_that_nobody_configured(made: tuple[str, Run]) -> None:
    _, run = made
    named = {found.urn for found in run.registrations if found.is_provider}
    stray = [found.urn for found in run.registrations if found.custom and not found.is_provider
             and found.provider.rpartition("::")[0] not in named]  # fmt: skip
    assert stray == []


@pytest.mark.parametrize("kind", ON_AWS)
def test_only_the_account_and_region_that_are_named_can_be_changed(kind: str) -> None:
    provider = of_type(built(kind), "pulumi:providers:aws")[0]
    assert provider["region"] == "eu-central-1"
    assert json.loads(provider["allowedAccountIds"]) == ["123456789012"]
    assert json.loads(provider["defaultTags"]) == {"tags": TAGS}


def test_only_the_project_and_region_that_are_named_can_be_changed() -> None:
    provider = of_type(built("gke"), "pulumi:providers:gcp")[0]
    assert (provider["project"], provider["region"]) == ("acme-prod-1", "europe-west3")
    assert json.loads(provider["defaultLabels"]) == {"ladder-stack": "ladder_dev", "ladder-cost-centre": "ladder"}


def test_no_secret_is_readable(made: tuple[str, Run]) -> None:
    _, run = made
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert "privateKeyPem" not in shown.replace("'privateKeyPem'", "").replace("'caPrivateKeyPem'", "")
    assert masked(run.outputs["kubeconfig"]) == "[secret]"


def test_the_api_is_open_to_the_named_addresses_only(made: tuple[str, Run]) -> None:
    _, run = made
    open_to = [cidr for it in of_type(run, "aws:eks/cluster:Cluster") for cidr in it["vpcConfig"]["publicAccessCidrs"]]
    rules = of_type(run, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    open_to += [it["cidrIpv4"] for it in rules]
    for it in of_type(run, "gcp:container/cluster:Cluster"):
        networks = it["masterAuthorizedNetworksConfig"]
        assert networks["gcpPublicCidrsAccessEnabled"] is False
        open_to += [block["cidrBlock"] for block in networks["cidrBlocks"]]
    for it in of_type(run, "gcp:compute/firewall:Firewall"):
        open_to += [cidr for cidr in it["sourceRanges"] if "6443" in it["allows"][0]["ports"]]
    assert open_to == ["203.0.113.7/32"]


@pytest.mark.parametrize("kind", ON_AWS)
def test_disks_are_encrypted(kind: str) -> None:
    run = built(kind)
    flags = [it["encrypted"] for it in of_type(run, "aws:ebs/volume:Volume")]
    flags += [
        it["parameters"]["encrypted"]
        for it in of_type(run, "kubernetes:storage.k8s.io/v1:StorageClass")
        if "parameters" in it
    ]
    flags += [
        disk["ebs"]["encrypted"]
        for it in of_type(run, "aws:ec2/launchTemplate:LaunchTemplate")
        for disk in it["blockDeviceMappings"]
    ]
    assert flags
    assert set(map(str, flags)) <= {"True", "true"}


def test_volumes_grow_and_outlive_their_claims(made: tuple[str, Run]) -> None:
    _, run = made
    (held,) = of_type(run, "kubernetes:storage.k8s.io/v1:StorageClass")
    assert (held["metadata"]["name"], held["reclaimPolicy"], held["allowVolumeExpansion"]) == ("ladder", "Retain", True)
    claim = of_type(run, "kubernetes:core/v1:PersistentVolumeClaim")[0]
    assert claim["spec"]["storageClassName"] == "ladder"


@pytest.mark.parametrize("kind", ON_AWS)
def test_data_have_subnets_that_the_internet_does_not_reach(kind: str) -> None:
    run = built(kind)
    gateway = [it["routeTableId"] for it in of_type(run, "aws:ec2/route:Route") if "gatewayId" in it]
    reached = {
        it["subnetId"]
        for it in of_type(run, "aws:ec2/routeTableAssociation:RouteTableAssociation")
        if it["routeTableId"] in gateway
    }
    assert len(reached) == 3
    assert not any("private" in subnet for subnet in reached)
    assert all(not it["mapPublicIpOnLaunch"] for it in of_type(run, "aws:ec2/subnet:Subnet"))


@pytest.mark.parametrize("kind", ON_AWS)
def test_backups_reach_s3_without_a_nat_gateway(kind: str) -> None:
    run = built(kind)
    (endpoint,) = of_type(run, "aws:ec2/vpcEndpoint:VpcEndpoint")
    assert endpoint["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert set(endpoint["routeTableIds"]) == {
        it.id for it in run.after.resources if it.type == "aws:ec2/routeTable:RouteTable"
    }


@pytest.mark.parametrize(
    ("kind", "nat", "count"), [("eks", "one", 1), ("eks", "per_zone", 3), ("single_node", None, 0)]
)
def test_nat_gateways_are_as_many_as_were_asked_for(kind: str, nat: str | None, count: int) -> None:
    run = built(kind, **({"nat": nat} if nat else {}))
    assert len(of_type(run, "aws:ec2/natGateway:NatGateway")) == count


def test_network_policies_are_enforced_on_eks() -> None:
    run = built("eks")
    switch = next(
        it for it in of_type(run, "kubernetes:core/v1:ConfigMap") if it["metadata"]["namespace"] == "kube-system"
    )
    assert (switch["metadata"]["name"], switch["data"]) == (
        "amazon-vpc-cni",
        {"enable-network-policy-controller": "true"},
    )


def test_k3s_is_not_told_to_leave_network_policies_out() -> None:
    told = b64decode(of_type(built("single_node"), "aws:ec2/launchTemplate:LaunchTemplate")[0]["userData"]).decode()
    assert "disable-network-policy" not in told
    assert "flannel-backend" not in told


def test_pods_cannot_take_the_role_of_the_machine() -> None:
    (template,) = of_type(built("single_node"), "aws:ec2/launchTemplate:LaunchTemplate")
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_a_machine_has_no_key_for_ssh_and_no_open_port_for_it() -> None:
    run = built("single_node")
    (template,) = of_type(run, "aws:ec2/launchTemplate:LaunchTemplate")
    assert "keyName" not in template
    ports = [it["fromPort"] for it in of_type(run, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")]
    assert ports == [6443]


def test_a_machine_may_do_what_it_must_with_what_is_its_own() -> None:
    run = built("single_node", kms_key="arn:aws:kms:eu-central-1:123456789012:key/abc")
    policy = next(it for it in of_type(run, "aws:iam/rolePolicy:RolePolicy") if "AttachVolume" in it["policy"])
    statements = json.loads(policy["policy"])["Statement"]
    broad = [it["Action"] for it in statements if it["Resource"] == ["*"]]
    assert len(broad) == 1
    assert not any("Get" in action or "Attach" in action or "Associate" in action for action in broad[0])
    assert all("*" not in action for it in statements for action in it["Action"])
    tagged = [it for it in statements if any("instance/*" in resource for resource in it["Resource"])]
    assert all(it["Condition"] == {"StringEquals": {"aws:ResourceTag/ladder-node": "ladder-dev"}} for it in tagged)


def test_machines_of_eks_are_replaced_in_the_window_one_at_a_time() -> None:
    run = built("eks", window={"day": "tuesday", "hour": 1, "hours": 3})
    (pool,) = of_type(run, "kubernetes:karpenter.sh/v1:NodePool")
    assert {"nodes": "1"} in pool["spec"]["disruption"]["budgets"]
    closed = {"nodes": "0", "reasons": ["Drifted"], "schedule": "0 4 * * 2", "duration": "165h"}
    assert closed in pool["spec"]["disruption"]["budgets"]
    lived = int(pool["spec"]["template"]["spec"]["expireAfter"].removesuffix("h"))
    assert 7 * 24 < lived < 21 * 24, "longer than a window is away, shorter than Auto Mode allows"


def test_who_may_enter_eks_is_said_by_entries_alone() -> None:
    admin = "arn:aws:iam::123456789012:role/ops/admin"
    run = built("eks", admins=[admin])
    (cluster,) = of_type(run, "aws:eks/cluster:Cluster")
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    granted = [
        (it["principalArn"], it["policyArn"].rpartition("/")[2])
        for it in of_type(run, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    ]
    assert (admin, "AmazonEKSClusterAdminPolicy") in granted
    assert len(granted) == 2


def test_tags_reach_what_the_cluster_makes_by_itself() -> None:
    run = built("eks")
    (node_class,) = of_type(run, "kubernetes:eks.amazonaws.com/v1:NodeClass")
    (storage,) = of_type(run, "kubernetes:storage.k8s.io/v1:StorageClass")
    (balancers,) = of_type(run, "kubernetes:eks.amazonaws.com/v1:IngressClassParams")
    assert node_class["spec"]["tags"] == TAGS
    assert storage["parameters"]["tagSpecification_2"] == "ladder-stack=ladder.dev"
    assert balancers["spec"]["tags"] == [{"key": key, "value": value} for key, value in sorted(TAGS.items())]
    (template,) = of_type(built("single_node"), "aws:ec2/launchTemplate:LaunchTemplate")
    assert all(it["tags"].items() >= TAGS.items() for it in template["tagSpecifications"])


def test_a_key_of_ones_own_encrypts_every_disk_that_holds_data() -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/abc"
    eks, node = built("eks", kms_key=key), built("single_node", kms_key=key)
    assert of_type(eks, "aws:eks/cluster:Cluster")[0]["encryptionConfig"]["provider"] == {"keyArn": key}
    assert of_type(eks, "kubernetes:storage.k8s.io/v1:StorageClass")[0]["parameters"]["kmsKeyId"] == key
    assert of_type(eks, "kubernetes:eks.amazonaws.com/v1:NodeClass")[0]["spec"]["ephemeralStorage"]["kmsKeyID"] == key
    assert of_type(node, "aws:ebs/volume:Volume")[0]["kmsKeyId"] == key
    assert {it["keyId"] for it in of_type(node, "aws:ssm/parameter:Parameter")} == {key}


def test_the_disk_of_a_machine_is_snapshotted_daily_and_once_more_at_its_end() -> None:
    run = built("single_node", node={"snapshots": 3})
    (disk,) = of_type(run, "aws:ebs/volume:Volume")
    (policy,) = of_type(run, "aws:dlm/lifecyclePolicy:LifecyclePolicy")
    assert disk["finalSnapshot"] is True
    assert policy["policyDetails"]["targetTags"].items() <= disk["tags"].items()
    assert policy["policyDetails"]["schedules"][0]["retainRule"] == {"count": 3}


def test_a_machine_waits_until_its_cluster_answers_and_is_ever_one() -> None:
    (group,) = of_type(built("single_node"), "aws:autoscaling/group:Group")
    assert (group["minSize"], group["maxSize"], group["desiredCapacity"]) == (1, 1, 1)
    (hook,) = group["initialLifecycleHooks"]
    assert hook["lifecycleTransition"] == "autoscaling:EC2_INSTANCE_LAUNCHING"
    assert hook["defaultResult"] == "ABANDON"
    assert int(group["waitForCapacityTimeout"].removesuffix("m")) * 60 >= 2 * hook["heartbeatTimeout"]


def test_everything_in_the_cluster_waits_for_the_machine() -> None:
    run = built("single_node")
    provider = next(found for found in run.registrations if found.type == "pulumi:providers:kubernetes")
    assert any(urn.endswith("cluster-machine-group") for urn in provider.dependencies)


@pytest.mark.parametrize("kind", MADE)
def test_the_context_of_the_kubeconfig_is_the_one_that_is_used(kind: str) -> None:
    run = built(kind, context="acme")
    text = json.loads(str(plain(run.outputs["kubeconfig"])))
    provider = of_type(run, "pulumi:providers:kubernetes")[0]
    assert text["current-context"] == provider["context"] == "acme"
    assert provider["clusterIdentifier"] == f"{kind.removesuffix('-gcp')}-ladder-dev"


def test_gke_keeps_machines_private_and_gives_them_an_account_of_their_own() -> None:
    run = built("gke")
    (cluster,) = of_type(run, "gcp:container/cluster:Cluster")
    assert cluster["enableAutopilot"] is True
    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    account = cluster["clusterAutoscaling"]["autoProvisioningDefaults"]["serviceAccount"]
    assert account == "generated:cluster-machines.email"
    roles = {it["role"] for it in of_type(run, "gcp:projects/iAMMember:IAMMember")}
    assert roles == {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}
    (subnetwork,) = of_type(run, "gcp:compute/subnetwork:Subnetwork")
    assert subnetwork["privateIpGoogleAccess"] is True


def test_gke_replaces_machines_in_the_window() -> None:
    run = built("gke", window={"day": "saturday", "hour": 20, "hours": 14})
    (cluster,) = of_type(run, "gcp:container/cluster:Cluster")
    window = {"startTime": "2025-01-11T20:00:00Z", "endTime": "2025-01-12T10:00:00Z"}
    assert cluster["maintenancePolicy"]["recurringWindow"] == {**window, "recurrence": "FREQ=WEEKLY;BYDAY=SA"}


def test_a_key_of_ones_own_encrypts_everything_on_gke() -> None:
    key = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
    run = built("gke", kms_key=key)
    (cluster,) = of_type(run, "gcp:container/cluster:Cluster")
    assert cluster["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": key}
    assert cluster["clusterAutoscaling"]["autoProvisioningDefaults"]["bootDiskKmsKey"] == key
    (storage,) = of_type(run, "kubernetes:storage.k8s.io/v1:StorageClass")
    assert storage["parameters"]["disk-encryption-kms-key"] == key
    assert storage["parameters"]["labels"] == "ladder-cost-centre=ladder,ladder-stack=ladder_dev"
