"""Time and memory of the whole program for every store, stage and cloud of the catalogue, on the offline engine.

`python -m bench.triples postgres funded gcp` measures one in this very process, imports included, and prints JSON.
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

from bench.measure import NotMeasuredError, say

ROOT = Path(__file__).resolve().parent.parent
BASE = ("postgres", "bootstrap", "local")
"""What every other triple is compared with."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """Processor seconds and peak memory of the process (MiB) of one triple."""

    name: str
    seconds: Sequence[float]
    peak_mib: float


def measure(runs: int) -> list[Built]:
    """Measure every triple in turns, each time in a fresh process.

    Raises:
        NotMeasuredError: When a run fails.
    """
    # The catalogue is read by a process of its own, so that this one measures and does nothing else.
    triples = [tuple(it) for it in json.loads(_said("--list"))]
    taken: dict[tuple[str, ...], list[dict[str, float]]] = {triple: [] for triple in triples}
    for turn in range(runs):
        for triple in triples:
            say(f"{' '.join(triple)}: run {turn + 1} of {runs}")
            taken[triple].append(json.loads(_said(*triple)))
    return [
        Built(
            name=" ".join(triple),
            seconds=[it["seconds"] for it in found],
            peak_mib=median(it["peak_mib"] for it in found),
        )
        for triple, found in taken.items()
    ]


def _said(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.triples", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotMeasuredError(f"{' '.join(words)}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def main() -> None:
    """List the triples, or build a stack with one."""
    gc.disable()  # as `__main__.py` does
    sys.path.insert(0, str(ROOT / "tests"))
    if sys.argv[1:] == ["--list"]:
        from components.catalog import SUPPORT

        print(json.dumps(sorted(SUPPORT)))
        return
    from stacks import config, least, settled

    from components.catalog import Cloud, Kind, Stage

    kind, stage, cloud = Kind(sys.argv[1]), Stage(sys.argv[2]), Cloud(sys.argv[3])
    settled(config(least(kind, stage), stage=stage, cloud=cloud))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": time.process_time(), "peak_mib": peak_kib / 1024}))


if __name__ == "__main__":
    main()
