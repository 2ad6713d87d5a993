"""Time and memory of the program on the offline engine, as one stack of Postgres facades grows.

A stack has at most one store of each kind, so the facades are built directly. `python -m bench.stores 25` measures
25 stores in this very process and prints JSON.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls

from bench.measure import NotMeasuredError, say
from components.catalog import Backend, Cloud, Engine, Stage
from components.kubernetes.certificates import Authority, AuthorityArgs
from components.postgres import Postgres, PostgresArgs
from components.store import Placement, PodArgs
from ladder import engine

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (1, 10, 25, 50)
BASE = 10
PLACE = Placement(stage=Stage.BOOTSTRAP, cloud=Cloud.LOCAL, cluster="bench", namespace="bench")


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Processor seconds per store and peak memory of the process (MiB) at one number of stores."""

    stores: int
    seconds_each: Sequence[float]
    peak_mib: float


def measure(runs: int) -> list[Grown]:
    """Measure every number of stores in turns, each time in a fresh process.

    Raises:
        NotMeasuredError: When a run fails.
    """
    taken: dict[int, list[tuple[float, float]]] = {count: [] for count in COUNTS}
    for turn in range(runs):
        for count in COUNTS:
            say(f"{count} stores: run {turn + 1} of {runs}")
            line = [sys.executable, "-m", "bench.stores", str(count)]
            done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NotMeasuredError(f"{count} stores: {done.stderr.strip()[-2000:]}")
            told = json.loads(done.stdout)
            taken[count].append((told["seconds"] / count, told["peak_mib"]))
    return [
        Grown(stores=count, seconds_each=[it[0] for it in runs_], peak_mib=median(it[1] for it in runs_))
        for count, runs_ in taken.items()
    ]


def build(count: int) -> None:
    """Run a program of so many stores; the engine judges it as it judges a stack.

    Raises:
        NotMeasuredError: When the program fails.
    """

    def program() -> None:
        cluster = k8s.Provider("cluster", context="bench", cluster_identifier="bench")
        opts = pulumi.ResourceOptions(providers=[cluster, random.Provider("random"), tls.Provider("tls")])
        authority = Authority("authority", AuthorityArgs(common_name="bench"), opts)
        for number in range(count):
            name = f"postgres-{number}"
            args = PostgresArgs(
                name=name,
                backend=Backend.IN_CLUSTER,
                placement=PLACE,
                engine=Engine.POSTGRES,
                version="17",
                pods=PodArgs(storage_class="bench", issuer=authority.issuer),
            )
            Postgres(name, args, opts)

    done = engine.run(program, skip_preview=True)
    if done.error:
        raise NotMeasuredError(done.error)


def main() -> None:
    """Measure one number of stores; one store is built beforehand, so that imports and caches do not count."""
    gc.disable()  # as `__main__.py` does
    count = int(sys.argv[1])
    build(1)
    began = time.process_time()
    build(count)
    seconds = time.process_time() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak_mib": peak_kib / 1024}))


if __name__ == "__main__":
    main()
