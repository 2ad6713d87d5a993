"""What a managed service cannot have, as its backend declares it."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from components.catalog import Keeper
from components.managed import Absent, Has, Property
from components.store import StoreArgs


def of(store: StoreArgs) -> Mapping[Property, Absent]:
    """Why the service behind `store` lacks what people rely on; nothing where no service keeps its data.

    The backend's own file says so (`components/<store>/<backend>.py`). It is loaded here, after the program that uses
    it: the SDK of a cloud that a stack does not use stays where it is.
    """
    if store.keeper is not Keeper.PROVIDER:
        return {}
    module = import_module(f"components.{store.kind}.{store.backend}")
    declared = cast(Mapping[Property, Has | Absent], module.PROPERTIES)
    return {name: found for name, found in declared.items() if isinstance(found, Absent)}
