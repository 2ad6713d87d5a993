"""What `make up` leaves for a shell to source."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

LOCAL = Path(__file__).parents[3] / "local"


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.syspath_prepend(str(LOCAL))
    spec = importlib.util.spec_from_file_location("dev", LOCAL / "dev.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "dev", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    return module


def environment(dev: ModuleType) -> str:
    machine = dev.Machine(
        context="c", kubeconfig=None, identifier="c", storage_class="s", images={}, left_out={}, local=True
    )
    dev._environment(machine)
    return (dev.HERE / "env").read_text()


def test_a_shell_that_sourced_the_environment_gets_the_same_one_again(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = environment(dev)
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in first
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{dev.HERE}/state")
    assert environment(dev) == first


def test_a_backend_of_the_users_own_is_left_alone(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://acme-state")
    assert "PULUMI_BACKEND_URL" not in environment(dev)
    assert not (dev.HERE / "passphrase").exists()
