"""The life of stores that a service of Google Cloud keeps, on the offline engine alone: no project was asked."""

from dataclasses import replace
from functools import cache

import pytest
from stacks import BESIDE, config, inputs, settled, up

from components import record
from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run, Snapshot

POSTGRES: dict[str, object] = {"version": "16", "storage_gib": 50}
REDIS: dict[str, object] = {"version": "7.0"}
FIRST: dict[Kind, dict[str, object]] = {Kind.POSTGRES: POSTGRES, Kind.REDIS: REDIS}
KEY = "projects/acme-prod-1/locations/europe-west3/keyRings/ring/cryptoKeys/key"


def wanted(**changed: dict[str, object]) -> dict[str, str]:
    stores = {kind: {**section, **changed.get(str(kind), {})} for kind, section in FIRST.items()}
    return config(stores, stage=Stage.FUNDED, cloud=Cloud.GCP)


@cache
def begun() -> Snapshot:
    return settled(wanted()).after


def after(**changed: dict[str, object]) -> Run:
    return settled(wanted(**changed), begun())


def changes(run: Run) -> list[str]:
    return sorted(f"{op} {urn.rpartition('::')[2]}" for op, urn in run.changes)


INSTANCE, CACHED = ["update postgres-instance"], ["update redis-instance"]
RECORDED = ["update ladder-postgres", *INSTANCE]

IN_PLACE = {
    "storage grows": ({"postgres": {"storage_gib": 80}}, RECORDED),
    "the ceiling rises": ({"postgres": {"gcp": {"storage_max_gib": 900}}}, INSTANCE),
    "another machine": ({"postgres": {"gcp": {"tier": "db-custom-4-15360"}}}, INSTANCE),
    "another edition": ({"postgres": {"gcp": {"tier": "db-perf-optimized-N-2", "retention_days": 35}}}, INSTANCE),
    "no standby": ({"postgres": {"gcp": {"standby": False}}}, INSTANCE),
    "longer backups": ({"postgres": {"gcp": {"retention_days": 30}}}, INSTANCE),
    "protection lifted": ({"postgres": {"protect": False}, "redis": {"protect": False}}, [*INSTANCE, *CACHED]),
    "more memory": ({"redis": {"gcp": {"memory_gib": 5}}}, CACHED),
    "a newer Redis": ({"redis": {"version": "7.2"}}, ["update ladder-redis", *CACHED]),
    "readers of Redis": ({"redis": {"readers": 2, "gcp": {"memory_gib": 5}}}, ["update connections", *CACHED]),
}


@pytest.mark.parametrize(("changed", "done"), IN_PLACE.values(), ids=IN_PLACE)
def test_what_bears_data_changes_in_place(changed: dict[str, dict[str, object]], done: list[str]) -> None:
    assert changes(after(**changed)) == done


def test_a_major_version_of_postgres_is_taken_in_place_with_its_copies() -> None:
    with_copy = settled(wanted(postgres={"readers": 1}), begun()).after
    done = changes(settled(wanted(postgres={"readers": 1, "version": "17"}), with_copy))
    assert [it for it in done if "postgres-users" not in it and it != "update connections"] == RECORDED
    instance = next(it for it in after(postgres={"version": "17"}).registrations if it.name == "postgres-instance")
    assert inputs(instance)["includeReplicasForMajorVersionUpgrade"] is True


def test_a_copy_is_made_beside_the_instance_with_a_name_and_its_uri_told() -> None:
    made = [f"create postgres-reader-0{part}" for part in ("", "-name", "-zone")]
    assert changes(after(postgres={"readers": 1})) == [*made, "update connections"]


