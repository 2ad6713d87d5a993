"""A machine that is none: the scripts of a single machine, with fakes of the programs that they call."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import socket

SCRIPTS = Path(__file__).parents[3] / "components" / "cluster" / "scripts"


@dataclass(frozen=True, kw_only=True)
class World:
    """A folder with fakes first on PATH; each notes how it was called in `calls`."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir()

    def fake(self, name: str, body: str = "") -> None:
        """Stand in for `name`; `body` is what it does after the call was noted."""
        path = self.folder / "bin" / name
        path.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"{self.folder}/calls"\n{body}\n')
        path.chmod(0o755)

    def run(self, script: str, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the machine; `more` is added to its environment."""
        return subprocess.run(
            ["bash", str(SCRIPTS / script), *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=self._environment(more), timeout=60,
        )  # fmt: skip

    def start(self, script: str, connection: socket) -> "subprocess.Popen[bytes]":
        """Start a script that talks to whoever is at the other end of a connection."""
        line = ["bash", str(SCRIPTS / script)]
        return subprocess.Popen(line, stdin=connection, stdout=connection, env=self._environment({}))

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PAUSE": "0", "CLOUD": "aws", **more}

    @property
    def calls(self) -> list[str]:
        """Every call of a fake, in order."""
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    def called(self, words: str) -> list[str]:
        """The calls that hold `words`."""
        return [call for call in self.calls if words in call]
