"""What resources of Azure use in a month."""

from collections.abc import Iterator

from ladder.engine.properties import Properties
from ladder.prices.bill import Gap, Reason, Use


def _by_use(what: str) -> Gap:
    return Gap(what=what, reason=Reason.BY_USE)


def account(_: Properties) -> Iterator[Use | Gap]:
    """Objects, their versions, and requests."""
    yield _by_use("objects in the storage account")


def key_vault(_: Properties) -> Iterator[Use | Gap]:
    """Reads and writes."""
    yield _by_use("reads and writes of secrets")


METERS = {"azure:storage/account": account, "azure:keyvault/keyVault": key_vault}

FREE = (
    "azure:core/resourceGroup",
    "azure:authorization/",
    "azure:management/lock",
    "azure:storage/",
    "azure:keyvault/",
)
"""Beginnings of types that cost nothing by themselves: what they hold is counted with the account, or the key vault."""