REFUSED = {
    "another name in the project": ({"postgres": {"gcp": {"identifier": "other"}}}, "postgres.gcp.identifier"),
    "a key": ({"postgres": {"gcp": {"kms_key": KEY}}}, "postgres.gcp.kms_key"),
    "another name of Redis": ({"redis": {"gcp": {"identifier": "other"}}}, "redis.gcp.identifier"),
    "a key of Redis": ({"redis": {"gcp": {"kms_key": KEY}}}, "redis.gcp.kms_key"),
    "a cache": ({"redis": {"role": "cache"}}, 'redis.role = "cache"'),
    "a smaller disk": ({"postgres": {"storage_gib": 30}}, "postgres.storage_gib = 30"),
    "into the cluster": ({"postgres": {"backend": "in_cluster"}}, 'postgres.backend = "in_cluster"'),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_replace_it_is_refused_and_said_of_an_instance(
    changed: dict[str, dict[str, object]], words: str
) -> None:
    done = up(wanted(**changed), begun())
    assert f"ladder:{words}" in str(done.error)
    assert "instance ladder-dev-" in str(done.error)
    assert "volume" not in str(done.error)
    assert done.changes == ()


def test_a_store_that_vanishes_is_refused_with_its_instance() -> None:
    done = up(config(stage=Stage.FUNDED, cloud=Cloud.GCP), begun())
    assert "postgres: this change would delete the instances that hold its data" in str(done.error)
    assert "instance ladder-dev-postgres (50 GiB)" in str(done.error)
    assert "redis: this change would delete the instances that hold its data" in str(done.error)


def test_an_older_redis_is_refused_because_it_would_be_made_anew() -> None:
    newer = after(redis={"version": "7.2"})
    assert "ladder:redis.version" in str(up(wanted(), newer.after).error)


def test_a_cache_keeps_nothing_and_may_vanish_or_be_made_anew() -> None:
    def cached(*, standby: bool) -> dict[str, str]:
        section: dict[Kind, object] = {Kind.REDIS: {"role": "cache", "gcp": {"standby": standby}}}
        return config(section, stage=Stage.FUNDED, cloud=Cloud.GCP)

    there = settled(cached(standby=False))
    (instance,) = [it for it in there.registrations if it.type in record.BEARERS]
    given = inputs(instance)
    assert (instance.protect, given["tier"], given["deletionProtection"]) == (False, "BASIC", False)
    assert given["persistenceConfig"] == {"persistenceMode": "DISABLED"}
    assert "replace redis-instance" in changes(settled(cached(standby=True), there.after))
    assert "delete redis-instance" in changes(settled(config(stage=Stage.FUNDED, cloud=Cloud.GCP), there.after))


@pytest.mark.parametrize("place", [{"region": "europe-west1"}, {"account": "acme-prod-2"}])
def test_another_region_or_project_is_refused(place: dict[str, str]) -> None:
    cluster = {**BESIDE[Cloud.GCP], **place}
    done = up(config(FIRST, stage=Stage.FUNDED, cloud=Cloud.GCP, cluster=cluster), begun())
    assert "put it in another place, without its data" in str(done.error)


def test_a_cluster_whose_name_a_label_does_not_take_is_known_again() -> None:
    cluster = {**BESIDE[Cloud.GCP], "context": "gke_acme-prod-1_europe-west3_Acme.1"}
    there = settled(config(FIRST, stage=Stage.FUNDED, cloud=Cloud.GCP, cluster=cluster))
    again = settled(config(FIRST, stage=Stage.FUNDED, cloud=Cloud.GCP, cluster=cluster), there.after)
    assert again.changes == ()


def test_a_removal_lifts_every_protection_and_then_deletes_with_a_last_backup() -> None:
    leaving = after(postgres={"phase": "remove"}, redis={"phase": "remove"})
    (cache_,) = [it for it in leaving.registrations if it.name == "redis-instance"]
    assert (cache_.protect, inputs(cache_)["deletionProtection"]) == (False, False)
    (instance,) = [it for it in leaving.registrations if it.name == "postgres-instance"]
    given = inputs(instance)
    protections = (instance.protect, given["deletionProtection"], given["settings"]["deletionProtectionEnabled"])
    assert protections == (False, False, False)
    assert given["settings"]["finalBackupConfig"]["enabled"] is True
    gone = settled(config(stage=Stage.FUNDED, cloud=Cloud.GCP), leaving.after)
    assert {"delete postgres-instance", "delete redis-instance"} <= set(changes(gone))


def grown_by_itself(gib: int) -> Snapshot:
    """The state after a refresh, when Cloud SQL had let the storage grow."""
    state = begun()

    def settings(outputs: dict[str, object]) -> dict[str, object]:
        return {**outputs, "settings": {**outputs["settings"], "diskSize": gib}}  # pyright: ignore[reportGeneralTypeIssues]

    return replace(
        state,
        resources=tuple(
            replace(it, outputs=settings(it.outputs)) if it.name == "postgres-instance" else it
            for it in state.resources
        ),
    )


def test_storage_that_grew_by_itself_is_no_reason_to_refuse_anything() -> None:
    assert settled(wanted(), grown_by_itself(200)).changes == ()


def test_a_ceiling_below_what_it_grew_to_is_refused() -> None:
    done = up(wanted(postgres={"gcp": {"storage_max_gib": 100}}), grown_by_itself(200))
    assert "ladder:postgres.gcp.storage_max_gib" in str(done.error)
