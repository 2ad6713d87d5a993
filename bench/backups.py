"""Backups of PostgreSQL, on a server and a repository of this machine: how fast, how big, how much memory.

The jobs are the scripts of the pods. Against each stands what people write themselves: `pg_dump | gzip`.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import NotMeasuredError, Times, say

sys.path.append(str(Path(__file__).parents[1] / "tests/unit/backups"))

from backup_lab import WITHOUT_RESTIC, real_restic
from postgres_lab import SERVERS, WITHOUT_SERVER, Server, serving

SIZES_MIB = (64, 256, 1024)
DAYS = 30
CHURN_MIB = 64
CHURN = 100
"""One row in so many is new, or is changed, each day."""
ROW = "md5(i::text), now(), i % 97, jsonb_build_object('of', i, 'note', repeat(md5((i * 7)::text) || ' ', 4))"
BYTES_PER_ROW = 250
DUMP = "pg_dump --format=custom --compress=0"
BACKUP = 'bash "$LADDER_SCRIPTS/backup.sh"'


@dataclass(frozen=True, kw_only=True)
class Job:
    """One way to keep a database of one size."""

    name: str
    mib: float
    times: Times
    peak_mib: float
    """Memory of the biggest process."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a month of daily backups takes."""

    churn: str
    gzip_mib: float
    repository_mib: float


def speed(runs: int) -> Mapping[str, Sequence[Job]]:
    """Every way at every size, by the size; the first way is the bare dump.

    Raises:
        NotMeasuredError: When there is no server, no restic, or a way fails.
    """
    return {f"{mib} MiB": _ways(mib, runs) for mib in SIZES_MIB}


def month() -> Sequence[Stored]:
    """Thirty daily backups of a table that grows, and of one that is changed all over.

    Raises:
        NotMeasuredError: As above.
    """
    rows = CHURN_MIB * 2**20 // BYTES_PER_ROW
    some = rows // CHURN
    appended = (
        f"insert into orders select i, {ROW} from generate_series({{day}} * {rows} + 1, {{day}} * {rows} + {some}) i"
    )
    changed = f"update orders set note = md5('{{day}}' || id) where id % {CHURN} = {{day}} * 7 % {CHURN}"
    return [_month("rows are appended", rows, appended), _month("rows all over are changed", rows, changed)]


def _ways(mib: int, runs: int) -> Sequence[Job]:
    with _server(mib * 2**20 // BYTES_PER_ROW) as server:
        ways = {
            "bare dump, kept nowhere": ("", f"{DUMP} >/dev/null"),
            "dump | gzip": ("", f"{DUMP} | gzip >kept.gz"),
            "dump | restic, first time": (
                "rm -rf plain; restic -r plain init",
                f"{DUMP} | restic -r plain backup --stdin",
            ),
            "dump | restic, no change": ("", f"{DUMP} | restic -r plain backup --stdin"),
            "first backup": ("rm -rf repository tmp/restic-cache", BACKUP),
            "backup, no change": ("", BACKUP),
        }
        taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
        for turn in range(runs):
            for name, (before, line) in ways.items():
                say(f"{mib} MiB, {name}: run {turn + 1} of {runs}")
                _once(server, before)
                taken[name].append(_once(server, line))
        size = int(server.psql("-d", "app", "-c", "select pg_database_size('app')")) / 2**20
        return [
            Job(
                name=name,
                mib=size,
                times=Times(wall=[it[0] for it in all_], cpu=[it[1] for it in all_]),
                peak_mib=max(it[2] for it in all_),
            )
            for name, all_ in taken.items()
        ]


def _month(churn: str, rows: int, change: str) -> Stored:
    with _server(rows) as server:
        packed = 0
        for day in range(1, DAYS + 1):
            say(f"{churn}: day {day} of {DAYS}")
            server.psql("-d", "app", "-c", change.format(day=day))
            _once(server, f"{DUMP} | gzip >kept.gz")
            packed += (server.jobs.folder / "kept.gz").stat().st_size
            _once(server, BACKUP)
        kept = sum(it.stat().st_size for it in (server.jobs.folder / "repository").rglob("*") if it.is_file())
        return Stored(churn=churn, gzip_mib=packed / 2**20, repository_mib=kept / 2**20)


def _once(server: Server, line: str) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of processor and MiB of the biggest process of a line of the shell.

    Of the processor it counts the line's own processes, not those of the server.
    """
    jobs = server.jobs
    login = {"PGHOST": "127.0.0.1", "PGPORT": server.port, "PGUSER": "backup", "PGPASSWORD": "test-backup"}
    said = jobs.folder / "said"
    began = time.monotonic()
    with said.open("w") as out:
        process = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=jobs.folder, env=jobs.env | login | {"PGDATABASE": "app"}, user=jobs.user, stdout=out, stderr=out,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise NotMeasuredError(f"{line} ended with {process.returncode}:\n{said.read_text()[-3000:]}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@contextmanager
def _server(rows: int) -> Iterator[Server]:
    restic = real_restic()
    if not SERVERS or not restic:
        raise NotMeasuredError(WITHOUT_RESTIC if SERVERS else WITHOUT_SERVER)
    if not shutil.which("gzip"):
        raise NotMeasuredError("needs gzip on PATH")
    with serving(restic) as server:
        server.psql(
            "-d", "app", "-c", "set role app_owner",
            "-c", "create table orders (id bigint primary key, note text, at timestamptz, kind int, more jsonb)",
            "-c", f"insert into orders select i, {ROW} from generate_series(1, {rows}) i",
            "-c", "analyze",
        )  # fmt: skip
        yield server
