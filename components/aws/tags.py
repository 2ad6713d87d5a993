"""Tags of a store's resources on AWS. Those of the stack and of who pays come from the provider, on everything."""

from components import record
from components.store import StoreArgs


def of(store: StoreArgs) -> dict[str, str]:
    """Whose it is."""
    return {f"{record.TAG}store": store.name}


def of_bearer(store: StoreArgs) -> dict[str, str]:
    """Whose it is, and the facts that the guard compares."""
    return {**of(store), **record.tags(store)}
