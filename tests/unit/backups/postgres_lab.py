"""A PostgreSQL server on loopback, as the pod's own scripts set it up, with the folders of its jobs."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from backup_lab import Lab, lab

from components.kubernetes import scripts

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda it: int(it.parts[-3]))
BIN = SERVERS[-1].parent if SERVERS else Path("/nowhere")
Made = TypeVar("Made", bound="Loopback")
WITHOUT_SERVER = "needs a PostgreSQL server below /usr/lib/postgresql"


class Loopback:
    """A server of one's own; what it lets in is written in the lab's file `hba`."""

    superuser = "postgres"
    settings = ""
    """Options of the server beside those that every one has; `{folder}` is the lab's."""

    def __init__(self, jobs: Lab) -> None:
        self.jobs = jobs
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.prepare()
        self.run("initdb", "-D", "pg", "-U", self.superuser, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()

    def prepare(self) -> None:
        """Lay out what it needs before it starts."""

    def run(self, program: str, *arguments: str, **env: str) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=self.jobs.folder, env=self.jobs.env | env, user=self.jobs.user,
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        folder = self.jobs.folder
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
            f"-c hba_file={folder}/hba -c fsync=off {self.settings.format(folder=folder)}"
        )
        # Its output must not be a pipe of ours: the server would keep it open.
        subprocess.run(
            [str(BIN / "pg_ctl"), "start", "-w", "-s", "-D", "pg", "-l", "log", "-o", options],
            cwd=folder, env=self.jobs.env, user=self.jobs.user, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", "pg")

    def psql(self, *arguments: str) -> str:
        where = ("-h", str(self.jobs.folder), "-p", self.port, "-U", self.superuser)
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *where, *arguments).strip()


class Server(Loopback):
    """A server as the pod's own scripts set it up."""

    settings = "-c password_encryption=scram-sha-256"

    def __init__(self, jobs: Lab) -> None:
        super().__init__(jobs)
        self.psql("-d", "postgres", "-f", str(jobs.folder / "roles.sql"))

    def prepare(self) -> None:
        jobs = self.jobs
        own, added = scripts.read("components.postgres"), scripts.read("components.postgres", "backup")
        name = "pg_hba_plaintext.conf"
        jobs.put("hba", own[name] + added[name] + added["ship_hba_plaintext.conf"])
        roles = (own["roles.sql"] + added["roles.sql"] + added["ship.sql"]).replace(
            "/run/ladder/auth", str(jobs.folder)
        )
        jobs.put("roles.sql", roles)
        for user, folder in (("backup", "secrets/store"), ("restore", "secrets/restore"), ("ship", "shipper/store")):
            jobs.put(f"{user}-password", f"test-{user}")
            (jobs.folder / folder).mkdir(parents=True)
            facts = {"host": "127.0.0.1", "port": self.port, "user": user, "password": f"test-{user}", "ca.crt": ""}
            for key, value in (facts | {"database": "postgres" if user == "ship" else "app"}).items():
                jobs.put(f"{folder}/{key}", value)

    def run(self, program: str, *arguments: str, **env: str) -> str:
        return super().run(program, *arguments, **({"APP_PASSWORD": "test-app"} | env))

    def as_user(self, user: str, statement: str, database: str = "app") -> subprocess.CompletedProcess[str]:
        """What happens when a user asks over the network."""
        address = f"postgresql://{user}:test-{user}@127.0.0.1:{self.port}/{database}"
        return subprocess.run(
            [str(BIN / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", address, "-c", statement],
            check=False, capture_output=True, text=True,
        )  # fmt: skip


@contextmanager
def serving(restic: str, kind: type[Made] = Server) -> Iterator[Made]:
    """A server of one's own, with a repository."""
    with lab("postgres", scripts.read("components.postgres", "backup"), restic) as jobs:
        jobs.env["PATH"] = f"{BIN}:{os.environ['PATH']}"
        made = kind(jobs)
        try:
            yield made
        finally:
            made.stop()
