"""A project on disk, and the command run in it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_world import PROJECT, STACK, Answer

from ladder import cli
from ladder.errors import Exit


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project and the stack prod; it is the current folder."""
    for name in ("PULUMI_STACK", "LADDER_CONFIG_FILE", "KUBECONFIG", "LADDER_LOCAL_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ladder(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run `ladder` with these arguments."""

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["ladder", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.app()
        printed = capsys.readouterr()
        return Answer(code=Exit(ended.value.code), out=printed.out, err=printed.err)

    return run
