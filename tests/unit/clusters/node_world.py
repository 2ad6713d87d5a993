"""A machine that is none: the scripts of a single machine, with fakes of the programs that they call."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        environment: Mapping[str, str] = {"PATH": path, "PAUSE": "0", "AWS_DEFAULT_REGION": "eu-central-1", **more}
        return subprocess.run(
            ["bash", str(SCRIPTS / script), *args], capture_output=True, text=True, env=environment, timeout=60
        )

    @property
    def calls(self) -> list[str]:
        """Every call of a fake, in order."""
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    def called(self, words: str) -> list[str]:
        """The calls that hold `words`."""
        return [call for call in self.calls if words in call]
