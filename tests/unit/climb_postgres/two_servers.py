"""Two PostgreSQL servers on loopback, and the jobs that carry data from one to the other."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from postgres_lab import BIN, SERVERS, WITHOUT_SERVER, Server, serving

from components.catalog import Kind
from components.climb import copiers

__all__ = ["BIN", "SERVERS", "WITHOUT_SERVER", "Pair", "Writer", "pair"]


class Source(Server):
    """As in the cluster: its log can be followed from day one."""

    settings = Server.settings + " -c wal_level=logical -c max_prepared_transactions=2"


class Pair:
    """Where the data is, where it goes, and the jobs' folder, which is the source's."""

    def __init__(self, source: Server, target: Server) -> None:
        self.source, self.target, self.jobs = source, target, source.jobs
        for name, text in copiers.files(Kind.POSTGRES).items():
            self.jobs.put(f"scripts/{name}", text)
        for side, server in (("source", source), ("target", target)):
            (self.jobs.folder / "secrets" / side).mkdir()
            self.login(side, server.port, "restore", "test-restore")
        (self.jobs.folder / "secrets/receipt").mkdir()
        self.jobs.put("secrets/receipt/key", "only-for-tests")
        self.jobs.env["PATIENCE_SECONDS"] = "2"

    def login(self, side: str, port: str, user: str, password: str) -> None:
        """How the jobs reach a side."""
        facts = {"host": "127.0.0.1", "port": port, "user": user, "password": password, "database": "app"}
        for key, value in (facts | {"app": "app", "ca.crt": ""}).items():
            self.jobs.put(f"secrets/{side}/{key}", value)

    def step(self, name: str, **env: str) -> dict[str, Any]:
        """Run a step to its end."""
        return self.jobs.job(f"climb_{name}", **env)

    def sql(self, statement: str) -> None:
        """As the application, at the source."""
        done = self.source.as_user("app", statement)
        assert done.returncode == 0, done.stderr

    def rows(self, side: Server, statement: str) -> str:
        """What is there, asked by the superuser, who is let in everywhere."""
        return side.psql("-d", "app", "-c", statement)

    def same(self, *statements: str) -> bool:
        """Whether both sides answer alike."""
        return all(self.rows(self.source, it) == self.rows(self.target, it) for it in statements)


class Writer(threading.Thread):
    """Writes to whoever lets it, and knows what was acknowledged: numbers in order, and one row that is counted up."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(daemon=True)
        self.pair, self.done, self.acknowledged, self.ended = pair, False, 0, threading.Event()
        self.refused_for = 0.0
        pair.sql("create table written (n int primary key, at timestamptz default now()); "
                 "create table counted (id int primary key, n int); insert into counted values (1, 0)")  # fmt: skip

    def run(self) -> None:
        """Until `stop`."""
        refused_since: float | None = None
        while not self.done:
            n = self.acknowledged + 1
            statement = f"begin; insert into written values ({n}); update counted set n = {n}; commit"
            for server in (self.pair.source, self.pair.target):
                if server.as_user("app", statement).returncode == 0:
                    self.acknowledged = n
                    if refused_since:
                        self.refused_for = max(self.refused_for, time.monotonic() - refused_since)
                    refused_since = None
                    break
            else:
                refused_since = refused_since or time.monotonic()
                time.sleep(0.02)
        self.ended.set()

    def stop(self) -> int:
        """End, and say how many were acknowledged."""
        self.done = True
        self.ended.wait(60)
        return self.acknowledged

    def all_there(self, server: Server) -> bool:
        """None lost, none doubled: an acknowledgement that never came back may be one more."""
        found = self.pair.rows(
            server, "select count(*), count(distinct n), max(n), (select n from counted) from written"
        )
        count, distinct, most, counted = map(int, found.split("|"))
        return count == distinct == most == counted and most in (self.acknowledged, self.acknowledged + 1)


@contextmanager
def pair() -> Iterator[Pair]:
    """Both, made and removed."""
    # The jobs of a climb have no repository: the program is never run.
    with serving("#!/bin/false", Source) as source, serving("#!/bin/false", Server) as target:
        yield Pair(source, target)
