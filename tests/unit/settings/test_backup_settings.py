"""Settings of backups and of vaults."""

import json
from typing import Any

import pytest
from stacks import config, external, vault

from components.backups.args import Keep
from components.catalog import Kind
from infra import settings, vault_settings
from infra.complaints import SettingsError
from infra.settings import Settings
from infra.vault_settings import VaultSettings

VAULT = "acme/ladder/prod-vault"


def loaded(**sections: Any) -> Settings:
    return settings.load(config(**sections), lambda _: True, project="ladder", stack="dev", organization="acme")


def complaints(**sections: Any) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        loaded(**sections)
    return {it.key: it.rule for it in caught.value.complaints}


def of_vault(wanted: dict[str, str], *, secret: bool = True) -> VaultSettings:
    return vault_settings.load(wanted, lambda _: secret, project="ladder", stack="v")


def vault_complaints(wanted: dict[str, str], *, secret: bool = True) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        of_vault(wanted, secret=secret)
    assert "test-key" not in str(caught.value)
    return {it.key: it.rule for it in caught.value.complaints}


def test_without_a_vault_no_store_has_backups() -> None:
    assert [store.backup for store in loaded(postgres={}, redis={}).stores.values()] == [None, None]


def test_a_cache_and_what_others_run_are_not_backed_up() -> None:
    found = loaded(postgres=external(Kind.POSTGRES), redis={"role": "cache"}, vault=VAULT)
    assert [store.backup for store in found.stores.values()] == [None, None]


def test_a_store_inherits_what_it_does_not_say_itself() -> None:
    found = loaded(
        vault=VAULT,
        backups={"schedule": "5 * * * *", "keep": {"daily": 3}, "scratch_class": "fast"},
        postgres={"backup": {"verify": "1 2 * * 3"}},
    )
    backup = found.stores[Kind.POSTGRES].backup
    assert backup is not None
    assert (backup.schedule, backup.verify, backup.keep) == ("5 * * * *", "1 2 * * 3", Keep(daily=3))
    assert backup.scratch_class == "fast"


@pytest.mark.parametrize(
    ("written", "full"),
    [("v", "acme/ladder/v"), ("other/v", "acme/other/v"), ("firm/other/v", "firm/other/v")],
)
def test_a_short_name_of_a_vault_is_filled_up(written: str, full: str) -> None:
    assert loaded(vault=written).vault == full


def test_everything_that_is_wrong_with_backups_is_said_at_once() -> None:
    assert complaints(
        vault="a/b/c/d",
        backups={"schedule": "hourly", "keep": {"hourly": 0, "daily": 0, "weekly": 0, "monthly": 0}},
        postgres={"backup": {"prune": "61 * * * *"}},
        redis={"role": "cache", "backup": {"verify": "0 0 * * 0"}},
    ).keys() == {
        "ladder:vault",
        "ladder:backups.schedule",
        "ladder:backups.keep",
        "ladder:postgres.backup.prune",
        "ladder:redis.backup",
    }


def test_backups_without_a_vault_are_refused() -> None:
    assert complaints(postgres={"backup": {}}) == {"ladder:postgres.backup": "there is no vault for the backups"}


def test_every_write_is_shipped_where_somebody_asks_and_it_can_be() -> None:
    held = loaded(vault=VAULT, postgres={"backup": {"point_in_time_days": 7}}).stores[Kind.POSTGRES].backup
    assert held is not None
    assert held.point_in_time_days == 7
    key = "ladder:postgres.backup.point_in_time_days"
    assert complaints(vault=VAULT, postgres={"backup": {"point_in_time_days": 36}}).keys() == {key}


def test_a_negative_count_is_refused() -> None:
    assert complaints(backups={"keep": {"daily": -1}}).keys() == {"ladder:backups.keep.daily"}


def test_each_kind_of_vault_is_read() -> None:
    for kind in ("in_cluster", "s3_compatible"):
        assert of_vault(vault(kind)).repository.kind == kind


def test_a_vault_is_protected_unless_somebody_says_otherwise() -> None:
    assert of_vault(vault()).protect
    assert not of_vault(vault(protect=False)).protect


def test_keys_in_plain_text_are_refused_and_not_shown() -> None:
    found = vault_complaints(vault("s3_compatible"), secret=False)
    assert found == {"ladder:repository.writer.secret_access_key": "stands in the stack file as plain text"}


def test_an_unknown_kind_lists_those_there_are() -> None:
    wanted = vault() | {"ladder:repository": json.dumps({"kind": "in_clusters"})}
    assert "must be one of azure_blob, gcs, in_cluster" in vault_complaints(wanted)["ladder:repository.kind"]


def test_a_setting_of_another_kind_is_no_setting() -> None:
    found = vault_complaints(vault("s3_compatible", storage_gib=5, endpoint="http://s3.example.com"))
    assert found["ladder:repository.storage_gib"] == "is not a setting"
    assert "pattern" in found["ladder:repository.endpoint"]


@pytest.mark.parametrize("cluster", [None, {"kind": "eks", "region": "eu-central-1", "account": "123456789012"}])
def test_a_repository_in_a_cluster_needs_one_that_exists(cluster: object) -> None:
    wanted = vault()
    del wanted["ladder:cluster"]
    if cluster:
        wanted["ladder:cluster"] = json.dumps(cluster)
    assert vault_complaints(wanted) == {"ladder:cluster": "a repository in a cluster needs one that exists"}


def test_what_belongs_to_an_environment_is_no_setting_of_a_vault() -> None:
    assert vault_complaints(vault() | {"ladder:postgres": "{}"}) == {"ladder:postgres": "is not a setting"}


def test_who_asks_a_vault_for_its_stores_is_told_what_it_is() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(vault(), lambda _: True, project="ladder", stack="v", organization="acme")
    [only] = caught.value.complaints
    assert (only.key, only.value) == ("ladder:kind", '"vault"')
    assert "pulumi preview --stack v" in only.fix
