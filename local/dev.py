"""`make up` and `make down`: the dev stack on this machine, from nothing to a page that answers.

Everything that belongs to this machine alone lies in `.ladder/`; no tracked file is edited.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryFile
from urllib.parse import urlsplit

import yaml
from kubernetes import client, config
from rich.console import Console
from stack_files import (
    HERE,
    ROOT,
    STACK,
    STACK_FILE,
    STORES,
    VAULT,
    VAULT_FILE,
    Machine,
    forget_vault,
    write_stack_file,
    write_vault_file,
)

from infra.cluster_api import ClusterError
from ladder import plan
from ladder.backups import screen
from ladder.backups.commands import operator_of
from ladder.errors import LadderError
from ladder.stack import stackfile
from ladder.unpack import unpack

LOCAL = ROOT / "local"

DOWNLOAD_SECONDS = 20
APP_SECONDS = 180

console = Console(highlight=False, soft_wrap=True)


class FailedError(Exception):
    """Something on this machine is missing; the text says what, and what to do."""


def up() -> None:
    """Bring the dev stack up; what is already there stays."""
    began = time.monotonic()
    machine = _named_cluster(name) if (name := os.environ.get("LADDER_CONTEXT")) else _local_cluster()
    HERE.mkdir(exist_ok=True)
    left_out = write_stack_file(machine)
    environment = _environment(machine)
    if _pulumi(environment):
        _run(["pulumi", "login", "--non-interactive", environment["PULUMI_BACKEND_URL"]], environment, quiet=True)
        write_vault_file(machine)
        _make_stack(VAULT, environment)
        _pulumi_up(VAULT, VAULT_FILE, environment)
        _make_stack(STACK, environment)
        try:
            _pulumi_up(STACK, STACK_FILE, environment)
        except FailedError:
            ladder_status = [_python_tool("ladder"), "status", "--stack", STACK, *_config_file()]
            subprocess.run(ladder_status, cwd=ROOT, env=environment, check=False)
            raise
    elif machine.local:
        left_out["backups"] = "a vault is read from the engine's state, and without the Pulumi CLI there is none"
        forget_vault()
        console.print(
            "[yellow]No Pulumi CLI could be had: applying the program's manifests. There is no guard on this way."
        )
        _run([_python_tool("ladder"), "render", "--apply", "--stack", STACK, *_config_file()], environment)
    else:
        raise FailedError(
            "pulumi: not on PATH, and its release could not be downloaded.\n"
            f"A cluster that this project did not make ({machine.context}) is changed by the CLI alone: install it."
        )
    address = _application_answers(machine)
    failed = ""
    try:
        backups = _first_backup()
    except (LadderError, ClusterError) as error:
        backups, failed = "[bold red]FAILED[/]", str(error)
    _summary(machine, address, backups, left_out, time.monotonic() - began)
    _run([_python_tool("ladder"), "status", "--stack", STACK, *_config_file()], environment)
    if failed:
        raise FailedError(f"the stack is up, and its first backup is not: {failed}")


def down() -> None:
    """Remove the local cluster with everything in it, after asking."""
    if os.environ.get("LADDER_CONTEXT"):
        raise FailedError(
            f"LADDER_CONTEXT names a cluster that this project did not make: use  ladder remove --all --stack {STACK}"
        )
    if os.environ.get("KEEP"):
        _run(["local/down"], dict(os.environ))
        console.print("stopped; every volume is kept for the next  make up")
        return
    console.print(
        f"This removes the local cluster and [bold]every volume of the {STACK} stack[/]. (KEEP=1 only stops it.)"
    )
    if os.environ.get("YES") != "1":
        if not sys.stdin.isatty():
            raise FailedError(
                "nobody is there to answer, so nothing was removed.\nTo go on without a question: YES=1 make down"
            )
        if console.input(f"Type [bold]{STACK}[/] to go on: ").strip() != STACK:
            raise FailedError("not confirmed; nothing was removed")
    _run(["local/down", "--purge"], dict(os.environ))
    shutil.rmtree(HERE, ignore_errors=True)


def _local_cluster() -> Machine:
    _run(["local/up"], dict(os.environ))
    told = subprocess.run(["local/settings"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Machine(**json.loads(told.stdout), local=True)


def _named_cluster(context: str) -> Machine:
    try:
        api = config.new_client_from_config(context=context)
    except config.ConfigException as error:
        raise FailedError(
            f'LADDER_CONTEXT = "{context}": {error}\nName a context that  kubectl config get-contexts  lists.'
        ) from None
    classes = client.StorageV1Api(api).list_storage_class(_request_timeout=5).items
    default = [
        found.metadata.name
        for found in classes
        if (found.metadata.annotations or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
    ]
    chosen = os.environ.get("LADDER_STORAGE_CLASS") or next(iter(default), None)
    if not chosen:
        held = ", ".join(found.metadata.name for found in classes) or "none"
        raise FailedError(f"LADDER_STORAGE_CLASS is not set and {context} has no default class; it has: {held}")
    image = os.environ.get("LADDER_APP_IMAGE")
    return Machine(
        context=context,
        kubeconfig=os.environ.get("KUBECONFIG"),
        identifier=context,
        storage_class=chosen,
        images={"app": {"ref": image}} if image else {},
        left_out={} if image else {"app": "no image: build examples/weather, push it, and set LADDER_APP_IMAGE"},
        local=False,
    )


def _environment(machine: Machine) -> dict[str, str]:
    """The environment of every command, also written to `.ladder/env` for a shell to source."""
    ours: dict[str, str] = {
        "LADDER_CONFIG_FILE": str(STACK_FILE),
        "PULUMI_OPTION_CONFIG_FILE": str(STACK_FILE),
        "PULUMI_STACK": STACK,
    }
    state = HERE / "state"
    # A shell that sourced `.ladder/env` names our own.
    if os.environ.get("PULUMI_BACKEND_URL", f"file://{state}") == f"file://{state}":
        state.mkdir(exist_ok=True)
        passphrase = HERE / "passphrase"
        if not passphrase.exists():
            passphrase.touch(mode=0o600)
            passphrase.write_text(token_urlsafe(32))
        ours |= {"PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase)}
    if machine.kubeconfig:
        ours["KUBECONFIG"] = machine.kubeconfig
    path = [str(HERE / "pulumi"), str(ROOT / ".venv" / "bin"), "$PATH"]
    lines = [f"export {name}='{value}'" for name, value in ours.items()]
    (HERE / "env").write_text("\n".join([*lines, f'export PATH="{":".join(path)}"', ""]))
    return {**os.environ, **ours, "PULUMI_SKIP_UPDATE_CHECK": "true", "PATH": ":".join([*path[:2], os.environ["PATH"]])}


def _pulumi(environment: Mapping[str, str]) -> bool:
    """Whether a Pulumi CLI can be used: the one on PATH, else the pinned release, which is tried once."""
    if found := shutil.which("pulumi", path=environment["PATH"]):
        version = subprocess.run([found, "version"], check=True, capture_output=True, text=True).stdout.strip()
        if _number(version) < _number(_floor()):
            raise FailedError(f"pulumi: {version} is older than {_floor()}, which Pulumi.yaml asks for; update {found}")
        return True
    address = (LOCAL / "pulumi-release").read_text().strip()
    try:
        with TemporaryFile() as archive:
            with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 (our own address)
                _copy(answer.read, archive.write, deadline=time.monotonic() + DOWNLOAD_SECONDS)
            archive.seek(0)
            with tarfile.open(fileobj=archive) as release:
                unpack(release, HERE)
    except (OSError, tarfile.TarError) as error:
        console.print(f"[yellow]pulumi is not on PATH, and {address} did not give it ({error}).")
        return False
    return True


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object], deadline: float) -> None:
    while piece := read(1 << 20):
        write(piece)
        if time.monotonic() > deadline:
            raise TimeoutError(f"not finished within {DOWNLOAD_SECONDS} s")


def _floor() -> str:
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["requiredPulumiVersion"].removeprefix(">=")


def _number(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if not found:
        raise FailedError(f"pulumi: its version reads {version!r}, which is no version")
    return tuple(map(int, found.groups()))


def _make_stack(stack: str, environment: Mapping[str, str]) -> None:
    """Make the stack where its machine-local file lies: the engine writes the key of its secrets into that file."""
    shutil.copy(ROOT / "Pulumi.yaml", HERE / "Pulumi.yaml")
    select = ["pulumi", "stack", "select", "--create", "--non-interactive", "--stack", stack, "--cwd", str(HERE)]
    _run(select, environment, quiet=True)


def _pulumi_up(stack: str, file: Path, environment: Mapping[str, str]) -> None:
    quiet = [] if sys.stdout.isatty() else ["--non-interactive", "--suppress-progress"]
    # Where it is set, it speaks for the dev stack alone.
    ours = {**environment, "PULUMI_STACK": stack, "PULUMI_OPTION_CONFIG_FILE": str(file)}
    _run(["pulumi", "up", "--yes", "--refresh", *quiet, "--stack", stack, "--config-file", str(file)], ours)


def _first_backup() -> str:
    """Back up every store that never was, and prove it.

    Returns:
        What the summary says of backups.

    Raises:
        LadderError: A backup failed, or the proof of it.
    """
    wanted = plan.read_settings(stackfile.load(STACK, STACK_FILE))
    operator = replace(operator_of(wanted), tell=lambda _: None)
    stores = operator.stores()
    if not stores:
        return "none: nothing is backed up"
    bare = [store for store in stores if not operator.list(store).runs]
    if not bare:
        return "taken before: ladder backups STORE · ladder restore STORE"
    size = sum(operator.backup(store).bytes for store in bare)
    for store in bare:
        operator.verify(store)
    count = "1 store" if len(bare) == 1 else f"{len(bare)} stores"
    return f"{count}, {screen.size(size)}   restored and compared [green]✓[/]"


def _config_file() -> list[str]:
    return ["--config-file", str(STACK_FILE)]


def _python_tool(name: str) -> str:
    return str(ROOT / ".venv" / "bin" / name)


def _application_answers(machine: Machine) -> str | None:
    """Wait until the page is there; None where there is no application or no way to it from here."""
    settings = yaml.safe_load(STACK_FILE.read_text())["config"]
    port = settings.get("ladder:app", {}).get("node_port")
    if not (machine.local and port):
        return None
    kubeconfig = yaml.safe_load(Path(machine.kubeconfig or "").read_text())
    address = f"http://{urlsplit(kubeconfig['clusters'][0]['cluster']['server']).hostname}:{port}"
    deadline = time.monotonic() + APP_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=3) as answer:  # noqa: S310 (our own address)
                if answer.status == 200:
                    return address
        except (OSError, urllib.error.URLError) as error:
            if time.monotonic() > deadline:
                raise FailedError(
                    f"{address}/readyz did not answer within {APP_SECONDS} s: {error}\nSee  make status"
                ) from None
        time.sleep(1)


def _summary(machine: Machine, address: str | None, backups: str, left_out: Mapping[str, str], seconds: float) -> None:
    settings = yaml.safe_load(STACK_FILE.read_text())["config"]
    stores = "  ".join(f"{kind} [green]✓[/]" for kind in STORES if f"ladder:{kind}" in settings)
    console.print(f"\n [bold]{STACK} is up[/] ({int(seconds // 60)} min {int(seconds % 60)} s)\n")
    if address:
        console.print(f"   weather        {address}            stores: {stores}")
    else:
        console.print(f"   stores         {stores}")
    console.print(f"   first backup   {backups}")
    for kind, reason in left_out.items():
        console.print(f"   [bold yellow]LEFT OUT       {kind}: {reason}[/]")
    console.print("   next           source .ladder/env · ladder status · ladder plan · make down\n")


def _run(command: list[str], environment: Mapping[str, str], *, quiet: bool = False) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=quiet, text=True)
    if done.returncode and any((HERE / "state" / ".pulumi" / "locks").rglob("*.json")):
        raise FailedError(
            "the state is locked by a run that was killed, or still goes on.\n"
            "If none goes on:  source .ladder/env && pulumi cancel --yes && make up"
        )
    if done.returncode:
        words = f"\n{done.stdout}{done.stderr}" if quiet else ""
        raise FailedError(
            f"{Path(command[0]).name} {' '.join(command[1:3])} failed; run  make up  again when it is mended{words}"
        )


if __name__ == "__main__":
    try:
        {"up": up, "down": down}[sys.argv[1]]()
    except FailedError as failure:
        console.print(f"[bold red]error:[/] {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on from here")
        sys.exit(130)
