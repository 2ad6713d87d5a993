"""Wrong settings: one clear complaint each, all of them together, never a secret."""

import json

import pytest
from stacks import config, external

from components.catalog import Backend, Cloud, Kind, Role, Stage
from infra.complaints import SettingsError
from infra.settings import Settings, load


def read(given: dict[str, str], *, secret: bool = True) -> Settings:
    return load(given, lambda key: secret, project="ladder", stack="test", organization="acme")


def complaints(given: dict[str, str], *, secret: bool = True) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(given, secret=secret)
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


WRONG = [
    pytest.param({"mongdb": {}}, "ladder:mongdb", "did you mean mongodb?", id="unknown section"),
    pytest.param({"postgres": {"replcas": 1}}, "ladder:postgres.replcas", "did you mean replicas?", id="unknown key"),
    pytest.param({"postgres": {"image": {"ref": "a", "uid": 1, "tag": "b"}}}, "ladder:postgres.image.tag", "ref, uid",
                 id="unknown nested key"),
    pytest.param({"postgres": {"version": 17.0}}, "ladder:postgres.version", 'in quotes: "17.0"', id="version float"),
    pytest.param({"postgres": {"version": "9"}}, "ladder:postgres.version", "it holds: 16, 17", id="version"),
    pytest.param({"postgres": {"storage_gib": "10"}}, "ladder:postgres.storage_gib", '"10" | ', id="text for number"),
    pytest.param({"postgres": {"storage_gib": -3}}, "ladder:postgres.storage_gib", "greater than 0", id="negative"),
    pytest.param({"postgres": {"storage_gib": 1.5}}, "ladder:postgres.storage_gib", "1.5 | ", id="fraction"),
    pytest.param({"postgres": {"replicas": 2}}, "ladder:postgres.replicas", "1 to 1 members", id="members"),
    pytest.param({"mongodb": {"replicas": 4}}, "ladder:mongodb.replicas", "1 to 3 members", id="too many members"),
    pytest.param({"mongodb": {"replicas": 0}}, "ladder:mongodb.replicas", "1 to 3 members", id="no member"),
    pytest.param({"postgres": {"memory_mib": 8}}, "ladder:postgres.memory_mib", "at least 256", id="memory"),
    pytest.param({"postgres": {"protect": "yes"}}, "ladder:postgres.protect", '"yes" | ', id="text for boolean"),
    pytest.param({"redis": {"role": "cash"}}, "ladder:redis.role", 'write "cache"', id="role"),
    pytest.param({"redis": {"engine": "postgres"}}, "ladder:redis.engine", "valkey, redis", id="engine"),
    pytest.param({"redis": {"name": "Redis_1"}}, "ladder:redis.name", "lowercase", id="name"),
    pytest.param({"redis": {"name": "r" * 31}}, "ladder:redis.name", "at most 30", id="long name"),
    pytest.param({"redis": "on"}, "ladder:redis", "group of settings", id="text for a section"),
    pytest.param({"postgres": {"stage": "funded"}}, "ladder:postgres.stage", "no backend", id="stage of a store"),
    pytest.param({"postgres": {"backend": "moon_db"}}, "ladder:postgres.backend", "must be one of", id="backend"),
    pytest.param({"postgres": {"backend": "aws_rds"}}, "ladder:postgres.backend", "not for postgres on local",
                 id="backend of another cloud"),
    pytest.param({"postgres": {"readers": 1}}, "ladder:postgres.readers", "no copies for reading", id="readers"),
    pytest.param({"postgres": {"aws": {"multi_az": False}}}, "ladder:postgres.aws",
                 "is for aws_rds, and nothing of it would be done on in_cluster | leave it out, or set backend: aws",
                 id="options of a service"),
    pytest.param({"mongodb": {"atlas": {"nodes": 5}}}, "ladder:mongodb.atlas", "set backend: mongodb_atlas",
                 id="options of Atlas"),
    pytest.param({"postgres": {"image": {"ref": "a.io/mysql/redis:8.0", "uid": 1}}}, "ladder:postgres.image.ref",
                 "is an image of redis, and the store's files are those of postgres | for example a.io/mysql/postgres:",
                 id="image of another engine"),
    pytest.param({"redis": {"image": {"ref": "valkey/valkey", "uid": 1}}}, "ladder:redis.image.ref",
                 "by itself, which may not read the files | for example valkey/valkey:8.1", id="image that moves"),
    pytest.param({"postgres": {"backend": "external"}}, "ladder:postgres.external", "set external.uri", id="no uri"),
    pytest.param({"app": {}}, "ladder:app.image", "is required", id="required key"),
    pytest.param({"app": {"image": "a", "uses": ["redis"]}}, "ladder:app.uses", "configure ladder:redis", id="uses"),
    pytest.param({"app": {"image": "a", "replicas": {"min": 4, "max": 2}}}, "ladder:app.replicas", "min is above max",
                 id="replicas"),
    pytest.param({"cluster": {"kind": "existing"}}, "ladder:cluster.storage_class", "is required", id="class"),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "key", "words"), WRONG)
