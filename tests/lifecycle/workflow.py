"""Runs the scripts of a workflow as GitHub would: every job in a fresh clone, in the order of `needs`.

Actions are not run: what they would have made ready is there. An expression that is not known here is an error.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
LADDER = """\
#!{python}
import sys
sys.path.insert(0, "{folder}")
from ladder.entry import main
main()
"""


@dataclass
class Job:
    """What became of a job: `success`, `failure` or `skipped`, its outputs, and all that it printed."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Repository:
    """A repository whose workflows are run.

    Attributes:
        folder: Its working tree.
        environment: Of every step, beside this process's own.
        variables: What the repository has set.
    """

    folder: Path
    environment: Mapping[str, str]
    variables: Mapping[str, str]
    _runs: int = 0

    def commit(self, message: str) -> str:
        """Commit everything; its full name."""
        who = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        _git(self.folder, "add", "--all")
        _git(self.folder, *who, "commit", "--quiet", "--message", message)
        return _git(self.folder, "rev-parse", "HEAD").strip()

    def run(self, name: str, matrix: Mapping[str, str] | None = None) -> dict[str, Job]:
        """Run a workflow at the newest commit."""
        self._runs += 1
        flow = yaml.safe_load((self.folder / f".github/workflows/{name}.yml").read_text())
        done: dict[str, Job] = {}
        for key, job in flow["jobs"].items():
            needs = job.get("needs", [])
            if all(done[it].result == "success" for it in ([needs] if isinstance(needs, str) else needs)):
                done[key] = self._job(key, flow.get("env", {}), job, done, matrix or {})
            else:
                done[key] = Job("skipped")
        return done

    def _job(
        self,
        key: str,
        env: Mapping[str, str],
        job: Mapping[str, Any],
        done: Mapping[str, Job],
        matrix: Mapping[str, str],
    ) -> Job:
        place = self.folder.parent / f"run-{self._runs}-{key}"
        place.mkdir()
        outputs: dict[str, dict[str, str]] = {}

        def value(expression: str) -> str:
            match expression.split("."):
                case ["vars", variable]:
                    return self.variables.get(variable, "")
                case ["matrix", axis]:
                    return matrix[axis]
                case ["needs", other, "outputs", output]:
                    return done[other].outputs.get(output, "")
                case ["steps", step, "outputs", output]:
                    return outputs.get(step, {}).get(output, "")
                case ["github", "repository"]:
                    return "acme/shop"
                case ["github", "sha"]:
                    return _git(self.folder, "rev-parse", "HEAD").strip()
                case ["github", "token" | "server_url" | "run_id"]:
                    return "none"
                case _:
                    raise AssertionError(f"not known here: {expression}")

        found = Job("success")
        for step in job["steps"]:
            if "uses" in step:
                if "checkout" in step["uses"]:
                    _git(self.folder, "clone", "--quiet", str(self.folder), str(place / "work"))
                    _make_ready(place / "work")
                continue
            said = _filled({**env, **job.get("env", {}), **step.get("env", {})}, value)
            code, out, log = self._step(place, step["run"], said)
            outputs[step.get("id", "")] = out
            found.log += log
            if code:
                found.result = "failure"
                break
        found.outputs = _filled(job.get("outputs", {}), value)
        summary = place / "summary"
        found.summary = summary.read_text() if summary.exists() else ""
        return found

    def _step(self, place: Path, script: str, env: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        out = place / "output"
        out.write_text("")
        work = place / "work" if (place / "work").exists() else place
        files = {"GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(place / "summary")}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=work,
            env={**os.environ, **self.environment, **env, **files},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = out.read_text().splitlines()
        return done.returncode, dict(line.split("=", 1) for line in lines), f"$ {script}\n{done.stdout}"


def repository(folder: Path) -> Path:
    """A copy of this project as it is now, for a repository of its own."""
    listed = _git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    return folder


def program(path: Path, text: str) -> None:
    """Write what can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _make_ready(folder: Path) -> None:
    """A virtual environment with the packages of this one, whose `ladder` is the clone's."""
    there, here = Path(sys.prefix), folder / ".venv"
    (here / "bin").mkdir(parents=True)
    shutil.copy(there / "pyvenv.cfg", here)
    (here / "lib").symlink_to(there / "lib")
    for name in ("python", "python3"):
        (here / "bin" / name).symlink_to(there / "bin" / name)
    program(here / "bin/ladder", LADDER.format(python=here / "bin/python", folder=folder))


def _filled(texts: Mapping[str, str], value: Callable[[str], str]) -> dict[str, str]:
    return {key: EXPRESSION.sub(lambda found: value(found[1]), str(text)) for key, text in texts.items()}


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
