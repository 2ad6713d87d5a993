"""Whom the watchdog tells, as settings say it: addresses are secrets, also in complaints."""

import json

import pytest
from stacks import config

from components.backups.watchdog import AlertsArgs, Format
from infra.complaints import SettingsError
from infra.settings import load


def read(alerts: object, *, secret: bool = True, vault: str | None = "acme-vault") -> AlertsArgs:
    given = config(postgres={}, vault=vault, alerts=alerts)
    return load(given, lambda key: secret, project="ladder", stack="test", organization="acme").alerts


def complaints(alerts: object, *, secret: bool = True, vault: str | None = "acme-vault") -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(alerts, secret=secret, vault=vault)
    return {found.key: f"{found.value} | {found.rule} | {found.fix}" for found in caught.value.complaints}


def test_without_alerts_nobody_is_told():
    assert read(None) == AlertsArgs()


def test_addresses_open_the_ports_that_they_name():
    found = read(
        {"webhook": "https://hooks.example.com/T0/x", "ping": "http://ping.example.com:8080", "format": "json"}
    )
    assert (found.ports, found.format) == ([443, 8080], Format.JSON)
    assert set(found.addresses) == {"webhook", "ping"}


def test_a_value_that_plan_does_not_decrypt_is_no_mistake():
    assert read({"webhook": "[secret]"}).ports == [443]


@pytest.mark.parametrize(
    "url", ["hooks.example.com/test-secret", "ftp://h/test-secret", "https:///test-secret", "https://h:x/test-secret"]
)
def test_what_is_no_address_is_refused_and_not_shown(url: str):
    found = complaints({"webhook": url})
    assert "must be an address" in found["ladder:alerts.webhook"]
    assert "test-secret" not in json.dumps(found)


def test_an_address_in_plain_text_is_refused_and_not_shown():
    found = complaints({"ping": "https://h/test-secret"}, secret=False)
    assert "git remembers the old one" in found["ladder:alerts.ping"]
    assert "test-secret" not in json.dumps(found)


def test_alerts_without_a_vault_have_nobody_to_send_them():
    assert "ladder:vault" in complaints({"format": "json"}, vault=None)["ladder:alerts"]


def test_a_wrong_type_shows_no_address():
    found = complaints({"webhook": ["https://h/test-secret"], "format": "xml"})
    assert "test-secret" not in json.dumps(found)
    assert "slack" in found["ladder:alerts.format"]
