"""What the settings say about whom the watchdog tells."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from components.backups.watchdog.args import AlertsArgs
from components.catalog import Image
from infra import schema
from infra.complaints import Complaint

_KEY = "ladder:alerts"
_HIDDEN = "[secret]"
"""What `ladder plan` has in the place of a value, because it decrypts none."""
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_PORTS = {"http": 80, "https": 443}


def read(section: schema.AlertsSection | None) -> AlertsArgs:
    """Whom the watchdog tells; nobody, where nothing is said."""
    if section is None:
        return AlertsArgs()
    named = [url for url in (section.webhook, section.ping) if url and _problem(url) is None]
    return AlertsArgs(
        webhook=section.webhook,
        format=section.format,
        ping=section.ping,
        ports=sorted({_port(url) for url in named}),
        image=Image(ref=section.image.ref, uid=section.image.uid) if section.image else AlertsArgs.image,
    )


def complaints(sections: schema.Sections, secret: Callable[[str], bool]) -> list[Complaint]:
    """Everything that is wrong with it; an address is never shown, because whoever has it may write there."""
    section = sections.alerts
    if section is None:
        return []
    found: list[Complaint] = []
    if sections.vault is None:
        fix = "set ladder:vault to the name of a stack with ladder:kind: vault, or leave the alerts out"
        rule = "the watchdog that would tell is made where there is a vault alone"
        found.append(Complaint(key=_KEY, value="set", rule=rule, fix=fix))
    for name, url in (("webhook", section.webhook), ("ping", section.ping)):
        key = f"{_KEY}.{name}"
        if url and (rule := _problem(url)):
            fix = f"pulumi config set --secret --path {key} https://…"
            found.append(Complaint(key=key, value="[not shown]", rule=rule, fix=fix))
        elif url and not secret(_KEY):
            rule = "is a secret, and stands in the stack file as plain text"
            fix = f"pulumi config set --secret --path {key}, with a new address: git remembers the old one"
            found.append(Complaint(key=key, value="[not shown]", rule=rule, fix=fix))
    return found


def _problem(url: str) -> str | None:
    if url == _HIDDEN:
        return None
    try:
        fits = _ADDRESS.fullmatch(url) is not None and bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        fits = False
    return None if fits else "must be an address that begins with https:// (or http://) and a host"


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme, 443)