def test_a_wrong_setting_is_named_with_its_value_rule_and_fix(
    sections: dict[str, object], key: str, words: str
) -> None:
    found = complaints({**config(), **{f"ladder:{name}": json.dumps(value) for name, value in sections.items()}})
    assert key in found, found
    assert words in found[key]


@pytest.mark.parametrize(
    "ref",
    [
        "local/postgres:17",
        "a.io/library/postgres:17.2-bookworm",
        "postgres@sha256:0",
        "a.io/timescaledb:2.14-pg17",
        "a.io/postgres:main",
    ],
)
def test_an_image_of_the_version_or_of_a_name_that_says_nothing_is_taken(ref: str) -> None:
    assert read(config({Kind.POSTGRES: {"image": {"ref": ref, "uid": 1}}})).stores[Kind.POSTGRES].run_image.ref == ref


@pytest.mark.parametrize(("key", "value", "near"), [("stage", "bootstrp", "bootstrap"), ("cloud", "asw", "aws")])
def test_a_misspelt_stage_or_cloud_is_told_what_was_meant(key: str, value: str, near: str) -> None:
    assert f'write "{near}"' in complaints({**config(), f"ladder:{key}": value})[f"ladder:{key}"]


def test_all_wrong_settings_come_together() -> None:
    given = config(
        {Kind.POSTGRES: {"version": 17}, Kind.REDIS: {"storage_gib": -1, "name": "app"}, Kind.MONGODB: {"replicas": 9}},
        app={"image": "a"},
        bakups={},
    )
    given["ladder:namespace"] = "Not_A_Label"
    assert set(complaints(given)) == {
        "ladder:bakups",
        "ladder:mongodb.replicas",
        "ladder:namespace",
        "ladder:postgres.version",
        "ladder:redis.name",
        "ladder:redis.storage_gib",
    }


def test_an_unknown_key_hides_no_other_mistake_of_its_section() -> None:
    wrong = {"versoin": "17", "storage_gib": 5, "name": "x" * 40, "aws": {"instance_clas": "db.m7g.large", "bakup": 1}}
    given = config({Kind.POSTGRES: {**wrong, "backend": "aws_rds", "version": 17}}, cloud="aws")
    assert set(complaints(given)) >= {f"ladder:postgres.{key}" for key in ("versoin", "version", "aws.bakup")}
    del wrong["versoin"]
    found = complaints(config({Kind.POSTGRES: {**wrong, "backend": "aws_rds"}}, cloud="aws"))
    assert {key.removeprefix("ladder:postgres.") for key in found} >= {
        "aws.instance_clas",
        "aws.bakup",
        "name",
        "storage_gib",
    }


def test_a_region_that_no_service_has_is_told_with_those_that_every_service_has() -> None:
    managed = {Kind.MONGODB: {"atlas": {"project": "0123456789abcdef01234567"}}, Kind.POSTGRES: {}}
    cluster = {"kind": "eks", "region": "il-central-2", "account": "123456789012", "api_access": ["203.0.113.7/32"]}
    (words,) = [
        words
        for key, words in complaints(config(managed, stage="funded", cloud="aws", cluster=cluster)).items()
        if key == "ladder:cluster.region"
    ]
    assert "eu-central-1" in words
    assert "il-central-1" not in words, "Atlas has it, and RDS has not"


def test_two_stores_that_claim_one_name_are_both_told() -> None:
    given = config({Kind.POSTGRES: {"name": "db"}, Kind.REDIS: {"name": "db-members"}})
    assert any("collides" in words for words in complaints(given).values())


def test_a_uri_in_plain_text_is_refused_and_not_shown() -> None:
    found = complaints(config({Kind.POSTGRES: external(Kind.POSTGRES)}), secret=False)
    assert "plain text" in found["ladder:postgres.external.uri"]
    assert "test-password" not in str(found)


def test_a_secret_never_shows_in_a_complaint_about_its_section() -> None:
    section = {"external": {"uri": ["postgresql://a:test-password@h/d"]}, "backend": "external", "versoin": "17"}
    assert "test-password" not in str(complaints(config({Kind.POSTGRES: section})))


def test_defaults_are_safe() -> None:
    wanted = read(config({kind: {} for kind in Kind}))
    assert all(
        store.protect and store.pods.tls and store.backend is Backend.IN_CLUSTER for store in wanted.stores.values()
    )
    assert wanted.stores[Kind.REDIS].role is Role.STORE
    assert wanted.placement.namespace == "ladder-test"


def test_a_store_that_nobody_configured_does_not_exist() -> None:
    assert read(config()).stores == {}


def test_a_store_may_name_its_own_stage() -> None:
    given = config({Kind.POSTGRES: {"stage": "bootstrap"}}, stage=Stage.FUNDED, cloud=Cloud.AWS)
    assert read(given).stores[Kind.POSTGRES].placement.stage is Stage.BOOTSTRAP
