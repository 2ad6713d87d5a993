"""The life of stores that a service keeps, on the offline engine alone: no cloud was asked (docs/seen.md)."""

from dataclasses import replace
from functools import cache

import pytest
from stacks import BESIDE, config, inputs, settled, up

from components import record
from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run, Snapshot

POSTGRES: dict[str, object] = {"version": "16", "storage_gib": 50}
REDIS: dict[str, object] = {"version": "8.0"}
FIRST: dict[Kind, dict[str, object]] = {Kind.POSTGRES: POSTGRES, Kind.REDIS: REDIS}


def after(before: Snapshot | None = None, **changed: dict[str, object]) -> Run:
    stores = {kind: {**section, **changed.get(str(kind), {})} for kind, section in FIRST.items()}
    return settled(config(stores, stage=Stage.FUNDED, cloud=Cloud.AWS), before)


@cache
def begun() -> Snapshot:
    return after().after


def changes(**changed: dict[str, object]) -> list[str]:
    return sorted(f"{op} {urn.rpartition('::')[2]}" for op, urn in after(begun(), **changed).changes)


GROWN = [
    "create postgres-parameters-17",
    "delete postgres-parameters-16",
    "update ladder-postgres",
    "update postgres-instance",
]
RECORDED = ["update ladder-postgres", "update postgres-instance"]

IN_PLACE = {
    "storage grows": ({"postgres": {"storage_gib": 80}}, RECORDED),
    "the ceiling rises": ({"postgres": {"aws": {"storage_max_gib": 900}}}, ["update postgres-instance"]),
    "another class": ({"postgres": {"aws": {"instance_class": "db.m7g.large"}}}, ["update postgres-instance"]),
    "no standby": ({"postgres": {"aws": {"multi_az": False}}}, ["update postgres-instance"]),
    "longer backups": ({"postgres": {"aws": {"retention_days": 30}}}, ["update postgres-instance"]),
    "a newer Valkey": ({"redis": {"version": "8.2"}}, ["update ladder-redis", "update redis-group"]),
    "larger nodes": ({"redis": {"aws": {"node_type": "cache.r7g.large"}}}, ["update redis-group"]),
    "readers of Valkey": ({"redis": {"readers": 2}}, ["update connections", "update redis-group"]),
    "protection lifted": (
        {"postgres": {"protect": False}},
        ["update postgres-instance"],
    ),
}


@pytest.mark.parametrize(("changed", "done"), IN_PLACE.values(), ids=IN_PLACE)
def test_what_bears_data_changes_in_place(changed: dict[str, dict[str, object]], done: list[str]) -> None:
    assert changes(**changed) == done


def test_a_major_version_of_postgres_is_taken_in_place() -> None:
    """With it goes its parameter group, and the Job that looks after users runs with the newer client."""
    done = changes(postgres={"version": "17"})
    jobs = [it for it in done if "postgres-users" in it]
    assert [it for it in done if it not in jobs] == GROWN + ["update connections"] * ("update connections" in done)
    assert {it.split()[0] for it in jobs} == {"create", "delete"}


def test_a_reader_is_made_beside_the_instance_and_its_uri_told() -> None:
    done = changes(postgres={"readers": 1})
    assert done == ["create postgres-reader-0", "update connections"]
    reader = next(it for it in after(begun(), postgres={"readers": 1}).registrations if it.name == "postgres-reader-0")
    assert inputs(reader)["skipFinalSnapshot"] is True, "RDS takes none of a reader, and would refuse to delete it"


