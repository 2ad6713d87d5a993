from dataclasses import replace

import pytest
from plan_world import PLACE, store

from components.catalog import Backend, Cloud, Engine, Kind
from components.redis.args import RedisArgs
from ladder.plan import leaving

MANAGED = [
    (Kind.POSTGRES, "aws_rds"),
    (Kind.POSTGRES, "gcp_cloud_sql"),
    (Kind.REDIS, "aws_elasticache"),
    (Kind.REDIS, "gcp_memorystore"),
    (Kind.MONGODB, "mongodb_atlas"),
]


@pytest.mark.parametrize(("kind", "backend"), MANAGED)
def test_data_leaves_a_managed_service_in_the_format_of_the_cluster(kind: Kind, backend: str) -> None:
    there, here = leaving.of(store(kind, backend)), leaving.of(store(kind))
    assert (there.protocol, there.dump, there.into) == (here.protocol, here.dump, here.into)
    assert there.stays


@pytest.mark.parametrize(
    ("engine", "version", "into"),
    [
        (Engine.VALKEY, "8.1", "Valkey or Redis 7.2 or later"),
        (Engine.REDIS, "8.0", "Redis 7.4 or later, never Valkey"),
    ],
)
def test_the_format_of_a_redis_dump_decides_where_it_can_go(engine: Engine, version: str, into: str) -> None:
    assert leaving.of(store(Kind.REDIS, engine=engine, version=version)).into == into


def test_redis_of_a_service_is_older_than_the_format_that_valkey_refuses() -> None:
    there = RedisArgs(
        name="redis",
        backend=Backend.GCP_MEMORYSTORE,
        placement=replace(PLACE, cloud=Cloud.GCP, region="europe-west3", account="acme-prod-1"),
        engine=Engine.REDIS,
        version="7.2",
    )
    assert (leaving.of(there).dump, leaving.of(there).into) == ("RDB 11 or older", "Valkey or Redis 7.2 or later")


def test_minutes_follow_the_rule_and_are_given_only_where_something_was_measured() -> None:
    assert leaving.of(store(Kind.POSTGRES, storage_gib=95)).minutes == pytest.approx(1024 / 60)
    assert leaving.of(store(Kind.MONGODB)).minutes is None
    assert leaving.of(store(Kind.REDIS)).minutes is None


def test_of_what_somebody_else_runs_nothing_is_claimed() -> None:
    found = leaving.of(store(Kind.POSTGRES, "external"))
    assert (found.words, found.stays, found.source) == ("whatever its keeper offers", "not known", None)
