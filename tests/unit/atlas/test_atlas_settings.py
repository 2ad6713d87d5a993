"""Wrong settings of stores on Atlas: said before any call, all together, each with its fix."""

import pytest
from stacks import BESIDE, config, least

from components.atlas import offers
from components.catalog import Cloud, Kind, Stage
from infra.complaints import SettingsError
from infra.settings import Settings, load


def read(given: dict[str, str]) -> Settings:
    return load(given, lambda _: True, project="ladder", stack="test", organization="acme")


def complaints(cloud: Cloud = Cloud.AWS, section: dict[str, object] | None = None, **more: object) -> dict[str, str]:
    stores = least(Kind.MONGODB, Stage.FUNDED, **(section or {}))
    with pytest.raises(SettingsError) as caught:
        read(config(stores, stage=Stage.FUNDED, cloud=cloud, **more))
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


WRONG = [
    ({"atlas": {"project": "acme"}}, "mongodb.atlas.project", "acme | is no id of a project"),
    ({"atlas": {"instance_size": "M5"}}, "mongodb.atlas.instance_size", "one of: M10, M20"),
    ({"atlas": {"instance_max": "M10"}}, "mongodb.atlas.instance_max", "must be above atlas.instance_size (M10)"),
    ({"atlas": {"instance_max": "M30", "autoscale": False}}, "mongodb.atlas.instance_max", "autoscale is false"),
    ({"atlas": {"nodes": 4}}, "mongodb.atlas.nodes", "set 3, 5 or 7"),
    ({"atlas": {"maintenance_window": "sunday"}}, "mongodb.atlas.maintenance_window", 'for example "sun:03"'),
    ({"atlas": {"identifier": "a_b"}}, "mongodb.atlas.identifier", "single inner dashes"),
    ({"atlas": {"kms_key": "alias/x"}}, "mongodb.atlas.kms_key", "arn:aws:kms"),
    ({"atlas": {"retention_days": 6}}, "mongodb.atlas.retention_days", "7 to 35 days"),
    ({"atlas": {"instance_sise": "M10"}}, "mongodb.atlas.instance_sise", "mean instance_size?"),
    ({"storage_gib": 5}, "mongodb.storage_gib", "set 10 or more"),
    ({"replicas": 3}, "mongodb.replicas", "readers for more"),
    ({"memory_mib": 4096}, "mongodb.memory_mib", "atlas.instance_size says how large"),
    ({"version": "6.0"}, "mongodb.version", "it holds: 7.0, 8.0"),
]


@pytest.mark.parametrize(("section", "key", "words"), WRONG, ids=lambda it: it if isinstance(it, str) else "")
def test_a_wrong_setting_is_named_with_its_value_rule_and_fix(section: dict[str, object], key: str, words: str) -> None:
    found = complaints(section=section)
    assert list(found) == [f"ladder:{key}"]
    assert words in found[f"ladder:{key}"]


def test_a_key_of_google_cloud_is_a_version_of_it() -> None:
    key = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
    found = complaints(Cloud.GCP, {"atlas": {"kms_key": key}})
    assert "cryptoKeyVersions/1" in found["ladder:mongodb.atlas.kms_key"]


def test_what_the_tags_of_atlas_do_not_take_is_told_where_it_was_written() -> None:
    cluster = {**BESIDE[Cloud.AWS], "context": "arn:aws:eks:eu-central-1:123456789012:cluster/prod"}
    found = complaints(cluster=cluster, providers={"cost_centre": "r&d"})
    assert set(found) == {"ladder:cluster.identifier", "ladder:providers.tags"}
    assert "r&d" in found["ladder:providers.tags"]


def test_a_region_that_atlas_does_not_have_is_told_with_those_that_it_has() -> None:
    found = complaints(Cloud.GCP, cluster={**BESIDE[Cloud.GCP], "region": "europe-west99"})
    assert "europe-west3" in found["ladder:cluster.region"]


def test_atlas_has_names_of_its_own_for_regions() -> None:
    assert offers.REGIONS[Cloud.AWS]["eu-central-1"] == "EU_CENTRAL_1"
    assert (offers.REGIONS[Cloud.GCP]["europe-west1"], offers.REGIONS[Cloud.GCP]["europe-west3"]) == (
        "WESTERN_EUROPE",
        "EUROPE_WEST_3",
    )
    for held in offers.REGIONS.values():
        assert len(set(held.values())) == len(held)


def test_an_aws_section_of_a_store_on_atlas_is_no_setting() -> None:
    assert "is not a setting" in complaints(section={"aws": {}})["ladder:mongodb.aws"]
