"""`ladder:cluster` of each kind: what is wrong is said before anything is asked of a cloud, all at once."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from stacks import CLUSTERS, HOMES, config

from components.catalog import Cloud, Kind
from components.cluster.args import ClusterArgs, ClusterError, ClusterKind, EksArgs
from components.cluster.node_args import AwsNodeArgs, GcpNodeArgs
from components.cluster.place import AwsPlace, GcpPlace
from infra import preflight
from infra.complaints import SettingsError
from infra.settings import Settings, load

ROOT = Path(__file__).parents[3]
EKS, NODE, GKE = CLUSTERS["eks"], CLUSTERS["single_node"], CLUSTERS["gke"]
GCP_NODE = CLUSTERS["single_node-gcp"]


def read(cluster: Mapping[str, object], cloud: Cloud = Cloud.AWS, **sections: object) -> Settings:
    given = config(cloud=cloud, cluster=cluster, **sections)
    return load(given, lambda _: True, project="shop", stack="prod", organization="acme")


def complaints(cluster: Mapping[str, object], cloud: Cloud = Cloud.AWS) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(cluster, cloud)
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


WRONG = [
    ({**EKS, "region": "mars-1"}, "region", "no zones of this region"),
    ({**EKS, "region": None}, "region", "is required"),
    ({**EKS, "account": None}, "account", "is required"),
    ({**EKS, "account": "1234"}, "account", "12 digits"),
    ({**EKS, "api_access": None}, "api_access", "nobody may reach"),
    ({**EKS, "api_access": ["0.0.0.0/0"]}, "api_access", "4294967296 addresses"),
    ({**EKS, "api_access": ["office"]}, "api_access", "no address range"),
    ({**EKS, "zones": ["eu-central-1a", "eu-central-1b"]}, "zones", "no zone id"),
    ({**EKS, "zones": ["euc1-az1"]}, "zones", "2 or 3 different zones"),
    ({**EKS, "zones": ["euc1-az1", "euc1-az1"]}, "zones", "2 or 3 different zones"),
    ({**EKS, "region": "us-east-1", "zones": ["use1-az1", "use1-az3"]}, "zones", "takes no control plane"),
    ({**EKS, "cidr": "8.8.0.0/16"}, "cidr", "private range"),
    ({**EKS, "cidr": "10.0.0.0/24"}, "cidr", "/16 to /20"),
    ({**EKS, "nat": "none"}, "nat", "one"),
    ({**EKS, "kms_key": "alias/mine"}, "kms_key", "ARN of a key"),
    ({**EKS, "version": "34"}, "version", "as EKS spells it"),
    ({**EKS, "admins": ["me"]}, "admins", "ARN of a role"),
    ({**EKS, "window": {"hour": 24}}, "window.hour", "hours 0 to 23"),
    ({**EKS, "window": {"hours": 1}}, "window.hours", "2 hours at least"),
    ({**EKS, "window": {"day": "sundy"}}, "window.day", 'write "sunday"'),
    ({**EKS, "identifier": "Acme_Prod"}, "identifier", "lowercase"),
    ({**EKS, "storage_class": "gp3"}, "storage_class", "is not for a cluster of kind eks"),
    ({**EKS, "node": {}}, "node", "it is for: single_node"),
    ({**NODE, "admins": []}, "admins", "it is for: eks"),
    ({**NODE, "version": "1.34"}, "version", "no release of k3s"),
    ({**NODE, "node": {"instance_type": "large"}}, "node.instance_type", "no instance type"),
    ({**NODE, "node": {"instance_type": "t2.large"}}, "node.instance_type", "before Nitro"),
    ({**NODE, "node": {"data_gib": 1}}, "node.data_gib", "10 to 16384"),
    ({**NODE, "node": {"snapshots": 0}}, "node.snapshots", "1 to 1000"),
    ({**NODE, "node": {"restored_from": "yesterday"}}, "node.restored_from", "no id of a snapshot"),
    ({**GKE, "account": "123"}, "account", "no id of a project"),
    ({**GKE, "region": "eu-central-1"}, "region", "no region of Google Cloud"),
    ({**GKE, "api_access": ["10.0.0.0/8"]}, "api_access", "the widest range is a /16"),
    ({**GKE, "cidr": "10.0.0.0/8"}, "cidr", "/16 to /20"),
    ({**GKE, "version": "1.34"}, "version", "it is for: eks, single_node"),
    ({**GKE, "window": {"hours": 4}}, "window.hours", "weekly window of 12 hours"),
    ({**GKE, "kms_key": "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k"}, "kms_key", "cluster's region"),
    ({**GKE, "identifier": "a" * 25}, "identifier", "2 to 24"),
    ({**NODE, "node": {"disk": 1}}, "node.disk", "is not a setting"),
    ({**GCP_NODE, "account": "123456789012"}, "account", "no id of a project"),
    ({**GCP_NODE, "account": None}, "account", "on gcp the id of the project"),
    ({**GCP_NODE, "zones": ["europe-west1-b"]}, "zones", "[europe-west3-b]"),
    ({**GCP_NODE, "zones": ["europe-west3-a", "europe-west3-b"]}, "zones", "in one zone"),
    ({**GCP_NODE, "node": {"instance_type": "t3.large"}}, "node.instance_type", "e2-standard-2"),
    ({**GCP_NODE, "node": {"instance_type": "c4-standard-2"}}, "node.instance_type", "families: e2, n1"),
    ({**GCP_NODE, "node": {"data_gib": 70000}}, "node.data_gib", "10 to 65536"),
    ({**GCP_NODE, "node": {"restored_from": "snap_1"}}, "node.restored_from", "no name of a snapshot"),
    ({**GCP_NODE, "identifier": "a" * 25}, "identifier", "2 to 24"),
    ({**GCP_NODE, "nat": "one"}, "nat", "it is for: eks"),
    ({"kind": "existing", "storage_class": "fast"}, "context", "is required"),
    ({"kind": "existing", "context": "c"}, "storage_class", "is required"),
    ({"kind": "existing", "context": "c", "storage_class": "s", "zones": ["a"]}, "zones", "is not for"),
]


@pytest.mark.parametrize(("cluster", "field", "words"), WRONG)
def test_a_wrong_cluster_is_told_what_is_wrong(cluster: dict[str, object], field: str, words: str) -> None:
    given = {key: value for key, value in cluster.items() if value is not None}
    found = complaints(given, Cloud.GCP if "europe" in str(cluster.get("region")) else HOMES[str(cluster["kind"])])
    assert words in found[f"ladder:cluster.{field}"], found


@pytest.mark.parametrize(
    ("kind", "cloud", "held"),
    [
        ("eks", Cloud.GCP, "existing, gke, single_node"),
        ("single_node", Cloud.AZURE, "existing"),
        ("gke", Cloud.AWS, "existing, eks, single_node"),
    ],
)
def test_a_cluster_of_one_cloud_is_not_had_in_another(kind: str, cloud: Cloud, held: str) -> None:
    found = complaints(CLUSTERS[kind], cloud)
    assert found["ladder:cluster.kind"].endswith(f"on {cloud} set one of: {held}")


def test_all_wrong_settings_come_together() -> None:
    cluster = {"kind": "eks", "cidr": "1.2.3.4/8", "window": {"hour": 30}, "storage_class": "x", "version": "9"}
    keys = {"account", "api_access", "cidr", "region", "storage_class", "version", "window.hour"}
    assert set(complaints(cluster)) == {f"ladder:cluster.{key}" for key in keys}


def test_what_is_made_is_named_after_the_stack() -> None:
    wanted = read(EKS, **{Kind.POSTGRES: {}})
    assert (wanted.cluster.identifier, wanted.cluster.context) == ("shop-prod", "shop-prod")
    assert wanted.stores[Kind.POSTGRES].pods.storage_class == "ladder"
    assert wanted.cluster.eks is not None
    assert wanted.cluster.eks.place.tags["ladder-stack"] == "shop.prod"


def test_another_kind_under_the_same_name_is_another_cluster() -> None:
    there, here = (read({**cluster, "identifier": "acme"}).placement.cluster for cluster in (EKS, NODE))
    assert there != here
    assert read({"kind": "existing", "context": "acme", "storage_class": "s"}).placement.cluster == "acme"


def test_a_cluster_without_guarded_stores_is_not_guarded() -> None:
    assert not read(EKS, redis={"role": "cache"}).cluster.protect
    assert read(EKS, postgres={}).cluster.protect


def test_the_web_ports_of_a_machine_open_with_an_ingress() -> None:
    app = {"image": "acme/web:1", "ingress": {"host": "www.example.com"}}
    open_, closed = read(NODE, app=app).cluster.node, read(NODE).cluster.node
    assert open_ is not None
    assert closed is not None
    assert (open_.web, closed.web) == (True, False)


@pytest.mark.parametrize(
    ("instance_type", "arm"),
    [("t4g.large", True), ("m7gd.xlarge", True), ("c8g.large", True), ("t3.large", False), ("g4dn.xlarge", False)],
)
def test_the_processor_is_told_by_the_family(instance_type: str, arm: bool) -> None:
    place = AwsPlace(region="eu-central-1", api_access=("203.0.113.7/32",))
    assert AwsNodeArgs(place=place, instance_type=instance_type).arm is arm


@pytest.mark.parametrize(("instance_type", "arm"), [("t2a-standard-2", True), ("e2-standard-2", False)])
def test_the_processor_is_told_by_the_family_on_google_cloud(instance_type: str, arm: bool) -> None:
    place = GcpPlace(region="europe-west3", project="acme-prod-1", api_access=("203.0.113.7/32",))
    made = GcpNodeArgs(place=place, instance_type=instance_type)
    assert (made.arm, made.zone, made.problems()) == (arm, "europe-west3-b", [])


def test_args_of_another_kind_are_refused() -> None:
    eks = EksArgs(place=AwsPlace(region="eu-central-1", api_access=()))
    with pytest.raises(ClusterError) as caught:
        ClusterArgs(kind=ClusterKind.SINGLE_NODE, context="c", identifier="acme", eks=eks)
    assert {problem.field for problem in caught.value.problems} == {"api_access", "eks", "single_node"}


@pytest.mark.parametrize("kind", ["eks", "single_node", "single_node-gcp", "gke"])
def test_nobody_looks_at_a_cluster_that_the_stack_makes_itself(kind: str) -> None:
    assert preflight.findings(read(CLUSTERS[kind], HOMES[kind], postgres={})) == []


@pytest.mark.parametrize(
    ("kind", "loaded"),
    [
        ("existing", []),
        ("eks", ["pulumi_aws"]),
        ("single_node", ["pulumi_aws"]),
        ("gke", ["pulumi_gcp"]),
        ("single_node-gcp", ["pulumi_gcp"]),
    ],
)
def test_the_sdk_of_a_cloud_is_loaded_by_who_needs_it_alone(kind: str, loaded: list[str]) -> None:
    given = config(cloud=HOMES[kind], cluster=CLUSTERS[kind])
    code = (
        "import json, sys\n"
        "from stacks import settled\n"
        f"settled(json.loads({json.dumps(given)!r}))\n"
        "print(*(name for name in ('pulumi_aws', 'pulumi_azure', 'pulumi_gcp') if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": ".:tests"}
    )
    assert (done.returncode, done.stdout.split()) == (0, loaded), done.stderr
