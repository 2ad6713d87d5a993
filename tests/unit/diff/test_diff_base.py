"""The other side of a comparison: its settings, and its own code."""

import shutil
from pathlib import Path

import pytest
from golden.typical_changes import DEV, PROJECT, commit

from ladder.diff import base as bases
from ladder.diff.base import THE_SAME, Side

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "length=32"  # noqa: S105 (a line of code)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text(DEV)
    return tmp_path


def with_code(repository: Path, old: str = "", new: str = "", path: str = "components/facade.py") -> None:
    """Put today's code into the repository, with one edit."""
    for folder in ("infra", "components", "ladder"):
        shutil.rmtree(repository / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, repository / folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = repository / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new) if old else text)


def side(repository: Path, stack: str = "dev") -> Side:
    (only,) = bases.sides(bases.find(repository, "base"), [stack])
    return only


def lengths(found: Side) -> set[str]:
    return {str(it.inputs["length"]) for it in found.state.resources if it.type.endswith(":RandomPassword")}


def test_settings_alone_differ(repository: Path) -> None:
    commit(repository, "base")
    (repository / "Pulumi.dev.yaml").write_text(DEV.replace("storage_gib: 1", "storage_gib: 2"))
    found = side(repository)
    assert found.how == THE_SAME
    claim = next(it for it in found.state.resources if it.type.endswith(":PersistentVolumeClaim"))
    assert claim.inputs["spec"]["resources"]["requests"]["storage"] == "1Gi"


def test_the_bases_own_code_runs_where_it_differs(repository: Path) -> None:
    with_code(repository, PASSWORD, "length=20")
    commit(repository, "base")
    with_code(repository)
    found = side(repository)
    assert found.how.startswith("the code of base (")
    assert lengths(found) == {"20"}
    assert found.error is None


def test_code_of_another_shape_gives_way_to_todays(repository: Path) -> None:
    with_code(repository, "def main(*, look", "def main_of_old(*, look", path="infra/program.py")
    commit(repository, "base")
    with_code(repository)
    found = side(repository)
    assert found.how.startswith("today's code, because that of base (")
    assert lengths(found) == {"32"}


def test_code_that_fails_says_so(repository: Path) -> None:
    with_code(
        repository,
        "    guarded = any(",
        "    raise RuntimeError('out of order')\n    guarded = any(",
        path="infra/program.py",
    )
    commit(repository, "base")
    with_code(repository)
    assert "out of order" in (side(repository).error or "")


def test_a_stack_without_a_file_there_is_new(repository: Path) -> None:
    (repository / "Pulumi.dev.yaml").unlink()
    commit(repository, "base")
    (repository / "Pulumi.dev.yaml").write_text(DEV)
    found = side(repository)
    assert (found.file, found.error, found.state.resources) == (None, None, ())


def test_a_file_that_was_no_yaml_is_an_error_of_that_stack(repository: Path) -> None:
    (repository / "Pulumi.dev.yaml").write_text("config: [")
    commit(repository, "base")
    assert "base:Pulumi.dev.yaml" in (side(repository).error or "")


def test_stacks_of_both_sides_are_found(repository: Path) -> None:
    (repository / "Pulumi.old.yaml").write_text(DEV)
    commit(repository, "base")
    assert bases.find(repository, "base").stacks() == ["dev", "old"]