REFUSED = {
    "another name in the account": ({"postgres": {"aws": {"identifier": "other"}}}, "postgres.aws.identifier"),
    "a key": (
        {"postgres": {"aws": {"kms_key": "arn:aws:kms:eu-central-1:123456789012:key/a"}}},
        "postgres.aws.kms_key",
    ),
    "a key of a cache": (
        {"redis": {"aws": {"kms_key": "arn:aws:kms:eu-central-1:123456789012:key/a"}}},
        "redis.aws.kms_key",
    ),
    "a smaller disk": ({"postgres": {"storage_gib": 30}}, "postgres.storage_gib = 30"),
    "an older Valkey": ({"redis": {"version": "7.2"}}, "redis.version"),
    "another engine": ({"redis": {"engine": "redis", "version": "7.1"}}, "redis.engine"),
    "into the cluster": ({"postgres": {"backend": "in_cluster"}}, 'postgres.backend = "in_cluster"'),
    "a cache": ({"redis": {"role": "cache"}}, 'redis.role = "cache"'),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_replace_it_is_refused_and_said_of_an_instance(
    changed: dict[str, dict[str, object]], words: str
) -> None:
    stores = {kind: {**section, **changed.get(str(kind), {})} for kind, section in FIRST.items()}
    done = up(config(stores, stage=Stage.FUNDED, cloud=Cloud.AWS), begun())
    assert f"ladder:{words}" in str(done.error)
    assert "instance ladder-dev-" in str(done.error)
    assert "volume" not in str(done.error)
    assert done.changes == ()


def test_a_store_that_vanishes_is_refused_with_its_instance() -> None:
    done = up(config({Kind.REDIS: REDIS}, stage=Stage.FUNDED, cloud=Cloud.AWS), begun())
    assert "postgres: this change would delete the instances that hold its data" in str(done.error)
    assert "instance ladder-dev-postgres (50 GiB)" in str(done.error)


@pytest.mark.parametrize("place", [{"region": "eu-west-1"}, {"account": "210987654321"}])
def test_another_region_or_account_is_refused(place: dict[str, str]) -> None:
    cluster = {**BESIDE[Cloud.AWS], **place}
    done = up(config(FIRST, stage=Stage.FUNDED, cloud=Cloud.AWS, cluster=cluster), begun())
    assert "put it in another place, without its data" in str(done.error)


def test_a_removal_lifts_both_protections_and_then_deletes_with_a_last_snapshot() -> None:
    leaving = after(begun(), postgres={"phase": "remove"})
    (instance,) = [it for it in leaving.registrations if it.name == "postgres-instance"]
    assert (instance.protect, inputs(instance)["deletionProtection"]) == (False, False)
    assert inputs(instance)["skipFinalSnapshot"] is False
    gone = settled(config({Kind.REDIS: REDIS}, stage=Stage.FUNDED, cloud=Cloud.AWS), leaving.after)
    assert ("delete", "postgres-instance") in [(op, urn.rpartition("::")[2]) for op, urn in gone.changes]


def test_a_cache_keeps_nothing_and_may_vanish() -> None:
    cached: dict[Kind, dict[str, object]] = {Kind.REDIS: {"role": "cache", "aws": {"multi_az": False}}}
    there = settled(config(cached, stage=Stage.FUNDED, cloud=Cloud.AWS))
    (group,) = [it for it in there.registrations if it.type in record.BEARERS]
    assert "finalSnapshotIdentifier" not in inputs(group)
    assert inputs(group)["snapshotRetentionLimit"] == 0
    assert [it.urn for it in there.registrations if it.protect] == []
    gone = settled(config(stage=Stage.FUNDED, cloud=Cloud.AWS), there.after)
    assert ("delete", "redis-group") in [(op, urn.rpartition("::")[2]) for op, urn in gone.changes]


def grown_by_itself(gib: int) -> Snapshot:
    """The state after a refresh, when RDS had let the storage grow."""
    state = begun()
    return replace(
        state,
        resources=tuple(
            replace(it, outputs={**it.outputs, "allocatedStorage": gib}) if it.name == "postgres-instance" else it
            for it in state.resources
        ),
    )


def test_storage_that_grew_by_itself_is_no_reason_to_refuse_anything() -> None:
    assert settled(config(FIRST, stage=Stage.FUNDED, cloud=Cloud.AWS), grown_by_itself(200)).changes == ()


def test_a_ceiling_below_what_it_grew_to_is_refused() -> None:
    lower = {**FIRST, Kind.POSTGRES: {**POSTGRES, "aws": {"storage_max_gib": 100}}}
    done = up(config(lower, stage=Stage.FUNDED, cloud=Cloud.AWS), grown_by_itself(200))
    assert "ladder:postgres.aws.storage_max_gib" in str(done.error)
