"""Wrong settings of managed stores on AWS: said before any call, all together, each with its fix."""

import json

import pytest
from stacks import BESIDE, CLUSTER, config

from components.catalog import Cloud, Kind, Stage
from infra.complaints import SettingsError
from infra.settings import Settings, load


def funded(cluster: dict[str, object] | None = None, **sections: object) -> dict[str, str]:
    return config(stage=Stage.FUNDED, cloud=Cloud.AWS, cluster=cluster, **sections)


def read(given: dict[str, str]) -> Settings:
    return load(given, lambda _: True, project="ladder", stack="test", organization="acme")


def complaints(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(given)
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


WRONG = [
    ({"postgres": {"storage_gib": 10}}, "postgres.storage_gib", "10 | RDS has 20 to 65536 GiB | set 20 or more"),
    ({"postgres": {"aws": {"instance_class": "db.m7g.tiny"}}}, "postgres.aws.instance_class", "sizes: large, xlarge"),
    ({"postgres": {"aws": {"instance_class": "db.m4.large"}}}, "postgres.aws.instance_class", "runs on m4"),
    ({"postgres": {"aws": {"instance_class": "m7g.large"}}}, "postgres.aws.instance_class", "for example db.t4g.small"),
    ({"postgres": {"aws": {"instance_clas": "db.m7g.large"}}}, "postgres.aws.instance_clas", "mean instance_class?"),
    ({"postgres": {"aws": {"multi_az": "yes"}}}, "postgres.aws.multi_az", "true or false"),
    ({"postgres": {"aws": {"storage_max_gib": 24}}}, "postgres.aws.storage_max_gib", "set 26 or more"),
    ({"postgres": {"aws": {"retention_days": 36}}}, "postgres.aws.retention_days", "7 to 35 days"),
    ({"postgres": {"aws": {"passwords": 0}}}, "postgres.aws.passwords", "raise what it was"),
    ({"postgres": {"aws": {"kms_key": "alias/x"}}}, "postgres.aws.kms_key", "no ARN"),
    ({"postgres": {"aws": {"identifier": "a--b"}}}, "postgres.aws.identifier", "single inner dashes"),
    ({"postgres": {"aws": {"backup_window": "2-3"}}}, "postgres.aws.backup_window", "02:00-03:00"),
    ({"postgres": {"aws": {"maintenance_window": "sun:02:30-sun:03:30"}}}, "postgres.aws.maintenance_window",
     "overlaps aws.backup_window"),
    ({"postgres": {"replicas": 2}}, "postgres.replicas", "readers for more"),
    ({"postgres": {"readers": 6}}, "postgres.readers", "up to 5"),
    ({"postgres": {"memory_mib": 4096}}, "postgres.memory_mib", "aws.instance_class says how large"),
    ({"postgres": {"unsafe_plaintext": True}}, "postgres.unsafe_plaintext", "TLS only"),
    ({"postgres": {"version": "15"}}, "postgres.version", "it holds: 16, 17"),
    ({"redis": {"engine": "redis", "version": "8.0"}}, "redis.version", "it holds: 7.0, 7.1"),
    ({"redis": {"storage_gib": 20}}, "redis.storage_gib", "no disk"),
    ({"redis": {"aws": {"multi_az": False}}}, "redis.aws.multi_az", "must not forget"),
    ({"redis": {"aws": {"node_type": "cache.t1.micro"}}}, "redis.aws.node_type", "families: c7gn"),
    ({"redis": {"stage": "enterprise"}}, "redis.stage", "no backend for redis at this stage on aws"),
    ({"namespace": "n" * 40, "redis": {}}, "redis.aws.identifier", "1 to 32"),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "key", "words"), WRONG, ids=lambda it: it if isinstance(it, str) else "")
def test_a_wrong_setting_is_named_with_its_value_rule_and_fix(
    sections: dict[str, object], key: str, words: str
) -> None:
    given = funded() | {
        f"ladder:{name}": it if isinstance(it, str) else json.dumps(it) for name, it in sections.items()
    }
    found = complaints(given)
    assert f"ladder:{key}" in found, found
    assert words in found[f"ladder:{key}"]


def test_a_missing_place_is_told_once_at_the_cluster() -> None:
    found = complaints(funded(cluster=CLUSTER, postgres={}, redis={}))
    assert set(found) == {"ladder:cluster.account", "ladder:cluster.network", "ladder:cluster.region"}


@pytest.mark.parametrize(("region", "words"), [("eu-centrl-1", "one of: af-south-1"), ("ap-east-2", "one of")])
def test_a_region_that_is_not_served_is_told_with_those_that_are(region: str, words: str) -> None:
    found = complaints(funded(cluster={**BESIDE[Cloud.AWS], "region": region}, postgres={}))
    assert words in found["ladder:cluster.region"]


def test_a_class_that_a_region_lacks_is_told() -> None:
    cluster = {**BESIDE[Cloud.AWS], "region": "us-west-1"}
    found = complaints(funded(cluster=cluster, postgres={"aws": {"instance_class": "db.m9g.large"}}))
    assert "us-west-1 has no m9g machines" in found["ladder:postgres.aws.instance_class"]


def test_several_come_together() -> None:
    found = complaints(
        funded(
            postgres={"storage_gib": 1, "aws": {"instance_class": "x", "retention_days": 1}},
            redis={"replicas": 2, "engine": "redis", "version": "9"},
        )
    )
    assert set(found) == {
        "ladder:postgres.aws.instance_class",
        "ladder:postgres.aws.retention_days",
        "ladder:postgres.storage_gib",
        "ladder:redis.replicas",
        "ladder:redis.version",
    }


def test_defaults_are_safe() -> None:
    wanted = read(funded(postgres={}, redis={}))
    assert all(it.protect and it.keeper == "provider" for it in wanted.stores.values())
    assert wanted.stores[Kind.POSTGRES].storage_gib == 20
    assert wanted.stores[Kind.POSTGRES].ceiling_gib == 100
    assert wanted.tags == {"ladder-stack": "ladder.test", "ladder-cost-centre": "ladder"}


def test_who_pays_is_said_once() -> None:
    wanted = read(funded(postgres={}, providers={"cost_centre": "platform", "tags": {"team": "data"}}))
    assert wanted.tags == {"ladder-stack": "ladder.test", "ladder-cost-centre": "platform", "team": "data"}
