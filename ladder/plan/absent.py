"""What a managed service cannot have, as its backend declares it."""

from collections.abc import Mapping

from components import managed
from components.managed import Absent, Property
from components.store import StoreArgs


def of(store: StoreArgs) -> Mapping[Property, Absent]:
    """Why the service behind `store` lacks what people rely on; nothing where no service keeps its data."""
    declared = managed.answers(store.kind, store.backend)
    return {name: found for name, found in declared.items() if isinstance(found, Absent)}
