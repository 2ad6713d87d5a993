"""What a plan says of a stack whose resources are given by hand."""

from dataclasses import replace

import pytest
from plan_world import PLACE, RDS, resource, store

from components.catalog import Cloud, Kind
from components.cluster.args import ClusterArgs, ClusterKind
from infra.settings import Settings
from ladder.plan import described, estimate, kept, words
from ladder.prices import Reason, Resource

UNREAD = resource(RDS.type, **{**RDS.inputs, "instanceClass": "db.x99.large"})
EKS = resource("aws:eks/cluster", "cluster", computeConfig={"enabled": True})
CLAIM = resource(
    "kubernetes:core/v1:PersistentVolumeClaim",
    "redis",
    spec={"resources": {"requests": {"storage": "10Gi"}}, "storageClassName": "gp3"},
)
PODS = resource(
    "kubernetes:apps/v1:StatefulSet",
    "redis",
    spec={
        "replicas": 2,
        "template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}},
    },
)


def of(*held: Resource, region: str = "us-east-1", cloud: Cloud = Cloud.AWS) -> estimate.Estimate:
    place = replace(PLACE, region=region, cloud=cloud)
    stores = {Kind.POSTGRES: store(Kind.POSTGRES, "aws_rds"), Kind.REDIS: store(Kind.REDIS)}
    cluster = ClusterArgs(kind=ClusterKind.EXISTING, context="prod", identifier="acme", kubeconfig=None)
    wanted = Settings(
        project="ladder", stack="prod", organization="acme", placement=place, cluster=cluster, stores=stores
    )
    return estimate.make(wanted, held)


def test_a_managed_store_is_priced_by_what_is_registered() -> None:
    found = of(RDS, EKS, CLAIM)
    # Two servers at 0.032 an hour, twice 50 GiB at 0.115; the control plane at 0.10.
    assert round(found.stores["postgres"].bill.usd, 2) == round(2 * 730 * 0.032 + 100 * 0.115, 2) == 58.22
    assert round(found.bill.usd, 2) == 58.22 + 73
    assert words.of_stack(found.bill, []) == "at least $131.22 a month"
    assert found.stores["redis"].bill.usd == 0
    assert words.of_store(found.stores["redis"].store, found.stores["redis"].bill) == (
        "0 on your nodes; unknown: 10 GiB of your class gp3"
    )


def test_where_no_price_was_read_the_sum_says_so_and_another_region_gives_an_idea() -> None:
    found = of(RDS, region="eu-central-1").stores["postgres"]
    assert words.of_store(found.store, found.bill) == "unknown (in us-east-1 at least $58.22)"


def test_a_sum_that_lacks_something_is_a_least_one_and_the_rest_an_idea() -> None:
    found = of(resource("aws:ec2/instance", instanceType="t4g.small"), RDS, region="eu-central-1").bill
    assert words.of_stack(found, []) == "at least $14.02 a month (and more: $58.22 in us-east-1)"


def test_every_gap_is_told_by_its_reason() -> None:
    assert dict(words.gaps(of(RDS, EKS, CLAIM).bill)) == {
        "chosen later": "nodes, which Auto Mode starts as the pods need them, with its fee",
        "by use": "backups beyond the size of the database, $0.095 a GiB-month",
        "on your bill": "10 GiB of your class gp3",
    }
    assert of(resource("aws:sagemaker/endpoint")).bill.gaps[0].reason is Reason.NO_METER


def test_on_a_laptop_nothing_costs_anything() -> None:
    found = of(CLAIM, PODS, cloud=Cloud.LOCAL)
    assert words.of_stack(found.bill, []) == "0 (runs on your nodes)"
    assert list(words.gaps(found.bill)) == []


def test_what_somebody_else_runs_makes_every_sum_a_least_one() -> None:
    outside = "unknown for postgres (external)"
    assert words.of_stack(of(EKS).bill, ["postgres"]) == f"at least $73.00 a month, {outside}"
    assert words.of_stack(of(CLAIM).bill, ["postgres"]) == (
        f"0 on your nodes; unknown: 10 GiB of your class gp3; {outside}"
    )
    assert words.of_stack(of().bill, ["postgres"]) == f"at least 0, {outside}"


def test_what_pods_ask_for_is_summed_by_component() -> None:
    asked = of(CLAIM, PODS).stores["redis"].asks
    assert (asked.cpu, asked.memory_mib, asked.storage_gib) == (1, 2048, 10)


def test_what_keeps_the_data_is_read_from_what_is_registered() -> None:
    managed = store(Kind.POSTGRES, "aws_rds")
    assert kept.words(managed, [RDS]) == [
        "guard",
        "engine's protection",
        "deletion protection",
        "final snapshot",
        "encrypted",
    ]
    bare = resource("aws:rds/instance", deletionProtection=False, skipFinalSnapshot=True)
    assert kept.words(store(Kind.POSTGRES, "aws_rds", protect=False), [bare]) == ["guard"]


def test_a_store_is_described_by_what_runs_it() -> None:
    group = resource("aws:elasticache/replicationGroup", "redis", nodeType="cache.t4g.small", multiAzEnabled=True)
    sql = resource("gcp:sql/databaseInstance", settings={"tier": "db-g1-small", "availabilityType": "ZONAL"})
    memory = resource("gcp:redis/instance", "redis", memorySizeGb=5, tier="STANDARD_HA")
    assert described.words(store(Kind.POSTGRES, "aws_rds"), [RDS]) == "RDS db.t4g.small, standby in another zone"
    assert described.words(store(Kind.REDIS, "aws_elasticache"), [group]) == (
        "ElastiCache cache.t4g.small, standby in another zone"
    )
    assert described.words(store(Kind.POSTGRES, "gcp_cloud_sql"), [sql]) == "Cloud SQL db-g1-small"
    assert described.words(store(Kind.REDIS, "gcp_memorystore"), [memory]) == (
        "Memorystore 5 GiB, standby in another zone"
    )
    assert described.words(store(Kind.MONGODB, replicas=3), []) == "in the cluster, 3 members"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([RDS], [RDS], ""),
        ([RDS], [resource(RDS.type, **{**RDS.inputs, "allocatedStorage": 100})], "+$11.50 a month"),
        ([resource(RDS.type, **{**RDS.inputs, "allocatedStorage": 100})], [RDS], "-$11.50 a month"),
        ([RDS], [RDS, CLAIM], "what is unknown changes"),
        ([RDS], [], "-$58.22 a month; what is unknown changes too"),
        ([RDS], [UNREAD], "what is unknown changes"),
        ([UNREAD], [RDS], "what is unknown changes"),
    ],
)
def test_what_a_change_does_to_the_bill(before: list[Resource], after: list[Resource], expected: str) -> None:
    assert words.change(of(*before).bill, of(*after).bill) == expected
