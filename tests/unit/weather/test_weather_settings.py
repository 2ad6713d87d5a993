from pathlib import Path

import pytest
from weather.settings import Settings, SettingsError, Store


def test_nothing_set_means_nothing_configured(tmp_path: Path):
    settings = Settings.read({"LADDER_CONNECTIONS": str(tmp_path)})
    assert (settings.port, settings.drain_seconds, settings.uris, settings.ca) == (8080, 3, {}, None)


def test_the_secrets_keys_are_found_and_a_blank_one_counts_as_missing(tmp_path: Path):
    (tmp_path / "ca.crt").write_text("x")
    environment = {"DATABASE_URL": "postgresql://a", "MONGODB_URI": " ", "MYSQL_URL": "mysql://b"}
    settings = Settings.read({**environment, "LADDER_CONNECTIONS": str(tmp_path)})
    assert settings.uris == {Store.POSTGRES: "postgresql://a"}
    assert settings.ca == tmp_path / "ca.crt"


def test_a_password_does_not_show_when_settings_are_printed():
    assert "hunter2" not in repr(Settings.read({"REDIS_URL": "rediss://app:hunter2@redis:6379/0"}))


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "8080.5", "٨٠"])
def test_a_wrong_port_is_refused_with_key_value_rule_and_fix(value: str):
    with pytest.raises(SettingsError) as refused:
        Settings.read({"PORT": value})
    for part in ("PORT", value, "from 1 to 65535", "unset it for 8080"):
        assert part in str(refused.value)
