"""Point in time against a real server on loopback: what is shipped, what comes back, what is said when it cannot."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from postgres_lab import SERVERS, WITHOUT_SERVER, Server, serving

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not SERVERS, reason=WITHOUT_SERVER),
]


class Shipped:
    """A server with a shipper; its repository is beside that of the runs."""

    def __init__(self, server: Server) -> None:
        self.server, self.jobs = server, server.jobs
        self.log = str(self.jobs.folder / "log-repository")
        for name in ("ship-tmp", "ship-scratch", "look"):
            (self.jobs.folder / name).mkdir()
        (self.jobs.folder / "shipper/repository").mkdir()
        self.jobs.put("shipper/repository/ca.crt", "")
        self.env = {"RESTIC_REPOSITORY": self.log, "LADDER_SECRETS": str(self.jobs.folder / "shipper"), "DAYS": "7"}
        self.opens = {"LOG_REPOSITORY": self.log, "LOG_PASSWORD": "test-password"}
        self.app("create table writes (n int primary key)")

    def app(self, statement: str) -> str:
        done = self.server.as_user("app", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, *numbers: int) -> str:
        """Insert rows; a moment of the server's clock after them."""
        self.app("insert into writes values " + ", ".join(f"({n})" for n in numbers))
        return self.now()

    def now(self) -> str:
        clock = "to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        return self.server.psql("-d", "postgres", "-c", f"select {clock}")

    @contextmanager
    def shipping(self, **env: str) -> Iterator[subprocess.Popen[str]]:
        """The pod of the shipper."""
        folder = self.jobs.folder
        own = {
            "TMPDIR": str(folder / "ship-tmp"),
            "LADDER_SCRATCH": str(folder / "ship-scratch"),
            "LADDER_MESSAGE": str(folder / "ship-message"),
            "LADDER_SHIP_SECONDS": "1",
            "LADDER_AGAIN_SECONDS": "1",
        }
        process = self.jobs.start("ship", **(self.env | own | env))
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            self.words = "".join(process.communicate())
            print(self.words)

    def base(self, **env: str) -> dict[str, Any]:
        return self.jobs.job("base", **(self.env | env))

    def trim(self, **env: str) -> dict[str, Any]:
        return self.jobs.job("trim", **(self.env | env))

    def restore(self, at: str, **env: str) -> dict[str, Any]:
        return self.jobs.job("restore", AT=at, **(self.opens | env))

    def stored(self, kind: str = "wal") -> list[dict[str, str]]:
        """The tags of every snapshot of a kind, oldest first."""
        if not (self.jobs.folder / "log-repository/config").exists():
            return []
        job = f"source '{self.jobs.folder}/scripts/lib.sh'; source \"$SCRIPTS/wal.sh\"; log_table"
        own = {
            "PATH": f"{self.jobs.folder}/tools:{self.jobs.env['PATH']}",
            "TMPDIR": str(self.jobs.folder / "look"),
            "RESTIC_CACHE_DIR": str(self.jobs.folder / "look"),
        }
        out = subprocess.run(
            ["bash", "-c", job], env=self.jobs.env | self.env | own, user=self.jobs.user, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip
        names: list[str] = ["time", "id", "kind", "run", "system", "first", "last", "until", "start", "at"]
        rows = [dict(zip(names, line.split(), strict=True)) for line in out.splitlines()]
        return [row for row in rows if row["kind"] == kind]

    def await_stored(self, moment: str) -> None:
        """Wait until everything before a moment is in the repository."""
        until(lambda: any(row["until"] >= moment for row in self.stored()), f"{moment} to be shipped")

    def slot(self) -> str:
        return self.server.psql("-d", "postgres", "-c", "select wal_status from pg_replication_slots")


def until(holds: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.3)


@pytest.fixture
def shipped() -> Iterator[Shipped]:
    assert RESTIC
    with serving(RESTIC) as server:
        yield Shipped(server)


def test_the_store_comes_back_as_it_was_between_two_writes(shipped: Shipped) -> None:
    with shipped.shipping():
        until(lambda: shipped.slot() == "reserved", "a slot")
        taken = shipped.base()
        assert taken.get("taken"), taken["log"]
        assert shipped.base()["taken"] is False
        first = shipped.write(1, 2)
        second = shipped.write(3)
        last = shipped.write(4)
        shipped.await_stored(last)
    assert shipped.restore(first)["code"] == 50
    done = shipped.restore(first, INTO="between")
    assert (done["ok"], done.get("amount")) == (True, 2), done["log"]
    assert shipped.server.psql("-d", "between", "-c", "select string_agg(n::text, ' ' order by n) from writes") == "1 2"
    done = shipped.restore(second, OVERWRITE="1")
    assert shipped.app("select count(*) from writes") == "3"
    assert shipped.restore(shipped.now(), INTO="later")["code"] == 41


def test_a_shipper_that_was_killed_goes_on_without_a_gap(shipped: Shipped) -> None:
    with shipped.shipping():
        until(lambda: shipped.slot() == "reserved", "a slot")
        assert shipped.base()["ok"]
        shipped.await_stored(shipped.write(1))
    shipped.app("select pg_sleep(0)")
    dead = shipped.write(2)
    shipped.server.psql("-d", "postgres", "-c", "select pg_switch_wal()")
    with shipped.shipping():
        last = shipped.write(3)
        shipped.await_stored(last)
    assert shipped.stored("gap") == []
    for moment, count in ((dead, 2), (last, 3)):
        done = shipped.restore(moment, INTO=f"had_{count}")
        assert (done["ok"], done.get("amount")) == (True, count), done["log"]


def test_a_lost_slot_is_a_gap_that_the_next_base_ends(shipped: Shipped) -> None:
    with shipped.shipping():
        until(lambda: shipped.slot() == "reserved", "a slot")
        assert shipped.base()["ok"]
        before = shipped.write(1)
        shipped.await_stored(before)
    lost = shipped.write(2)
    for statement in (
        "alter system set max_slot_wal_keep_size = '1MB'", "alter system set max_wal_size = '32MB'",
        "select pg_reload_conf()", "select pg_switch_wal()", "checkpoint",
    ):  # fmt: skip
        shipped.server.psql("-d", "postgres", "-c", statement)
    for _ in range(6):
        shipped.server.psql("-d", "app", "-c", "create table filler (); drop table filler")
        for statement in ("select pg_switch_wal()", "checkpoint"):
            shipped.server.psql("-d", "postgres", "-c", statement)
    assert shipped.slot() == "lost"
    assert shipped.base()["code"] == 25
    for statement in ("alter system reset max_slot_wal_keep_size", "select pg_reload_conf()"):
        shipped.server.psql("-d", "postgres", "-c", statement)
    with shipped.shipping():
        until(lambda: shipped.stored("gap"), "the gap to be marked")
        assert shipped.base()["taken"] is True
        after = shipped.write(3)
        shipped.await_stored(after)
    why = shipped.restore(lost, INTO="lost")["why"]
    assert why.count("from") == 2, why
    for moment, count in ((before, 1), (after, 3)):
        done = shipped.restore(moment, INTO=f"had_{count}")
        assert (done["ok"], done.get("amount")) == (True, count), done["log"]


def test_a_repository_that_went_away_costs_nothing_when_it_is_back(shipped: Shipped) -> None:
    repository = shipped.jobs.folder / "log-repository"
    with shipped.shipping():
        until(lambda: shipped.slot() == "reserved", "a slot")
        assert shipped.base()["ok"]
        repository.rename(repository.with_name("away"))
        repository.touch()
        shipped.write(1, 2)
        time.sleep(5)
        repository.unlink()
        repository.with_name("away").rename(repository)
        last = shipped.write(3)
        shipped.await_stored(last)
    # It met the trouble: restic asks again by itself for a while.
    assert "not a directory" in shipped.words
    assert shipped.stored("gap") == []
    assert shipped.restore(last, INTO="had")["amount"] == 3


def test_the_shipping_user_comes_in_for_the_log_alone(shipped: Shipped) -> None:
    assert shipped.server.as_user("ship", "select 1", database="app").returncode != 0
    assert shipped.server.as_user("ship", "create table mine (n int)", database="postgres").returncode != 0
