"""Two Redis-compatible servers on loopback, a climb between them, and a writer that knows what was acknowledged.

One server is Ladder's own, started by its pod's scripts; the other is somebody else's, with an administrator and a user
of the application.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, Self

from backup_lab import ROOT, Lab, lab
from redis_lab import ENGINES, WITHOUT_SERVER, Server

from components.kubernetes import scripts

PAIRS = [(one, other) for one in ENGINES for other in ENGINES if one != other] or [(one, one) for one in ENGINES]
"""Source and target of either kind that is there."""

__all__ = ["PAIRS", "WITHOUT_SERVER", "Climb", "Other", "Writer", "climb"]


def files() -> dict[str, str]:
    """What the jobs of a climb mount beside the library of backups."""
    steps = {it.name: it.read_text() for it in (ROOT / "climb" / "scripts").iterdir()}
    return steps | scripts.read("components.redis", "backup") | scripts.read("components.redis", "climb")


class Other:
    """A server that Ladder does not run; `more` are settings of it."""

    def __init__(self, jobs: Lab, engine: str, *more: str) -> None:
        self.jobs, self.engine, self.more = jobs, engine, more
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.folder = jobs.folder / "other"
        self.folder.mkdir()
        jobs.put(
            "other/users.acl",
            "user default off\nuser root on >test-root ~* &* +@all\nuser app on >test-app ~* &* +@all -@admin\n",
        )
        self.start()

    def start(self) -> None:
        settings = ["--port", self.port, "--dir", self.folder, "--save", "", "--aclfile", self.folder / "users.acl"]
        settings += ["--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0", "--appendonly", "yes"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [f"{self.engine}-server", *map(str, settings), *self.more],
                user=self.jobs.user, stdout=log, stderr=log, text=True,
            )  # fmt: skip
        until = time.monotonic() + 20
        while self.ask("ping") != "PONG":
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, *command: str, user: str = "root", said: str | None = None) -> str:
        return subprocess.run(
            [f"{self.engine}-cli", "-p", self.port, "--no-auth-warning", "--user", user, *command],
            env=self.jobs.env | {"REDISCLI_AUTH": f"test-{user}"},
            check=False, capture_output=True, text=True, input=said, timeout=120,
        ).stdout.strip()  # fmt: skip


class Climb:
    """A climb between Ladder's own server and another; `up` is away from Ladder's own."""

    def __init__(self, jobs: Lab, own: Server, other: Other, *, up: bool) -> None:
        self.jobs, self.own, self.other = jobs, own, other
        self.source, self.target = (own, other) if up else (other, own)
        logins = {"own": (own.port, "restore"), "other": (other.port, "root")}
        for side, of in (("source", "own" if up else "other"), ("target", "other" if up else "own")):
            port, user = logins[of]
            (jobs.folder / "secrets" / side).mkdir()
            self.login(side, port=port, user=user, password=f"test-{user}")
        (jobs.folder / "secrets/receipt").mkdir()
        jobs.put("secrets/receipt/key", "test-key")

    def login(self, side: str, **facts: str) -> None:
        all_facts = {"host": "127.0.0.1", "database": "0", "ca.crt": "", "app": "app"} | facts
        for key, value in all_facts.items():
            self.jobs.put(f"secrets/{side}/{key}", value)

    def step(self, name: str, **env: str) -> dict[str, Any]:
        return self.jobs.job(f"climb_{name}", **env)

    def killed(self, name: str, when: Callable[[], bool], **env: str) -> None:
        """Start a step, and kill all of it when something is so."""
        process = self.jobs.start(f"climb_{name}", **env)
        try:
            until = time.monotonic() + 120
            while not when():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < until
                time.sleep(0.02)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def manifest(self, server: Server | Other) -> list[str]:
        """What a server holds, told in one go by the program of the backups."""
        texts = [(ROOT / "redis" / "backup" / name).read_text() for name in ("content.lua", "manifest.lua")]
        program = self.jobs.folder / "manifest-of-both.lua"
        program.write_text("\n".join(texts))
        user = "ladder" if isinstance(server, Server) else "root"
        told = server.ask("--raw", "--eval", str(program), ",", "1700000000", "ladder:climbing", user=user)
        return sorted(it for it in told.splitlines() if not it.startswith("expiring"))


@contextmanager
def climb(ladders: str, others: str, *more: str, up: bool = True) -> Iterator[Climb]:
    """A climb of one's own: engine of Ladder's server, engine and settings of the other."""
    with lab("redis", files(), shutil.which("true") or "true") as jobs:
        own = Server(jobs, ladders)
        try:
            other = Other(jobs, others, *more)
            try:
                with own.probed():
                    yield Climb(jobs, own, other, up=up)
            finally:
                other.stop()
        finally:
            own.stop()


class Writer:
    """Writes without an end, and keeps what was acknowledged; with `new_pods` also to the target once it lets it in."""

    def __init__(self, climb: Climb) -> None:
        self.climb, self.done = climb, Event()
        self.sent, self.acknowledged = 0, 0
        self.pushed: list[str] = []
        self.errors: list[str] = []
        self.longest = 0.0
        self.new_pods = False
        self.thread = Thread(target=self._write)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _write(self) -> None:
        last = time.monotonic()
        at: Server | Other = self.climb.source
        connection = None
        number = 0
        while not self.done.is_set():
            try:
                if connection is None:
                    connection = Connection(at.port)
                    connection.ask("AUTH", "app", "test-app")
                number += 1
                self.sent += 1
                for command in (
                    ("INCR", "written"), ("RPUSH", "queue", str(number)), ("HINCRBY", "hash", f"f{number % 50}", "1"),
                    ("ZADD", "scores", f"{number}.1", f"m{number % 200}"), ("XADD", "log", "*", "n", str(number)),
                    ("SET", f"short:{number}", "1", "PX", "700"), ("INCR", f"short:{number - 20}"),
                    ("SET", f"later:{number}", "x", "EX", "86400"),
                ):  # fmt: skip
                    connection.ask(*command)
                    if command[0] == "RPUSH":
                        self.pushed.append(str(number))
                self.acknowledged += 1
                self.longest = max(self.longest, time.monotonic() - last)
                last = time.monotonic()
                time.sleep(0.003)
            except (OSError, RefusedError) as error:
                self.errors.append(str(error))
                if connection:
                    connection.socket.close()
                connection = None
                # What was not acknowledged may have been done all the same: it is said again under another number.
                if self.new_pods:
                    at = self.climb.target if at is self.climb.source else self.climb.source
                time.sleep(0.02)
        if connection:
            connection.socket.close()


class RefusedError(Exception):
    """A server's error."""


class Connection:
    """The protocol, as far as the writer needs it."""

    def __init__(self, port: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
        self.buffer = b""

    def ask(self, *words: str) -> bytes:
        self.socket.sendall(
            f"*{len(words)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words)
        )
        said = self._line()
        if said.startswith(b"-"):
            raise RefusedError(said.decode())
        if said.startswith(b"$"):
            self._line()
        return said

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise OSError("closed")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line
