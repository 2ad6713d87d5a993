"""A MongoDB-compatible server on loopback beside a lab of backups: FerretDB, which keeps an oplog and applies none."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from backup_lab import Lab, lab
from mongodb_relay import Relay

from components.kubernetes import scripts

PROGRAMS = ("mongodump", "mongorestore", "mongosh", "ferretdb")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]
PASSWORD = "test-password"  # noqa: S105 (a test's)

SERVE = (
    "ferretdb --handler=sqlite --sqlite-url=file:$1/ --state-dir=$1 --listen-addr=127.0.0.1:$2"
    " --debug-addr=- --telemetry=disable"
)

STAND_IN = f"""
throwaway_run() {{ set -- "$throwaway/db" "$BEHIND" && exec {SERVE}; }}
"""
"""FerretDB in the place of the throwaway mongod."""

MONGORESTORE = r"""#!/usr/bin/env bash
echo "$*" >>"$LAB/mongorestore.calls"
exec "$REAL" "$@"
"""


class Server:
    """A server with the users of the store's own init.js."""

    def __init__(self, jobs: Lab, throwaway: Relay) -> None:
        self.jobs, self.throwaway = jobs, throwaway
        self.relay = Relay()
        self.port = str(self.relay.port)
        self.process: subprocess.Popen[bytes] | None = None
        for user, folder in (("backup", "store"), ("restore", "restore")):
            (jobs.folder / "secrets" / folder).mkdir()
            facts = {"host": "127.0.0.1", "port": self.port, "user": user, "password": PASSWORD, "ca.crt": ""}
            for name, value in (facts | {"database": "app"}).items():
                jobs.put(f"secrets/{folder}/{name}", value)
        (jobs.folder / "data").mkdir()
        jobs.own()
        self.start()
        self.js('db.createCollection("oplog.rs", {capped: true, size: 100000000})', database="local")
        for user in ("backup", "restore"):
            self.js(f'db.createUser({{user: "{user}", pwd: "{PASSWORD}", roles: []}})', database="admin")

    def start(self) -> None:
        more = ("--repl-set-name=rs", "--test-enable-new-auth", "--setup-database=admin", "--setup-username=app")
        command = [
            *SERVE.replace("$1", str(self.jobs.folder / "data")).replace("$2", str(self.relay.behind)).split(),
            *more,
        ]
        with (self.jobs.folder / "ferretdb.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--setup-password={PASSWORD}"],
                env=self.jobs.env, user=self.jobs.user, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while not _listens(self.relay.behind):
            assert time.monotonic() < deadline, (self.jobs.folder / "ferretdb.log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def uri(self) -> str:
        return f"mongodb://app:{PASSWORD}@127.0.0.1:{self.port}/app?authSource=admin&directConnection=true"

    def js(self, text: str, database: str = "app") -> str:
        """What the shell prints when the application asks."""
        address = self.uri.replace("/app?", f"/{database}?")
        done = subprocess.run(
            ["mongosh", address, "--norc", "--quiet", "--eval", text],
            check=False, capture_output=True, text=True, env=self.jobs.env,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.strip()

    def collections(self) -> list[str]:
        return sorted(self.js("db.getCollectionNames().forEach((name) => print(name))").split())


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def serving(restic: str) -> Iterator[Server]:
    """A server, and a lab whose jobs use it."""
    hooks = scripts.read("components.mongodb", "backup")
    with lab("mongodb", hooks | {"store.sh": hooks["store.sh"] + STAND_IN}, restic) as jobs:
        (jobs.folder / "bin").mkdir()
        jobs.put("bin/mongorestore", MONGORESTORE)
        (jobs.folder / "bin/mongorestore").chmod(0o755)
        throwaway = Relay()
        jobs.env |= {
            "PATH": f"{jobs.folder / 'bin'}:{os.environ['PATH']}",
            "REAL": str(Path(shutil.which("mongorestore") or "")),
            "THROWAWAY_PORT": str(throwaway.port),
            "BEHIND": str(throwaway.behind),
        }
        server = Server(jobs, throwaway)
        try:
            yield server
        finally:
            server.stop()
            for relay in (server.relay, throwaway):
                relay.close()
