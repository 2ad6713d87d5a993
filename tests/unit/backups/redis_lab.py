"""A Redis-compatible server on loopback, started by the pod's own script, with the folders of its jobs."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from backup_lab import Lab, lab

from components.kubernetes import scripts

ENGINES = [name for name in ("redis", "valkey") if shutil.which(f"{name}-server")]
WITHOUT_SERVER = "needs redis-server or valkey-server on PATH"


class Server:
    """A server of role `store`, as the pod starts it."""

    def __init__(self, jobs: Lab, engine: str) -> None:
        self.jobs, self.engine = jobs, engine
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        for folder in ("auth", "server", "data", "secrets/store", "secrets/restore"):
            (jobs.folder / folder).mkdir(parents=True)
        for user in ("app", "admin", "backup", "restore"):
            # As kept in a Secret: without a newline.
            jobs.put(f"auth/{user}-password", f"test-{user}")
        for user, folder in (("backup", "secrets/store"), ("restore", "secrets/restore")):
            facts = {"host": "127.0.0.1", "port": self.port, "user": user, "password": f"test-{user}", "ca.crt": ""}
            for key, value in (facts | {"database": "0"}).items():
                jobs.put(f"{folder}/{key}", value)
        for name, script in scripts.read("components.redis").items():
            for path, here in (("/run/ladder/", "/"), ("/etc/ladder/", "/"), ("/data", "/data")):
                script = script.replace(path, f"{jobs.folder}{here}")
            jobs.put(name, script)
        self.start()

    def version(self) -> str:
        """Major and minor of the engine, as settings name it."""
        said = subprocess.run([f"{self.engine}-server", "--version"], check=True, capture_output=True, text=True).stdout
        return re.findall(r"v=(\d+\.\d+)", said)[0]

    def script(self, name: str) -> subprocess.Popen[str]:
        """Start one of the pod's own scripts."""
        programs = {name.upper(): f"{self.engine}-{name}" for name in ("server", "cli")}
        env = {
            **programs, "CHECK": f"{self.engine}-check-aof", "ROLE": "store", "VERSION": self.version(), "TLS": "off",
            "MAXMEMORY_MIB": "200", "PORT": self.port, "HOSTNAME": "redis-0",
        }  # fmt: skip
        with (self.jobs.folder / "server.log").open("a") as log:
            return subprocess.Popen(
                ["bash", str(self.jobs.folder / name)], text=True,
                env=self.jobs.env | env,
                cwd=self.jobs.folder, user=self.jobs.user, stdout=log, stderr=log,
            )  # fmt: skip

    @contextmanager
    def probed(self) -> Iterator[None]:
        """The readiness probe of the pod, again and again."""
        done = Event()

        def probe() -> None:
            while not done.wait(0.3):
                self.script("ready.sh").wait()

        prober = Thread(target=probe)
        prober.start()
        try:
            yield
        finally:
            done.set()
            prober.join()

    def start(self) -> None:
        folder = self.jobs.folder
        self.process = self.script("start.sh")
        until = time.monotonic() + 20
        while self.ask("ping", user="ladder") != "PONG":
            assert self.process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < until, (folder / "server.log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, *command: str, user: str = "app", said: str | None = None) -> str:
        """What the client prints, errors too."""
        password = {"ladder": "test-admin"}.get(user, f"test-{user}")
        return subprocess.run(
            [f"{self.engine}-cli", "-p", self.port, "--no-auth-warning", "--user", user, *command],
            env=self.jobs.env | {"REDISCLI_AUTH": password},
            check=False, capture_output=True, text=True, input=said,
        ).stdout.strip()  # fmt: skip


@contextmanager
def serving(restic: str, engine: str) -> Iterator[Server]:
    """A server of one's own, with a repository."""
    with lab("redis", scripts.read("components.redis", "backup"), restic) as jobs:
        made = Server(jobs, engine)
        try:
            yield made
        finally:
            made.stop()
