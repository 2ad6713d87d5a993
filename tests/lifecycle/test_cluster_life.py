"""The life of clusters that Ladder makes, on the offline engine alone: no cloud was asked (docs/seen.md)."""

from collections.abc import Mapping
from functools import cache

import pytest
from stacks import CLUSTERS, HOMES, config, inputs, settled, up

from components.catalog import Cloud, Kind
from ladder.engine import Op, Run, Snapshot

STORES = {Kind.POSTGRES: {}}
EKS, NODE, GKE = CLUSTERS["eks"], CLUSTERS["single_node"], CLUSTERS["gke"]
GCP_NODE = CLUSTERS["single_node-gcp"]


def after(cluster: Mapping[str, object], before: Snapshot | None = None, **more: object) -> Run:
    return settled(config(STORES, cloud=HOMES[key(cluster)], cluster={**cluster, **more}), before)


def key(cluster: Mapping[str, object]) -> str:
    """The name under which tests know it: kind and account tell."""
    told = (cluster["kind"], cluster["account"])
    return next(name for name, it in CLUSTERS.items() if (it["kind"], it.get("account")) == told)


@cache
def begun(kind: str) -> Snapshot:
    """What the first `up` of a cluster leaves."""
    return after(CLUSTERS[kind]).after


def changes(cluster: Mapping[str, object], **more: object) -> list[str]:
    """What a change of the settings does, as "update cluster-eks"."""
    run = after(cluster, begun(key(cluster)), **more)
    return sorted(f"{op} {urn.rpartition('::')[2]}" for op, urn in run.changes)


def test_a_new_version_of_kubernetes_is_taken_in_place() -> None:
    assert changes(EKS, version="1.35") == ["update cluster-eks"]


def test_another_window_changes_the_pool_alone() -> None:
    assert changes(EKS, window={"day": "friday"}) == ["update cluster-inside-node-pool"]
    assert changes(GKE, window={"day": "friday", "hours": 12}) == ["update cluster-gke"]


def test_another_address_may_reach_the_api_without_a_pause() -> None:
    more = ["203.0.113.7/32", "198.51.100.0/24"]
    assert changes(EKS, api_access=more) == ["update cluster-eks"]
    assert changes(GKE, api_access=more) == ["update cluster-gke"]
    assert changes(NODE, api_access=more) == ["create cluster-6443-198.51.100.0-24"]
    assert changes(GCP_NODE, api_access=more) == ["update ladder-dev-api"]


def test_a_zone_that_is_added_replaces_nothing() -> None:
    two, three = ["euc1-az1", "euc1-az2"], ["euc1-az1", "euc1-az2", "euc1-az3"]
    first = after(EKS, zones=two)
    done = changes_of(after(EKS, first.after, zones=three))
    assert {op for op, _ in done} == {"create", "update"}
    assert {name for op, name in done if op == "update"} == {"cluster-inside-node-class", "cluster-network-s3"}
    assert all("euc1-az3" in name for op, name in done if op == "create")


def changes_of(run: Run) -> list[tuple[str, str]]:
    return [(op, urn.rpartition("::")[2]) for op, urn in run.changes]


def test_a_zone_under_data_cannot_be_taken_away() -> None:
    other = {**EKS, "zones": ["euc1-az2", "euc1-az3"]}
    run = up(config(STORES, cloud=Cloud.AWS, cluster=other), begun("eks"))
    assert run.error is not None
    assert "protect" in run.error


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"version": "v1.34.3+k3s1"}, id="release"),
        pytest.param({"node": {"instance_type": "t3.xlarge"}}, id="size"),
        pytest.param({"node": {"instance_type": "t4g.large"}}, id="processor"),
    ],
)
def test_another_machine_finds_the_disk_and_the_address_of_the_old_one(more: dict[str, object]) -> None:
    run = after(NODE, begun("single_node"), **more)
    done = changes_of(run)
    assert ("replace", "cluster-machine-group") in done
    assert {name for _, name in done} <= {"cluster-machine-group", "cluster-machine-template"}
    ops = [step.op for step in run.steps if step.urn.endswith("::cluster-machine-group")]
    assert ops.index(Op.DELETE_REPLACED) < ops.index(Op.CREATE_REPLACEMENT), "two machines cannot hold one disk"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"version": "v1.34.3+k3s1"}, id="release"),
        pytest.param({"node": {"instance_type": "e2-standard-4"}}, id="size"),
        pytest.param({"node": {"instance_type": "t2a-standard-2"}}, id="processor"),
    ],
)
def test_another_machine_on_gcp_is_made_of_the_same_disk_and_address(more: dict[str, object]) -> None:
    assert changes(GCP_NODE, **more) == ["replace cluster-machine-template", "update cluster-machine-group"]


def test_the_disk_grows_under_the_machine() -> None:
    assert changes(NODE, node={"data_gib": 80}) == ["update cluster-disk-data"]
    assert changes(GCP_NODE, node={"data_gib": 80}) == ["update cluster-disk-data"]


def test_a_snapshot_named_later_leaves_the_disk_as_it_is() -> None:
    assert changes(NODE, node={"restored_from": "snap-0123456789abcdef0"}) == []
    assert changes(GCP_NODE, node={"restored_from": "ladder-dev-data-20261126"}) == []
    (volume,) = [
        inputs(found)
        for found in after(NODE, node={"restored_from": "snap-0123456789abcdef0"}).registrations
        if found.type == "aws:ebs/volume:Volume"
    ]
    assert volume["snapshotId"] == "snap-0123456789abcdef0"


def test_a_disk_is_not_replaced_by_another_key() -> None:
    for home, cluster, mine in (
        ("single_node", NODE, "arn:aws:kms:eu-central-1:123456789012:key/abc"),
        ("single_node-gcp", GCP_NODE, "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"),
    ):
        run = up(config(STORES, cloud=HOMES[home], cluster={**cluster, "kms_key": mine}), begun(home))
        assert run.error is not None
        assert "protect" in run.error


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        pytest.param(EKS, {**NODE, "identifier": "ladder-dev"}, "cluster.identifier", id="kind"),
        pytest.param(NODE, {**NODE, "region": "eu-west-1"}, "region", id="region"),
        pytest.param(EKS, {**EKS, "account": "210987654321"}, "account", id="account"),
    ],
)
def test_a_move_under_data_is_refused_before_anything_is_changed(
    before: dict[str, object], now: dict[str, object], words: str
) -> None:
    run = up(config(STORES, cloud=Cloud.AWS, cluster=now), begun(str(before["kind"])))
    assert run.error is not None
    assert words in run.error
    assert run.registrations[1:] == ()


@pytest.mark.parametrize("kind", [kind for kind in CLUSTERS if kind != "existing"])
def test_a_cluster_whose_last_store_is_removed_may_go(kind: str) -> None:
    removing = {Kind.POSTGRES: {"phase": "remove"}}
    run = settled(config(removing, cloud=HOMES[kind], cluster=CLUSTERS[kind]), begun(kind))
    assert [found.name for found in run.after.resources if found.protect] == []
    kept = [found.name for found in run.after.resources if found.outputs.get("deletionProtection") is True]
    assert kept == []
