"""Wrong settings of managed stores on Google Cloud: said before any call, all together, each with its fix."""

import json

import pytest
from stacks import BESIDE, CLUSTER, config

from components import record
from components.catalog import Cloud, Kind, Stage
from components.gcp import offers
from components.postgres.args import PostgresArgs
from infra.complaints import SettingsError
from infra.settings import Settings, load


def funded(cluster: dict[str, object] | None = None, **sections: object) -> dict[str, str]:
    return config(stage=Stage.FUNDED, cloud=Cloud.GCP, cluster=cluster, **sections)


def read(given: dict[str, str]) -> Settings:
    return load(given, lambda _: True, project="ladder", stack="test", organization="acme")


def complaints(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(given)
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


WRONG = [
    ({"postgres": {"storage_gib": 9}}, "postgres.storage_gib", "9 | Cloud SQL has 10 to 65536 GiB | set 10 or more"),
    ({"postgres": {"gcp": {"tier": "db-n1-standard-1"}}}, "postgres.gcp.tier", "db-custom-<cores>-<MiB>"),
    ({"postgres": {"gcp": {"tier": "db-custom-3-12288"}}}, "postgres.gcp.tier", "an even number up to 96"),
    ({"postgres": {"gcp": {"tier": "db-custom-2-2048"}}}, "postgres.gcp.tier", "2 cores have 3840 to 13312 MiB"),
    ({"postgres": {"gcp": {"tier": "db-custom-2-4000"}}}, "postgres.gcp.tier", "in steps of 256 | db-custom-2-3840"),
    ({"postgres": {"gcp": {"tier": "db-perf-optimized-N-3"}}}, "postgres.gcp.tier", "cores: 2, 4, 8"),
    ({"postgres": {"gcp": {"teir": "db-g1-small"}}}, "postgres.gcp.teir", "mean tier?"),
    ({"postgres": {"gcp": {"standby": "yes"}}}, "postgres.gcp.standby", "true or false"),
    ({"postgres": {"storage_gib": 20, "gcp": {"storage_max_gib": 20}}}, "postgres.gcp.storage_max_gib", "21 or more"),
    ({"postgres": {"gcp": {"retention_days": 36}}}, "postgres.gcp.retention_days", "7 to 35 days"),
    ({"postgres": {"gcp": {"passwords": 0}}}, "postgres.gcp.passwords", "raise what it was"),
    ({"postgres": {"gcp": {"kms_key": "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k"}}},
     "postgres.gcp.kms_key", "locations/europe-west3/"),
    ({"postgres": {"gcp": {"identifier": "a--b"}}}, "postgres.gcp.identifier", "single inner dashes"),
    ({"postgres": {"gcp": {"backup_start": "2"}}}, "postgres.gcp.backup_start", "02:00"),
    ({"postgres": {"gcp": {"maintenance_window": "sun:03:30"}}}, "postgres.gcp.maintenance_window", "sun:03"),
    ({"postgres": {"replicas": 2}}, "postgres.replicas", "readers for more"),
    ({"postgres": {"readers": 6}}, "postgres.readers", "up to 5"),
    ({"postgres": {"memory_mib": 4096}}, "postgres.memory_mib", "gcp.tier says how large"),
    ({"postgres": {"unsafe_plaintext": True}}, "postgres.unsafe_plaintext", "TLS only"),
    ({"postgres": {"version": "15"}}, "postgres.version", "it holds: 16, 17"),
    ({"postgres": {"backend": "aws_rds"}}, "postgres.backend", "in_cluster, gcp_cloud_sql, external"),
    ({"redis": {"gcp": {"memory_gib": 301}}}, "redis.gcp.memory_gib", "301 | Memorystore for Redis has 1 to 300 GiB"),
    ({"redis": {"readers": 1}}, "redis.gcp.memory_gib", "1 | with readers Memorystore for Redis has 5 to 300 GiB"),
    ({"redis": {"gcp": {"standby": False}}}, "redis.gcp.standby", 'set true, or role: "cache"'),
    ({"redis": {"role": "cache", "readers": 1, "gcp": {"standby": False, "memory_gib": 5}}},
     "redis.gcp.standby", "set true, or readers: 0"),
    ({"redis": {"engine": "valkey"}}, "redis.engine", "not on gcp_memorystore | it holds: redis"),
    ({"redis": {"version": "7.4"}}, "redis.version", "it holds: 7.0, 7.2"),
    ({"redis": {"storage_gib": 20}}, "redis.storage_gib", "set gcp.memory_gib"),
    ({"redis": {"memory_mib": 512}}, "redis.memory_mib", "gcp.memory_gib says how large"),
    ({"redis": {"gcp": {"passwords": 2}}}, "redis.gcp.passwords", "2 | Memorystore makes the password"),
    ({"redis": {"gcp": {"retention_days": 14}}}, "redis.gcp.retention_days", "no backups of its own"),
    ({"redis": {"gcp": {"identifier": "n" * 41}}}, "redis.gcp.identifier", "1 to 40"),
    ({"redis": {"gcp": {"tier": "BASIC"}}}, "redis.gcp.tier", "known here: "),
    ({"namespace": "n" * 50, "postgres": {}}, "postgres.gcp.identifier", "1 to 54"),
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
    found = complaints(funded(cluster=CLUSTER, postgres={}))
    assert set(found) == {"ladder:cluster.account", "ladder:cluster.network", "ladder:cluster.region"}
    assert "services_range" in found["ladder:cluster.network"]


@pytest.mark.parametrize(
    ("network", "keys"),
    [
        ({"vpc": "acme", "subnetwork": "s", "services_range": "r"}, {"vpc"}),
        ({"vpc": "projects/acme-prod-1/global/networks/acme"}, {"subnetwork", "services_range"}),
        (
            {
                "vpc": "projects/acme-prod-1/global/networks/acme",
                "subnets": ["a", "b"],
                "security_group": "sg-1",
                "subnetwork": "s",
                "services_range": "r",
            },
            {"subnets", "security_group"},
        ),
    ],
)
def test_a_network_is_told_as_its_cloud_knows_it(network: dict[str, object], keys: set[str]) -> None:
    found = complaints(funded(cluster={**BESIDE[Cloud.GCP], "network": network}, postgres={}))
    assert set(found) == {f"ladder:cluster.network.{key}" for key in keys}


def test_a_region_that_is_not_served_is_told_with_those_that_are() -> None:
    found = complaints(funded(cluster={**BESIDE[Cloud.GCP], "region": "europe-west5"}, postgres={}))
    assert "one of: africa-south1" in found["ladder:cluster.region"]


def test_a_region_without_memorystore_is_told_with_the_way_round() -> None:
    found = complaints(funded(cluster={**BESIDE[Cloud.GCP], "region": "europe-north2"}, redis={}, postgres={}))
    assert found["ladder:cluster.region"] == (
        "europe-north2 | has no Memorystore for Redis | set another, or redis: {backend: in_cluster}"
    )


def test_redis_there_is_redis_for_the_service_has_no_valkey_with_a_password() -> None:
    wanted = read(funded(redis={})).stores[Kind.REDIS]
    assert (wanted.engine, wanted.version, wanted.backend) == ("redis", "7.2", "gcp_memorystore")
    here = read(config({Kind.REDIS: {}}, cloud=Cloud.GCP)).stores[Kind.REDIS]
    assert (here.engine, here.version) == ("valkey", "8.1")


def test_a_cluster_whose_name_fits_in_no_label_is_told_at_the_cluster() -> None:
    found = complaints(funded(cluster={**BESIDE[Cloud.GCP], "identifier": "A" * 22}, postgres={}))
    assert "takes 63 characters" in found["ladder:cluster.identifier"]


def test_defaults_are_safe() -> None:
    wanted = read(funded(postgres={})).stores[Kind.POSTGRES]
    assert isinstance(wanted, PostgresArgs)
    assert (wanted.protect, wanted.keeper, wanted.gcp.standby) == (True, "provider", True)
    assert (wanted.storage_gib, wanted.ceiling_gib, wanted.gcp.edition) == (10, 50, "ENTERPRISE")


@pytest.mark.parametrize(
    ("tier", "days", "log"), [("db-custom-2-8192", 35, 7), ("db-perf-optimized-N-2", 35, 35), ("db-g1-small", 7, 7)]
)
def test_the_log_reaches_as_far_back_as_the_edition_lets_it(tier: str, days: int, log: int) -> None:
    wanted = read(funded(postgres={"gcp": {"tier": tier, "retention_days": days}})).stores[Kind.POSTGRES]
    assert isinstance(wanted, PostgresArgs)
    assert wanted.gcp.log_days == log


@pytest.mark.parametrize("tier", ["db-f1-micro", "db-custom-1-3840", "db-custom-96-638976", "db-perf-optimized-N-128"])
def test_usual_machines_are_had(tier: str) -> None:
    assert offers.refuses(tier) is None


@pytest.mark.parametrize("value", ["7.2", "gcp_cloud_sql", "arn:aws:eks:x/y", "Ä", "", "a-b"])
def test_a_label_gives_back_what_it_stands_for(value: str) -> None:
    assert record.decoded(record.encoded(value)) == value
