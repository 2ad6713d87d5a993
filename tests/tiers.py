"""Runs every tier of tests that this machine can, and names those it cannot, with the reason."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
PROVIDERS = ("kubernetes", "random", "tls")
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a tier; `reason` says why it did not run, `flaky` counts what passed at the second try only."""

    tier: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0
    reason: str = ""
    flaky: int = 0


def main() -> int:
    """Run the tiers in order; a tier that fails does not keep the next from running."""
    results = [_run("pip packages", ["-n", "2"], {})]
    kubeconfig, no_cluster = _cluster()
    cluster = {"KUBECONFIG": kubeconfig}
    no_engine = _missing("pulumi", *(f"pulumi-resource-{name}" for name in PROVIDERS))
    results.append(
        Result(tier="engine", reason=no_engine or no_cluster)
        if no_engine or no_cluster
        else _twice("engine", {"LADDER_TIERS": "engine", **cluster})
    )
    no_emulator = _missing("terraform", "moto_server")
    results.append(
        Result(tier="emulator", reason=no_emulator)
        if no_emulator
        else _run("emulator", ["-m", "emulator"], {"LADDER_TIERS": "emulator"})
    )
    results.append(
        Result(tier="cluster", reason=no_cluster)
        if no_cluster
        else _twice("cluster", {"LADDER_TIERS": "cluster", **cluster})
    )
    return _report(results)


def _run(tier: str, arguments: list[str], environment: dict[str, str]) -> Result:
    print(f"\n=== {tier}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-ra", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    last = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        last = line.strip() or last
    code = process.wait()
    counts = {name.removesuffix("s") if name.startswith("error") else name: int(n) for n, name in COUNTS.findall(last)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    return Result(
        tier=tier,
        passed=counts.get("passed", 0),
        failed=failed or int(code != 0),
        seconds=time.monotonic() - began,
    )


def _twice(tier: str, environment: dict[str, str]) -> Result:
    """Run a tier whose tests wait for a real cluster; what failed is tried once more, alone, and counted as flaky."""
    first = _run(tier, ["-m", tier], environment)
    if not first.failed:
        return first
    again = _run(f"{tier}: what failed, once more", ["-m", tier, "--last-failed"], environment)
    return Result(
        tier=tier,
        passed=first.passed + again.passed,
        failed=again.failed,
        seconds=first.seconds + again.seconds,
        flaky=first.failed - again.failed,
    )


def _missing(*needed: str) -> str:
    missing = [name for name in needed if not shutil.which(name)]
    return f"not on PATH: {', '.join(missing)}" if missing else ""


def _cluster() -> tuple[str, str]:
    """The kubeconfig of a cluster of `local/`, made if need be, or why there is none."""
    if os.environ.get("LADDER_SKIP_CLUSTER") == "1":
        return "", "LADDER_SKIP_CLUSTER=1"
    print("\n=== the local cluster", flush=True)
    made = subprocess.run([ROOT / "local" / "up"], cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    print(made.stdout, end="", flush=True)
    found = re.search(r"KUBECONFIG=(\S+)", made.stdout)
    if made.returncode or not found:
        return "", "local/up could not make a cluster here (see above)"
    return found[1], ""


def _report(results: list[Result]) -> int:
    table = Table(box=None, header_style="bold", title_justify="left")
    for heading in ("tier", "passed", "failed", "seconds", ""):
        table.add_column(heading, justify="left" if heading in ("tier", "") else "right")
    for result in results:
        if result.reason:
            table.add_row(result.tier, "-", "-", "-", f"NOT RUN: {result.reason}")
        else:
            flaky = f"{result.flaky} passed at the second try only" if result.flaky else ""
            table.add_row(result.tier, str(result.passed), str(result.failed), f"{result.seconds:.0f}", flaky)
    console = Console(width=140)
    console.print()
    console.print(table)
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    skipped = sum(1 for result in results if result.reason)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
