"""The life of a store on Atlas, on the offline engine alone: no project of Atlas was asked (docs/seen.md)."""

from functools import cache

import pulumi_mongodbatlas as atlas
import pytest
from stacks import config, inputs, least, settled, up

from components.catalog import Cloud, Kind, Stage
from components.mongodb.mongodb_atlas import private_host
from ladder.engine import Run, Snapshot

FIRST: dict[str, object] = {"version": "7.0", "storage_gib": 20}
OTHER = "000000000000000000000000"


def wanted(cloud: Cloud, **changed: object) -> dict[str, str]:
    stores = least(Kind.MONGODB, Stage.FUNDED, **{**FIRST, **changed})
    return config(stores, stage=Stage.FUNDED, cloud=cloud)


@cache
def begun(cloud: Cloud = Cloud.AWS) -> Snapshot:
    return settled(wanted(cloud)).after


def changes(done: Run) -> list[str]:
    return sorted(f"{op} {urn.rpartition('::')[2]}" for op, urn in done.changes)


RECORDED = ["update ladder-mongodb", "update mongodb-cluster"]
MANUAL = {"autoscale": False}
IN_PLACE = {
    "a major version": ({"version": "8.0"}, RECORDED),
    "a larger tier by hand": ({"atlas": {**MANUAL, "instance_size": "M20"}}, ["update mongodb-cluster"]),
    "more storage by hand": ({"storage_gib": 40, "atlas": MANUAL}, RECORDED),
    "a ceiling": ({"atlas": {"instance_max": "M40"}}, ["update mongodb-cluster"]),
    "more nodes": ({"atlas": {"nodes": 5}}, ["update mongodb-cluster"]),
    "readers": ({"readers": 2}, ["update connections", "update mongodb-cluster"]),
    "longer backups": ({"atlas": {"retention_days": 30}}, ["update mongodb-backups"]),
    "another hour": ({"atlas": {"maintenance_window": "wed:04"}}, ["update mongodb-window"]),
    "protection lifted": ({"protect": False}, ["update mongodb-cluster"]),
}


@pytest.mark.parametrize("cloud", [Cloud.AWS, Cloud.GCP])
@pytest.mark.parametrize(("changed", "done"), IN_PLACE.values(), ids=IN_PLACE)
def test_what_bears_data_changes_in_place(cloud: Cloud, changed: dict[str, object], done: list[str]) -> None:
    # A cluster of Google's goes with its stores' protection.
    assert [it for it in changes(settled(wanted(cloud, **changed), begun(cloud))) if "gke" not in it] == done


REFUSED = {
    "another project": ({"atlas": {"project": OTHER}}, "mongodb.atlas.project"),
    "another name": ({"atlas": {"identifier": "other"}}, "mongodb.atlas.identifier"),
    "less storage": ({"storage_gib": 10, "atlas": MANUAL}, "mongodb.storage_gib = 10"),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_replace_it_is_refused(changed: dict[str, object], words: str) -> None:
    done = up(wanted(Cloud.AWS, **changed), begun())
    assert f"ladder:{words}" in str(done.error)
    assert "cluster ladder-dev-mongodb (20 GiB)" in str(done.error)
    assert done.changes == ()


@pytest.mark.parametrize(
    ("changed", "setting"),
    [({"storage_gib": 40}, "storage_gib"), ({"atlas": {"instance_size": "M30"}}, "atlas.instance_size")],
)
def test_a_size_that_atlas_would_pass_over_is_refused_with_the_way_that_works(
    changed: dict[str, object], setting: str
) -> None:
    done = up(wanted(Cloud.AWS, **changed), begun())
    assert "be passed over by a service that scales the store by itself" in str(done.error)
    assert f"ladder:{setting.join(['mongodb.', ''])}" in str(done.error)
    assert "ladder:mongodb.atlas.autoscale" in str(done.error)
    sections = {**changed, "atlas": {**dict(changed.get("atlas", {})), **MANUAL}}  # type: ignore[call-overload]
    by_hand = settled(wanted(Cloud.AWS, **sections), begun())
    assert changes(settled(wanted(Cloud.AWS, **changed), by_hand.after)) == ["update mongodb-cluster"]


def test_a_removal_lifts_both_protections_and_then_deletes_with_backups_kept() -> None:
    leaving = settled(wanted(Cloud.AWS, phase="remove"), begun())
    (cluster,) = [it for it in leaving.registrations if it.name == "mongodb-cluster"]
    assert (cluster.protect, inputs(cluster)["terminationProtectionEnabled"]) == (False, False)
    assert inputs(cluster)["retainBackupsEnabled"] is True
    gone = settled(config(stage=Stage.FUNDED, cloud=Cloud.AWS), leaving.after)
    assert "delete mongodb-cluster" in changes(gone)


def strings(*held: tuple[str, str]) -> atlas.outputs.AdvancedClusterConnectionStrings:
    made = atlas.outputs
    return made.AdvancedClusterConnectionStrings(
        private="",
        private_endpoints=[
            made.AdvancedClusterConnectionStringsPrivateEndpoint(
                connection_string="",
                endpoints=[
                    made.AdvancedClusterConnectionStringsPrivateEndpointEndpoint(
                        endpoint_id=endpoint, provider_name="AWS", region="EU_CENTRAL_1"
                    )
                ],
                srv_connection_string=srv,
                srv_shard_optimized_connection_string="",
                type="MONGOD",
            )
            for endpoint, srv in held
        ],
        private_srv="",
        standard="",
        standard_srv="",
    )


def test_the_way_through_this_stacks_own_endpoint_is_taken() -> None:
    ways = strings(
        ("vpce-1", "mongodb+srv://a-pl-0.x.mongodb.net"), ("vpce-2", "mongodb+srv://a-pl-1.x.mongodb.net/?a=b")
    )
    assert private_host(ways, "vpce-2") == "a-pl-1.x.mongodb.net"


@pytest.mark.parametrize("held", [(), (("vpce-1", "mongodb+srv://a"), ("vpce-2", "mongodb+srv://b"))])
def test_without_a_way_through_it_the_update_says_what_to_do(held: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match="vpce-9 yet: run pulumi refresh"):
        private_host(strings(*held), "vpce-9")


def test_the_provider_is_told_no_keys() -> None:
    """They come from its environment; a state and a stack file hold none."""
    (provider,) = [it for it in settled(wanted(Cloud.AWS)).registrations if it.type == "pulumi:providers:mongodbatlas"]
    assert set(inputs(provider)) <= {"version"}
