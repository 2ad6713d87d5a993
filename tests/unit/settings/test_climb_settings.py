"""Settings of a climb: a store on two backends, laid over each other."""

import pytest
from stacks import config, external

from components.backups import hooks
from components.catalog import Backend, Cloud, Kind
from components.climb import copiers
from components.store import Phase
from infra import climbs
from tests.unit.settings.test_settings import complaints, read

POSTGRES = Kind.POSTGRES
URI = {"uri": "postgresql://app:test-password@db.example.com/app"}
TO = {"backend": "external", "external": URI}
VAULT = {"vault": "prod-vault"}
AWS = {"region": "eu-central-1", "account": "123456789012"}
RECEIPT = f"copy.20261127T110000Z-0a1b2c.20261127T113000Z.{'0' * 64}"


@pytest.fixture(autouse=True)
def _copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(copiers.COPIERS, POSTGRES, hooks.HOOKS[POSTGRES])


def test_the_target_is_the_section_with_to_laid_over_it() -> None:
    section = {"storage_gib": 40, "phase": "copy", "to": TO, "receipt": RECEIPT, "memory_mib": 640}
    store = read(config({POSTGRES: section}, **VAULT)).stores[POSTGRES]
    assert store.climb is not None
    to = store.climb.to
    assert (store.backend, store.phase, store.arriving) == (Backend.IN_CLUSTER, Phase.COPY, False)
    assert (to.backend, to.phase, to.arriving, to.storage_gib) == (Backend.EXTERNAL, Phase.COPY, True, 40)
    assert store.climb.receipt == RECEIPT
    assert store.backup is not None
    assert to.backup is None
    assert store.serving is store


@pytest.mark.parametrize("phase", ["cutover", "retire"])
def test_applications_use_the_target_from_cutover_on(phase: str) -> None:
    store = read(config({POSTGRES: {"phase": phase, "to": TO}}, **VAULT)).stores[POSTGRES]
    assert store.climb is not None
    assert store.serving is store.climb.to
    assert store.protected is (phase == "cutover")
    assert store.retained is (phase == "retire")


def test_a_target_is_protected_from_the_moment_that_its_data_counts() -> None:
    for phase in Phase.COPY, Phase.CUTOVER, Phase.RETIRE:
        given = external(POSTGRES, phase=phase, to={"backend": "in_cluster"})
        climb = read(config({POSTGRES: given}, **VAULT)).stores[POSTGRES].climb
        assert climb is not None
        assert climb.to.protected is (phase is not Phase.COPY)
        assert climb.to.backup is not None


def test_what_belongs_to_a_backend_goes_with_it() -> None:
    section = {"backend": "aws_rds", "aws": {"instance_class": "db.m7g.large"}, "readers": 1, "storage_gib": 40}
    end = climbs.overlaid({**section, "phase": "copy", "to": {"backend": "in_cluster", "memory_mib": 640}})
    assert end == {"storage_gib": 40, "backend": "in_cluster", "memory_mib": 640}
    assert climbs.overlaid({"stage": "bootstrap", "backup": {}, "to": TO}, backed_up=False) == TO


def test_from_the_cluster_to_a_service() -> None:
    beside = {"network": {"vpc": "v", "subnets": ["a", "b"], "security_group": "s"}}
    cluster = {"kind": "existing", "context": "test", "storage_class": "fast", **AWS, **beside}
    given = {"phase": "copy", "storage_gib": 40, "to": {"stage": "funded", "aws": {"instance_class": "db.m7g.large"}}}
    climb = read(config({POSTGRES: given}, cloud=Cloud.AWS, cluster=cluster, **VAULT)).stores[POSTGRES].climb
    assert climb is not None
    assert climb.to.backend is Backend.AWS_RDS
    assert climb.to.backup is not None


def test_a_target_may_wait_for_its_climb() -> None:
    store = read(config({POSTGRES: {"to": TO}}, **VAULT)).stores[POSTGRES]
    assert (store.backend, store.climb, store.phase) == (Backend.IN_CLUSTER, None, None)


def test_a_way_back_gives_the_settings_of_backups_back() -> None:
    back = {"phase": "copy", "back": True, "to": {"backend": "in_cluster", "backup": {"schedule": "7 * * * *"}}}
    climb = read(config({POSTGRES: external(POSTGRES, **back)}, **VAULT)).stores[POSTGRES].climb
    assert climb is not None
    assert climb.to.backup is not None
    assert climb.to.backup.schedule == "7 * * * *"


WRONG = {
    "no target": ({"phase": "copy"}, ".phase", "a climb needs to know where to"),
    "a way back without a climb": ({"back": True}, ".back", "none is under way"),
    "a receipt without a climb": ({"receipt": RECEIPT}, ".receipt", "none is under way"),
    "a target of other data": ({"phase": "copy", "to": {**TO, "name": "main"}}, ".to.name", "does not change"),
    "an unknown key": ({"phase": "copy", "to": {"backnd": "external"}}, ".to.backnd", "did you mean backend?"),
    "a wrong target": ({"phase": "copy", "to": {"backend": "external"}}, ".to.external", "needs the URI"),
    "where it is already": ({"phase": "copy", "to": {"storage_gib": 50}}, ".to", "runs on in_cluster already"),
    "no receipt": ({"phase": "copy", "to": TO, "receipt": "yes"}, ".receipt", "is no receipt"),
    "no run": ({"phase": "copy", "to": TO, "fall_back_to_run": "old"}, ".fall_back_to_run", "is no run of backups"),
}


@pytest.mark.parametrize(("section", "key", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_climb_is_told(section: dict[str, object], key: str, words: str) -> None:
    assert words in complaints(config({POSTGRES: section}, **VAULT))[f"ladder:postgres{key}"]


def test_nothing_moves_without_a_backup_to_fall_back_to() -> None:
    found = complaints(config({POSTGRES: {"phase": "copy", "to": TO}}))
    assert "set ladder:vault" in found["ladder:postgres.phase"]
    found = complaints(config({POSTGRES: external(POSTGRES, phase="copy", to={"backend": "in_cluster"})}))
    assert "set ladder:vault" in found["ladder:postgres.to"]


def test_what_nobody_copies_is_told() -> None:
    mysql = {"phase": "copy", "to": {"backend": "external", "external": {"uri": "mysql://a:b@c/d"}}}
    found = complaints(config({Kind.MYSQL: mysql}, **VAULT))
    assert "does not copy mysql from in_cluster to external" in found["ladder:mysql.to"]


def test_a_password_of_the_target_is_a_secret_like_any_other() -> None:
    found = complaints(config({POSTGRES: {"phase": "copy", "to": TO}}, **VAULT), secret=False)
    assert "stands in the stack file as plain text" in found["ladder:postgres.external.uri"]
    assert "test-password" not in str(found)
