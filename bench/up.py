"""`make up` against `local/up` alone, both from a warm cache, in a second cluster that is removed again."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Command, NotMeasuredError, once, say

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("LADDER_LOCAL_DIR", Path.home() / ".cache" / "ladder" / "local"))
WARM = ("bin", "images")
CLUSTER = {"LADDER_LOCAL_NAME": "ladder-bench", "LADDER_LOCAL_SLOT": "7"}
OUTSIDE = ("LADDER_CONTEXT", "PULUMI_BACKEND_URL", "KUBECONFIG")
"""What would lead `make up` to another cluster or backend."""
# The virtual environment is the one of this checkout, and ready.
MAKE_UP = ("make", "--assume-old=.venv/installed", "up")


@dataclass(frozen=True, kw_only=True)
class Up:
    """Seconds of the cluster alone, and of everything."""

    cluster: float
    everything: float


def measure() -> Up:
    """Make the cluster, remove it, then make everything; once each.

    Raises:
        NotMeasuredError: When there is no warm cache of a built node, or a step fails.
    """
    with checkout() as (folder, environment):
        with removed(folder, environment):
            say("local/up, warm cache")
            cluster, _ = once(Command(line=["local/up"], folder=folder, environment=environment))
        with removed(folder, environment):
            say("make up, warm cache")
            everything, _ = once(Command(line=MAKE_UP, folder=folder, environment=environment))
    return Up(cluster=cluster, everything=everything)


@contextmanager
def checkout() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A clone of the last commit with a copy of the cache, and its environment: a cluster of its own.

    Raises:
        NotMeasuredError: When there is no warm cache of a built node, or the environment leads elsewhere.
    """
    if not all((CACHE / name).is_dir() for name in WARM):
        raise NotMeasuredError(f"no built node in {CACHE}: run local/up once on a machine without Docker")
    if set_ := [name for name in OUTSIDE if name in os.environ]:
        raise NotMeasuredError(f"unset {', '.join(set_)}: the second cluster has its own")
    with tempfile.TemporaryDirectory(prefix="ladder-bench-") as name:
        yield _clone(Path(name)), {**CLUSTER, "LADDER_LOCAL_DIR": f"{name}/local", "PULUMI_HOME": f"{name}/home"}


def _clone(place: Path) -> Path:
    checkout = place / "ladder"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, checkout], check=True)
    (checkout / ".venv").symlink_to(ROOT / ".venv")
    say("a copy of the warm cache")
    for name in WARM:
        shutil.copytree(CACHE / name, place / "local" / name, symlinks=True)
    return checkout


@contextmanager
def removed(checkout: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Remove the second cluster whatever happens."""
    try:
        yield
    finally:
        say("local/down --purge")
        try:
            once(Command(line=["local/down", "--purge"], folder=checkout, environment=environment))
        except NotMeasuredError as error:
            # What went wrong before it matters more.
            say(str(error))
