"""The first backup at the end of `make up`."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[3] / "local" / "first_backup.py"


@pytest.fixture(scope="module")
def first_backup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("first_backup", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (4300000, "4.1 MiB"),
        (3 * 2**30, "3.0 GiB"),
        (2**42, "4096.0 GiB"),
    ],
)
def test_sizes_are_said_as_people_do(first_backup: ModuleType, size: int, text: str) -> None:
    assert first_backup.shown(size) == text


@pytest.mark.parametrize(("stores", "text"), [(1, "1 store, 2.0 KiB"), (2, "2 stores, 2.0 KiB")])
def test_the_summary_counts_stores(first_backup: ModuleType, stores: int, text: str) -> None:
    assert str(first_backup.First(stores=stores, size=2048)) == text
