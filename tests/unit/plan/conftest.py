"""Backends that the catalogue does not hold count as services."""

import pytest

from components import catalog
from components.catalog import Backend, Keeper


@pytest.fixture(autouse=True)
def _every_backend_has_a_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalog.keeper
    monkeypatch.setattr(
        catalog, "keeper", lambda backend: known(backend) if backend in set(Backend) else Keeper.PROVIDER
    )
