from pathlib import Path

import pytest
from climb_world import World, brought_up

from components.backups import hooks
from components.catalog import Kind
from components.climb import copiers


@pytest.fixture(autouse=True)
def _copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(copiers.COPIERS, Kind.POSTGRES, hooks.HOOKS[Kind.POSTGRES])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A stack that is up, in a folder of its own."""
    for name in ("PULUMI_STACK", "LADDER_CONFIG_FILE", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return brought_up()
