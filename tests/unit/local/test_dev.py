"""What `make up` leaves for a shell to source, and that it takes a first backup."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from components.store import StoreArgs
from infra.settings import Settings
from ladder.backups.job import Result, Run
from ladder.backups.operator import Held, Operator
from ladder.backups.started import Cluster

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


@pytest.mark.parametrize("runs", [0, 1])
def test_stores_that_have_no_run_get_their_first_one_and_it_is_proven(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    done: list[str] = []
    run = Run.model_validate({"run": "r", "time": "2026-01-01T00:00:00Z", "state": "ok", "bytes": 1, "lines": 1})

    class Played(Operator):
        def list(self, store: StoreArgs) -> Held:
            return Held(runs=[run] * runs, moments=[])

        def backup(self, store: StoreArgs, *, accept_empty: bool = False) -> Result:
            assert not accept_empty
            done.append(f"backup {store.name}")
            return Result(ok=True, bytes=2048)

        def verify(self, store: StoreArgs, run: str = "") -> Result:
            assert run == ""
            done.append(f"verify {store.name}")
            return Result(ok=True)

    def operator_of(wanted: Settings) -> Operator:
        return Played(cluster=cast(Cluster, None), wanted=wanted, tell=print)

    monkeypatch.setattr(dev, "STACK_FILE", LOCAL.parent / "Pulumi.dev.yaml")
    monkeypatch.setattr(dev, "operator_of", operator_of)
    said = dev._first_backup()
    assert (done, said.split("  ")[0]) == (
        ([], "taken before: ladder backups STORE · ladder restore STORE") if runs else
        (["backup mongodb", "backup postgres", "verify mongodb", "verify postgres"], "2 stores, 4.0 KiB")
    )  # fmt: skip
