"""Labels on Google Cloud: small letters, digits, dashes and underscores alone, at most 63 of them."""

import re
from collections.abc import Mapping

from components import record
from components.store import StoreArgs

LONGEST = 63


def of_stack(tags: Mapping[str, str]) -> dict[str, str]:
    """A stack's tags as Google Cloud takes them: no dots, no capitals."""
    return {_plain(key): _plain(value)[:LONGEST] for key, value in tags.items()}


def of(store: StoreArgs) -> dict[str, str]:
    """Whose it is."""
    return {f"{record.TAG}store": store.name}


def of_bearer(store: StoreArgs) -> dict[str, str]:
    """Whose it is, and the facts that the guard compares."""
    return {**of(store), **record.labels(store)}


def _plain(text: str) -> str:
    return re.sub(r"[^-a-z0-9]", "_", text.lower())
