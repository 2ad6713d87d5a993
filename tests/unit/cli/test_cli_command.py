import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_world import Answer

from components.cluster import ClusterArgs
from infra.cluster_api import ClusterError, Finding
from infra.settings import Settings
from ladder import cli, terminal
from ladder.errors import Exit

Ladder = Callable[..., Answer]
ROOT = Path(__file__).parents[3]


def test_the_version_is_said(ladder: Ladder) -> None:
    answer = ladder("--version")
    assert (answer.code, answer.out) == (Exit.OK, f"ladder {version('ladder')}\n")


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_the_help_names_every_command_and_exit_code(ladder: Ladder, arguments: tuple[str, ...]) -> None:
    answer = ladder(*arguments)
    assert answer.code is Exit.OK
    for name in ("plan", "render", "status", "doctor", "remove"):
        assert f"\n  {name} " in answer.out
    for code in Exit:
        assert f"{code:d}  {code.meaning}" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("plann",),
        ("plan", "--nope"),
        ("plan", "-s", "prod", "--state", "a", "--base", "b"),
        ("remove", "-s", "prod"),
        ("remove", "postgres", "--all", "-s", "prod"),
        ("render", "-s", "prod", "--apply", "--show-secrets"),
    ],
)
def test_a_wrong_command_line_has_its_own_exit_code(ladder: Ladder, arguments: tuple[str, ...]) -> None:
    answer = ladder(*arguments)
    assert answer.code is Exit.USAGE
    assert answer.err.startswith("error: ")
    assert "ladder --help" in answer.err


def test_no_stack_is_an_error_that_lists_them(project: Path, ladder: Ladder) -> None:
    answer = ladder("plan")
    assert answer.code is Exit.MISSING
    assert answer.err == "error: no stack is named\n    fix: --stack, or PULUMI_STACK; there are: prod\n"
    found = ladder("plan", "--json")
    assert (found.code, found.json["verdict"]) == (Exit.MISSING, "missing")


def test_a_fault_of_our_own_is_one_sentence(project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(cli.planning, "make", fault)
    answer = ladder("plan", "-s", "prod")
    assert answer.code is Exit.FAILED
    assert "ZeroDivisionError: by zero" in answer.err
    assert "Traceback" not in answer.err


def test_an_interruption_is_said(project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.planning, "make", interrupt)
    answer = ladder("plan", "-s", "prod")
    assert answer.code is Exit.INTERRUPTED
    assert answer.err == "error: interrupted; nothing more is done\n"


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_an_unreachable_cluster_is_reported(
    project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(project / "no-kubeconfig"))
    answer = ladder(command, "-s", "prod", "--json")
    assert answer.code is Exit.WRONG
    assert "kubeconfig" in json.dumps(answer.json)
    assert "kubeconfig" in ladder(command, "-s", "prod").out


def test_a_cluster_that_goes_away_is_no_traceback(
    project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(settings: Settings) -> None:
        assert isinstance(settings.cluster, ClusterArgs)
        raise ClusterError(Finding(key="ladder:cluster.context", value="prod", rule="does not answer", fix="wait"))

    monkeypatch.setattr(cli.health, "read", gone)
    answer = ladder("status", "-s", "prod")
    assert answer.code is Exit.MISSING
    assert "does not answer" in answer.err


def test_times_are_written_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say_json({"at": datetime(2026, 1, 2, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-01-02 00:00:00+00:00"}


def test_every_package_is_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for top in ("components", "infra", "ladder")
        for init in (ROOT / top).rglob("__init__.py")
    }
    assert set(listed) == found


@pytest.mark.parametrize("package", ["components.kubernetes", "components.postgres", "components.redis"])
def test_scripts_are_found_as_resources(package: str) -> None:
    assert any(entry.name.endswith(".sh") for entry in (resources.files(package) / "scripts").iterdir())
