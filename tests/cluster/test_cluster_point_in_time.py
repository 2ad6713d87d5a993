"""Every write shipped, on a real cluster: between two writes exactly, and what a lost volume costs under load."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import Any

import pytest
from cluster_backups import Backed, bring_up, lose_the_volume, mend
from cluster_stores import Machine, remove, until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        shutil.which("pulumi") is None, reason="a vault is read by the Pulumi CLI, and it is not on PATH"
    ),
]

NAMES = "ladder-test-moment", "ladder-test-moment-vault"
MOST_LOST_SECONDS = 60
CLOCK = r"""to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"""
# One transaction a time; psql prints a row when the server has acknowledged its commit.
LOAD = f"""n=0; while :; do n=$((n + 1)); psql -X -A -t -q -h /var/run/postgresql -U postgres -d app -c "
    insert into TABLE select $n, {CLOCK} returning n || ' ' || at"; done"""


@dataclass
class Writes:
    """The moments of all acknowledged writes, by their numbers from 1 on."""

    process: "subprocess.Popen[str]"
    acknowledged: list[str] = field(default_factory=list[str])

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            number, at = line.split()
            assert int(number) == len(self.acknowledged) + 1
            self.acknowledged.append(at)


@contextmanager
def writing(backed: Backed, table: str) -> Iterator[Writes]:
    """An application that writes one row after the other, and remembers what was acknowledged."""
    backed.sql(f"set role app_owner; create table {table} (n int primary key, at text)")
    load = LOAD.replace("TABLE", table)
    with backed.start("exec", "postgres-0", "--container", "postgres", "--", "bash", "-c", load) as process:
        writes = Writes(process)
        reader = Thread(target=writes.read)
        reader.start()
        try:
            yield writes
        finally:
            process.kill()
            reader.join()


def seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def stretches(backed: Backed, name: str) -> list[dict[str, str]]:
    """What can be had to the moment; there may be no run yet."""
    assert backed.job("list", name).get("code", 0) in (0, 10)
    [made] = backed.get("pods", "--selector", f"batch.kubernetes.io/job-name={name}")["items"]
    lines = backed.logs(made["metadata"]["name"], "list").splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"from"')]


def await_shipped(backed: Backed, moment: str, name: str) -> None:
    tries = iter(range(20))
    until(lambda: stretches(backed, f"{name}-{next(tries)}")[-1]["to"] >= moment, f"{moment} to be shipped", 180)


@pytest.fixture(scope="module")
def backed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    """A store whose writes are shipped, with a base."""
    remove(machine, *NAMES)
    made = bring_up(machine, tmp_path_factory.mktemp("moment"), NAMES, backup={"point_in_time_days": 7})
    made.kubectl("wait", "--for=condition=Available", "deployment/postgres-ship", "--timeout=120s")
    assert made.job("base", "base-now")["taken"]
    yield made
    remove(machine, *NAMES)


def numbers(backed: Backed, database: str, table: str) -> list[int]:
    psql = ("psql", "-X", "-h", "/var/run/postgresql", "-U", "postgres", "-d", database, "-Atqc")
    found = backed.inside("postgres-0", "postgres", *psql, f"select n from {table} order by n")
    return [int(line) for line in found.splitlines()]


def await_the_worst_moment(backed: Backed) -> None:
    """Most is lost just before something is stored, which is half a minute after the last time."""

    def last() -> str:
        return backed.kubectl("exec", "deployment/postgres-ship", "--", "stat", "--format=%Y", "/tmp/shipped")

    before = last()
    until(lambda: last() != before, "something to be stored")
    time.sleep(20)


def test_a_store_comes_back_as_it_was_between_two_writes(backed: Backed):
    with writing(backed, "writes") as writes:
        time.sleep(20)
        middle = len(writes.acknowledged) // 2
        between = writes.acknowledged[middle]  # the write after `middle` was asked for, and not yet committed
        await_shipped(backed, between, "shipped")
        done = backed.job("restore", "between", AT=between, INTO="between")
    assert done["ok"], done
    assert numbers(backed, "between", "writes") == list(range(1, middle + 1))
    refused = backed.job("restore", "too-early", AT="2026-01-01T00:00:00.000000Z", INTO="early")
    assert (refused["code"], "cannot be had; what can: from" in refused["why"]) == (41, True), refused


def test_of_a_volume_that_is_lost_under_load_a_minute_of_acknowledged_writes_is_lost_at_most(
    backed: Backed, record_property: Any
):
    with writing(backed, "load") as writes:
        await_the_worst_moment(backed)
        lose_the_volume(backed)
    acknowledged = writes.acknowledged
    mend(backed)
    newest = stretches(backed, "after-loss")[0]["to"]
    done = backed.job("restore", "newest", AT=newest)
    assert done["ok"], done
    held = numbers(backed, "app", "load")
    assert held == list(range(1, len(held) + 1))
    lost = seconds(acknowledged[min(len(held), len(acknowledged)) - 1], acknowledged[-1])
    record_property("lost_seconds", lost)
    print(f"{len(acknowledged) - len(held)} of {len(acknowledged)} writes, {lost:.1f} s of them, were lost")
    assert lost <= MOST_LOST_SECONDS
