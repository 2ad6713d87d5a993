"""The dev stack removed and made again from its backups, by size of the database, in a second cluster."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from bench.backups import BYTES_PER_ROW, ROW
from bench.measure import Command, NotMeasuredError, once, say
from bench.up import MAKE_UP, checkout, removed

SIZES_MIB = (64, 256, 1024)
STORAGE_GIB = 4
STEPS: Mapping[str, Sequence[str]] = {
    "remove, with a last backup": ("ladder", "remove", "--all", "--confirm", "dev", "--yes"),
    "up": ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive"),
    "restore": ("ladder", "restore", "--all"),
}
PATIENCE_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Recreated:
    """Seconds of each step, of the database of one size."""

    mib: int
    steps: Mapping[str, float]

    @property
    def whole(self) -> float:
        """From the beginning of the removal until the page shows the data."""
        return sum(self.steps.values())


@dataclass(frozen=True, kw_only=True)
class Dev:
    """The dev stack of a checkout."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *line: str) -> float:
        """Run a command as in a shell that sourced `.ladder/env`; its seconds by the clock."""
        command = ["bash", "-c", '. .ladder/env && exec "$@"', "in-shell", *line]
        return once(Command(line=command, folder=self.folder, environment=self.environment))[0]

    def sql(self, query: str) -> str:
        """Ask PostgreSQL as its administrator."""
        local = Path(self.environment["LADDER_LOCAL_DIR"])
        psql = ("psql", "-X", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "app", "-v", "ON_ERROR_STOP=1")
        pod = ("--namespace", "ladder-dev", "exec", "postgres-0", "--container", "postgres")
        done = subprocess.run(
            [local / "bin/kubectl", "--kubeconfig", local / "kubeconfig", *pod, "--", *psql, "-Atqc", query],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise NotMeasuredError(f"{query[:60]}: {done.stderr}")
        return done.stdout.strip()

    def serves(self) -> bool:
        """Whether the page reaches PostgreSQL."""
        kubeconfig = yaml.safe_load((Path(self.environment["LADDER_LOCAL_DIR"]) / "kubeconfig").read_text())
        host = urlsplit(kubeconfig["clusters"][0]["cluster"]["server"]).hostname
        try:
            with urllib.request.urlopen(f"http://{host}:30080/api/stores", timeout=5) as answer:
                told = json.load(answer)
        except OSError:
            return False
        return any(it["store"] == "postgres" and it["reached"] for it in told["stores"])


def measure() -> list[Recreated]:
    """Every size once.

    Raises:
        NotMeasuredError: When there is no warm cache of a built node, a step fails, or what came back is not what was.
    """
    with checkout() as (folder, environment):
        for file in ("Pulumi.dev.yaml", "Pulumi.dev-vault.yaml"):
            stack = folder / file
            stack.write_text(stack.read_text().replace("storage_gib: 1", f"storage_gib: {STORAGE_GIB}"))
        with removed(folder, environment):
            say("make up")
            once(Command(line=MAKE_UP, folder=folder, environment=environment))
            dev = Dev(folder=folder, environment=environment)
            return [_recreated(dev, mib) for mib in SIZES_MIB]


def _recreated(dev: Dev, mib: int) -> Recreated:
    say(f"{mib} MiB")
    rows = mib * 2**20 // BYTES_PER_ROW
    dev.sql("drop table if exists filler")
    dev.sql(f"set role app_owner; create table filler as select i, {ROW} from generate_series(1, {rows}) i")
    before = dev.sql("select count(*), sum(hashtext(filler::text)) from filler")
    dev.run("ladder", "backup", "postgres")
    steps: dict[str, float] = {}
    for name, line in STEPS.items():
        say(f"{mib} MiB: {name}")
        steps[name] = dev.run(*line)
    began = time.monotonic()
    _until(dev.serves)
    steps["page answers"] = time.monotonic() - began
    if dev.sql("select count(*), sum(hashtext(filler::text)) from filler") != before:
        raise NotMeasuredError(f"{mib} MiB: what came back is not what was")
    return Recreated(mib=mib, steps=steps)


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > until:
            raise NotMeasuredError(f"the page did not reach its store within {PATIENCE_SECONDS} s")
        time.sleep(0.5)
