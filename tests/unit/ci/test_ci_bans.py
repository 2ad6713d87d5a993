"""What counts as a way around protection, and where it is looked for."""

import subprocess
from pathlib import Path

import pytest

from ladder.ci import bans


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("pulumi up --skip-preview", "--skip-preview"),
        ("pulumi up -f --yes", "-f"),
        ("pulumi up -yf", "-f"),
        ("pulumi up --stack prod --ignore-protect=true", "--ignore-protect"),
        ("run: pulumi destroy --target 'urn:pulumi:prod::shop::a:b:C::d'", "--target"),
        ("pulumi up -turn:pulumi:prod::shop::a:b:C::d", "-t"),
        ("cd infra && ./bin/pulumi --cwd . up --target-dependents", "--target-dependents"),
        ("pulumi refresh --exclude x", "--exclude"),
        ("pulumi up --replace x", "--replace"),
        ("pulumi state unprotect --all", "state unprotect"),
        ("pulumi state delete x; echo", "state delete"),
    ],
)
def test_a_way_around_protection_is_found(line: str, what: str, tmp_path: Path) -> None:
    file = tmp_path / "deploy.sh"
    file.write_text(f"#!/bin/bash\n{line}\n")
    (found,) = bans.search(tmp_path, [file])
    assert (found.place, found.what.endswith(what)) == ("deploy.sh:2", True)


@pytest.mark.parametrize(
    "line",
    [
        "pulumi up --yes --stack prod",
        "pulumi up --skip-preview=false",
        "# pulumi up --skip-preview",
        "pulumi up # never --skip-preview",
        "pulumi up && make --target x",
        "pulumi state export --file f",
        "pulumi stack select --target x",
        "grep -f words my-pulumi up",
    ],
)
def test_what_goes_around_nothing_is_left_alone(line: str, tmp_path: Path) -> None:
    file = tmp_path / "deploy.sh"
    file.write_text(line)
    assert not bans.search(tmp_path, [file])


def test_a_command_over_several_lines_is_told_where_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "deploy.sh"
    file.write_text("a\nb\npulumi up \\\n  --yes \\\n  --skip-preview\npulumi up -f\n")
    assert [it.place for it in bans.search(tmp_path, [file])] == ["deploy.sh:3", "deploy.sh:6"]


def test_what_continuous_integration_runs_is_looked_at_and_what_git_ignores_is_not(tmp_path: Path) -> None:
    for name in (".github/workflows/a.yml", ".gitlab-ci.yml", "Makefile", "ops/x.sh", "docs/a.md", "out/y.sh"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / ".gitignore").write_text("out/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    found = {str(it.relative_to(tmp_path)) for it in bans.files(tmp_path)}
    assert found == {".github/workflows/a.yml", ".gitlab-ci.yml", "Makefile", "ops/x.sh"}


def test_this_repository_goes_around_nothing() -> None:
    root = Path(__file__).resolve().parents[3]
    assert not bans.search(root, bans.files(root))
