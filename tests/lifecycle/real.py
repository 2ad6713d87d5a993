"""Scenarios on the real engine: the Pulumi CLI and a cluster of `local/`."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from lifecycle.model import Command, Life, Scenario, Step
from lifecycle.outcome import Error, Operation, Outcome, is_ours, short
from lifecycle.stack_files import CLUSTER, IMAGES

from ladder.engine import Snapshot

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "only-for-tests"  # noqa: S105 (what it encrypts is made up)
COLOUR = re.compile(r"<\{%[^%]*%\}>")
PROTECTED = re.compile(r'resource "(\S+)" cannot be deleted\s+because it is protected')
QUIET = {"same", "read", "refresh"}
WAIT_SECONDS = 120
SHORTEST_SECRET = 16
"""Shorter ones stand in other words."""


class Real:
    """One stack with a backend of its own in a folder."""

    def __init__(self, life: Life, folder: Path) -> None:
        """Make the stack, after removing what a killed run may have left of its namespace."""
        self.life = life
        self._folder = folder
        self._file = folder / f"Pulumi.{life.stack}.yaml"
        self._events = folder / "events.jsonl"
        self._machine = json.loads(_output(["local/settings"]))
        self.kubeconfig: str = os.environ.get("KUBECONFIG") or self._machine["kubeconfig"]
        self._environment = {
            **os.environ,
            "KUBECONFIG": self.kubeconfig,
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        self._plain: dict[str, dict[str, list[str]]] = {}
        self._done = {it.name: Future[tuple[Outcome, ...]]() for it in life.scenarios}
        self.engine = _output(["pulumi", "version"]).removeprefix("v")
        self.provider = ""
        self._clean()
        # Where `stack init` is run it writes the stack's file, and the project has its own beside it.
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        self._run("stack", "init", life.stack, cwd=folder)

    def close(self) -> None:
        """Remove everything that may be left, whatever happened."""
        self._clean()

    def live(self, last: Scenario) -> None:
        """Run the life up to a scenario; what goes wrong is told to who asks for the outcomes."""
        for it in (*self.life.until(last), last):
            try:
                found = tuple(self._step(step) for step in it.steps)
                self._plain[it.name] = self._in_plain_text()
                self._done[it.name].set_result(found)
            except Exception as error:
                for future in self._done.values():
                    if not future.done():
                        future.set_exception(error)
                return

    def outcomes(self, scenario: Scenario) -> tuple[Outcome, ...]:
        """What came of each step of a scenario, as soon as it was run."""
        return self._done[scenario.name].result()

    def start(self, scenario: Scenario) -> Snapshot:
        """The state that a scenario started from."""
        before = self.life.until(scenario)
        return self.outcomes(before[-1])[-1].state if before else Snapshot.empty()

    def in_plain_text(self, scenario: Scenario) -> dict[str, list[str]]:
        """Every secret of the state that a scenario left, and the files of the backend that held it unencrypted."""
        self.outcomes(scenario)
        return self._plain[scenario.name]

    def _in_plain_text(self) -> dict[str, list[str]]:
        exported = self._run("stack", "export", "--show-secrets", "--stack", self.life.stack).stdout
        secrets = {it for it in _secrets(json.loads(exported)) if len(it) >= SHORTEST_SECRET}
        files = {str(it): it.read_text(encoding="utf-8") for it in (self._folder / ".pulumi").rglob("*.json*")}
        # A text stands escaped in JSON: a certificate's key has line ends.
        return {it: [name for name, text in files.items() if json.dumps(it)[1:-1] in text] for it in secrets}

    def _step(self, step: Step) -> Outcome:
        self._write(step.settings)
        self._events.unlink(missing_ok=True)
        agreed = [] if step.command is Command.PREVIEW else ["--yes"]
        where = ["--stack", self.life.stack, "--config-file", str(self._file), "--event-log", str(self._events)]
        done = self._run(step.command, "--non-interactive", *agreed, *where, check=False)
        events = [json.loads(line) for line in self._events.read_text(encoding="utf-8").splitlines()]
        error = _error(events)
        assert (done.returncode == 0) == (error.row is None), done.stdout + done.stderr
        exported = self._run("stack", "export", "--show-secrets", "--stack", self.life.stack).stdout
        state = Snapshot.load(json.loads(exported))
        self.provider = self.provider or _provider(state)
        return Outcome(operations=tuple(_operations(events)), state=state, error=error)

    def _write(self, settings: Mapping[str, object]) -> None:
        """Write the stack's file, as this machine needs it; secrets go in by the CLI."""
        held = yaml.safe_load(self._file.read_text(encoding="utf-8"))
        mine: dict[str, Any] = {key: dict(it) if isinstance(it, Mapping) else it for key, it in settings.items()}
        uris: dict[str, str] = {}
        for key, section in mine.items():
            kind = key.removeprefix("ladder:")
            if "external" in section:
                uris[f"{key}.external.uri"] = section.pop("external")["uri"]
            elif kind == "cluster":
                same = {it: self._machine[it] for it in ("context", "storage_class") if section[it] == CLUSTER[it]}
                section.update(same)
            elif kind == "app":
                section["image"] = self._machine["images"][kind]["ref"]
            elif "image" in section and kind not in self._machine["images"] and IMAGES[kind] in section["image"]["ref"]:
                # This cluster pulls the official images.
                del section["image"]
        self._file.write_text(yaml.safe_dump({**held, "config": mine}), encoding="utf-8")
        for path, uri in uris.items():
            where = ["--stack", self.life.stack, "--config-file", str(self._file)]
            self._run("config", "set", "--secret", "--path", path, uri, *where)

    def _run(self, *arguments: str, cwd: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["pulumi", *arguments],
            cwd=cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def _clean(self) -> None:
        """Remove the namespace and the volumes that were claimed in it."""
        clean(self.kubeconfig, self._machine["context"], f"ladder-{self.life.stack}", f"ladder.{self.life.stack}")


def clean(kubeconfig: str, context: str, namespace: str, owner: str) -> None:
    """Remove a namespace, which must be its owner's, and the volumes that were claimed in it."""
    # The library's types say that anything may be absent.
    core: Any = client.CoreV1Api(config.new_client_from_config(kubeconfig, context=context))
    found = [it for it in core.list_namespace().items if it.metadata.name == namespace]
    for it in found:
        assert it.metadata.labels.get("ladder/stack") == owner, f"{namespace} is another's"
        core.delete_namespace(namespace)
    _wait(lambda: all(it.metadata.name != namespace for it in core.list_namespace().items))
    for volume in _volumes(core, namespace):
        # Deleted with its class's policy, the object would go and the files stay.
        core.patch_persistent_volume(volume, {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
    _wait(lambda: not _volumes(core, namespace))


def _secrets(value: object) -> Iterator[str]:
    match value:
        case {"plaintext": str(text)}:
            yield from _texts(json.loads(text))
        case dict():
            for it in value.values():
                yield from _secrets(it)
        case list():
            for it in value:
                yield from _secrets(it)
        case _:
            return


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for it in value.values():
                yield from _texts(it)
        case list():
            for it in value:
                yield from _texts(it)
        case _:
            return


def _volumes(core: Any, namespace: str) -> list[str]:
    held = core.list_persistent_volume().items
    return [it.metadata.name for it in held if it.spec.claim_ref and it.spec.claim_ref.namespace == namespace]


def _wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not done():
        assert time.monotonic() < end, f"not gone after {WAIT_SECONDS} s"
        time.sleep(0.5)


def _operations(events: list[dict[str, Any]]) -> Iterator[Operation]:
    for event in events:
        told = event.get("resourcePreEvent", {}).get("metadata")
        if told and told["op"] not in QUIET and is_ours(told["urn"]):
            paths = told.get("detailedDiff") or {}
            yield Operation(op=told["op"], urn=short(told["urn"]), paths=tuple(sorted(paths)))


def _error(events: list[dict[str, Any]]) -> Error:
    program, protected, failed = "", set[str](), dict[str, str]()
    for event in events:
        told = event.get("diagnosticEvent")
        if not told or told["severity"] != "error":
            continue
        message = COLOUR.sub("", told["message"]).strip()
        if found := PROTECTED.search(message):
            protected.add(short(found[1]))
        elif "urn" in told and "pulumi:pulumi:Stack" not in told["urn"]:
            # Which object and what became of it; the rest is what the cluster said this time.
            said = [line.strip("* \t") for line in message.splitlines() if line.lstrip().startswith("* ")]
            failed[short(told["urn"])] = (said or message.splitlines())[0]
        elif message not in ("preview failed", "update failed"):
            program += message
    return Error(program=program, protected=tuple(sorted(protected)), failed=failed)


def _provider(state: Snapshot) -> str:
    held = (it for it in state.resources if it.type == "pulumi:providers:kubernetes")
    return next((str(it.inputs.get("version")) for it in held), "")


def _output(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
