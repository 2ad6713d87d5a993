"""`pulumi preview` of the dev and the prod stack, against an empty program and against the same objects, flat."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.flat import program as flat_program
from bench.measure import Command, NotMeasuredError, Times, in_turns, say
from ladder import engine, offline
from ladder.stack import stackfile

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("pulumi", "pulumi-resource-kubernetes", "pulumi-resource-random", "pulumi-resource-tls")
STACKS = ("dev", "prod")
PASSPHRASE = "test"  # noqa: S105 (of stacks that are never brought up)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """How long a program's preview took, of how many resources, and which programs it is compared with."""

    name: str
    resources: int
    times: Times
    empty: Times
    flat: Times | None


def measure(runs: int) -> list[Preview]:
    """Preview every program in turns.

    Raises:
        NotMeasuredError: When the CLI, a provider or a cluster that answers is missing.
    """
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        raise NotMeasuredError(f"not on PATH: {', '.join(missing)}")
    with _workplace() as place:
        return _in(place, runs)


def _in(place: "_Place", runs: int) -> list[Preview]:
    commands = {"empty program": place.program("empty", "import pulumi\n")}
    resources = {"empty program": 1}
    for stack in STACKS:
        wanted = place.stack_file(stack)
        registered = _registrations(wanted, f"bench-{stack}")
        commands[f"{stack}, flat"] = place.program(f"{stack}-flat", flat_program(registered))
        resources[f"{stack}, flat"] = 1 + sum(1 for found in registered if found.custom)
        commands[stack] = place.ours(f"bench-{stack}", wanted)
        resources[stack] = len(registered)
    times = in_turns(commands, runs)
    return [
        Preview(
            name=name,
            resources=resources[name],
            times=times[name],
            empty=times["empty program"],
            flat=times.get(f"{name}, flat"),
        )
        for name in commands
    ]


def _registrations(file: Path, stack: str) -> tuple[engine.Registration, ...]:
    read = stackfile.load(stack, file, ROOT)
    done = offline.run(read, preview=True)
    if done.error:
        raise NotMeasuredError(f"{file.name} does not run on the offline engine: {done.error}")
    return done.registrations


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A folder with programs, stack files and a backend of their own; no stack of the user's is touched."""

    folder: Path
    cluster: Mapping[str, Any]
    environment: Mapping[str, str]

    def program(self, name: str, source: str) -> Command:
        """A program of its own."""
        folder = self.folder / name
        self._project(folder, name)
        (folder / "__main__.py").write_text(source)
        return self._preview(folder, name, folder / f"Pulumi.{name}.yaml")

    def ours(self, stack: str, file: Path) -> Command:
        """The program of this repository."""
        self._project(file.parent, stack)
        return self._preview(ROOT, stack, file)

    def stack_file(self, stack: str) -> Path:
        """The committed stack file, aimed at the local cluster through a context of the name it asks for."""
        read = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
        # The vault is another stack, and no part of this preview.
        read["config"].pop("ladder:vault", None)
        wanted = read["config"]["ladder:cluster"]
        wanted["kubeconfig"] = str(self._kubeconfig(wanted["context"]))
        wanted["storage_class"] = self.cluster["storage_class"]
        folder = self.folder / f"bench-{stack}"
        folder.mkdir()
        file = folder / f"Pulumi.bench-{stack}.yaml"
        file.write_text(yaml.safe_dump(read, sort_keys=False))
        return file

    def _kubeconfig(self, context: str) -> Path:
        given = yaml.safe_load(Path(self.cluster["kubeconfig"]).read_text())
        (found,) = [it for it in given["contexts"] if it["name"] == self.cluster["context"]]
        copy = self.folder / f"kubeconfig-{context}"
        copy.touch(mode=0o600)
        copy.write_text(yaml.safe_dump({**given, "contexts": [{**found, "name": context}], "current-context": context}))
        return copy

    def _project(self, folder: Path, stack: str) -> None:
        """Make the stack beside its file: the engine writes the key of its secrets there."""
        folder.mkdir(exist_ok=True)
        project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
        project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
        project["config"] = {key: value for key, value in project["config"].items() if key.startswith("pulumi:")}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        line = ["pulumi", "stack", "init", "--non-interactive", "--stack", stack]
        done = subprocess.run(
            line, cwd=folder, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotMeasuredError(f"pulumi stack init: {done.stderr.strip()}")

    def _preview(self, folder: Path, stack: str, file: Path) -> Command:
        line = ["pulumi", "preview", "--non-interactive", "--stack", stack, "--config-file", str(file)]
        return Command(line=line, folder=folder, environment=self.environment)


@contextmanager
def _workplace() -> Iterator[_Place]:
    told = subprocess.run([ROOT / "local" / "settings"], capture_output=True, text=True, check=False)
    if told.returncode:
        raise NotMeasuredError(f"no cluster for the Kubernetes provider to ask: {told.stderr.strip()}")
    with tempfile.TemporaryDirectory(prefix="ladder-bench-") as name:
        folder = Path(name)
        (folder / "state").mkdir()
        environment = {
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": f"{folder}/home",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        say("stacks and programs of the previews")
        yield _Place(folder=folder, cluster=json.loads(told.stdout), environment=environment)
