"""MySQL of this machine, started by the store's own scripts in a folder of the test's."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.kubernetes import scripts

PASSWORD = "PasswordForTestsOnly0123456789"  # noqa: S105 (a test's)
ANOTHER = "AnotherForTestsOnly0123456789"
SERVER = shutil.which("mysqld")
WITHOUT_SERVER = "needs MySQL 8.4 or later, its clients and openssl on PATH"


def version() -> str | None:
    """Of the server on PATH, as the catalogue spells it; None where there is none, or where it is MariaDB."""
    if SERVER is None or not shutil.which("mysql") or not shutil.which("openssl"):
        return None
    said = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=True).stdout
    if "MariaDB" in said:
        return None
    number = said.partition(" Ver ")[2].split(".")
    return ".".join(number[:2])


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that runs, or ran."""

    folder: Path
    port: int
    user: int
    env: Mapping[str, str]

    def script(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run one of its scripts to the end."""
        return subprocess.run(
            ["bash", self.folder / "etc" / name],
            env=dict(self.env), user=self.user, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def start(self) -> subprocess.CompletedProcess[str]:
        """Run `start.sh` where it is expected to end by itself."""
        return self.script("start.sh")

    def ask(self, statement: str) -> str:
        """What the server answers to the application, over TLS and with the server's name verified."""
        done = self.asked(statement, "--ssl-mode=VERIFY_IDENTITY", f"--ssl-ca={self.folder}/run/tls/ca.crt")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def asked(self, statement: str, *options: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        """The same by other options of the client, whatever comes of it."""
        return subprocess.run(
            ["mysql", "--no-defaults", "--host=localhost", "--protocol=tcp", f"--port={self.port}", "--user=app",
             *options, "--batch", "--skip-column-names", "--execute", statement],
            env=dict(self.env) | {"MYSQL_PWD": password}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def prepare(folder: Path, *, tls: bool = True) -> Server:
    """Lay out what a pod has: scripts, secrets, an empty volume."""
    for name in ("etc", "run/auth", "run/tls", "data", "socket", "setup"):
        (folder / name).mkdir(parents=True)
    port = _free_port()
    moved = {
        "/etc/ladder": "etc", "/run/ladder": "run", "/var/run/mysqld": "socket", "/tmp/ladder-setup": "setup",
    }  # fmt: skip
    for name, text in scripts.read("components.mysql").items():
        for path, here in moved.items():
            text = text.replace(path, str(folder / here))
        text = text.replace("port = 3306", f"port = {port}").replace("bind-address = *", "bind-address = 127.0.0.1")
        (folder / "etc" / name).write_text(text)
    (folder / "run/auth/app-password").write_text(PASSWORD)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.crt",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder / "run/tls", check=True, capture_output=True,
    )  # fmt: skip
    shutil.copy(folder / "run/tls/tls.crt", folder / "run/tls/ca.crt")
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
    _give(folder, user)
    env = {
        "PATH": os.environ["PATH"], "VERSION": version() or "", "TLS": "on" if tls else "off",
        "DATADIR": str(folder / "data/mysql"), "TEMPORARY": str(folder / "data/temporary"), "BUFFER_POOL_MIB": "16",
    }  # fmt: skip
    return Server(folder=folder, port=port, user=user, env=env)


def copied(server: Server, folder: Path) -> Server:
    """Another one that has the files of `server`, which is stopped."""
    made = prepare(folder)
    shutil.copytree(server.folder / "data", made.folder / "data", dirs_exist_ok=True)
    _give(folder, made.user)
    return made


def _give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, -1)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Let it run meanwhile; afterwards it is stopped in order, by its own script."""
    with (server.folder / "log").open("a") as log:
        process = subprocess.Popen(
            ["bash", server.folder / "etc/start.sh"], env=dict(server.env), user=server.user, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 120
        while server.script("ready.sh").returncode:
            assert process.poll() is None, (server.folder / "log").read_text()
            assert time.monotonic() < until, "the server did not become ready"
            time.sleep(0.2)
        yield server
        stopped = server.script("stop.sh").returncode
        assert (stopped, process.wait(30)) == (0, 0) or process.returncode == -signal.SIGKILL
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def kill(server: Server) -> None:
    """End the server as a dead node would."""
    os.kill(int((server.folder / "socket/mysqld.pid").read_text()), signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
