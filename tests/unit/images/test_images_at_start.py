"""The server in an image is asked who it is before it may open any file; stand-ins answer in its place."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from components.kubernetes import scripts

SAYS = {
    "postgres": "postgres (PostgreSQL) {} (Debian {}-1.pgdg120+1)",
    "redis-server": "Redis server v={} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1",
    "valkey-server": "Valkey server v={} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1",
    "mysqld": "/usr/sbin/mysqld  Ver {} for Linux on x86_64 ((Debian))",
    "mariadbd": "mysqld  Ver {}-MariaDB for debian-linux-gnu on x86_64",
    "mongod": "db version v{}\nBuild Info: {{}}",
}
"""The first lines of `--version`; of MongoDB and MariaDB as their manuals show, of the others as they were read."""

PACKAGES = {
    "postgres": "components.postgres",
    "mongod": "components.mongodb",
    "mysqld": "components.mysql",
    "redis-server": "components.redis",
    "valkey-server": "components.redis",
}

RIGHT = [
    ("postgres", "17", "postgres", "17.2"),
    ("redis-server", "7.4", "redis-server", "7.4.2"),
    ("valkey-server", "8", "valkey-server", "8.1.1"),
    ("mongod", "8.0", "mongod", "8.0.4"),
    ("mysqld", "9.7", "mysqld", "9.7.4-2"),
]
WRONG = [
    ("postgres", "16", "postgres", "17.2"),
    ("postgres", "17", "postgres", "18beta1"),
    ("redis-server", "7.4", "valkey-server", "7.4.2"),
    ("valkey-server", "8", "valkey-server", "9.0.0"),
    ("redis-server", "7.0", "redis-server", "7.4.2"),
    ("mysqld", "8.4", "mysqld", "9.7.4"),
    ("mysqld", "8.4", "mysqld", "8.40.1"),
    ("mysqld", "10.1", "mariadbd", "10.1.19"),
    ("mongod", "8.0", "mongod", "8.2.1"),
    ("mongod", "8.0", "mongod", "7.0.14"),
]


def start(folder: Path, server: str, version: str, voice: str, says: str) -> subprocess.CompletedProcess[str]:
    """Run `start.sh` with a server that tells of itself what `voice` tells of its version `says`."""
    for name in ("bin", "etc", "data", "run/auth", "run/server"):
        (folder / name).mkdir(parents=True)
    for name in ("app-password", "admin-password"):
        (folder / "run" / "auth" / name).write_text("test")
    opened = f"touch {folder}/opened; exit 9"
    tell = SAYS[voice].format(says, says)
    for name, body in ((server, f'[ "$1" != --version ] || {{ echo "{tell}"; exit; }}; {opened}'), ("initdb", opened)):
        (folder / "bin" / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (folder / "bin" / name).chmod(0o755)
    text = scripts.read(PACKAGES[server])["start.sh"]
    for path, here in (("/etc/ladder", "etc"), ("/run/ladder", "run"), ("/data", "data")):
        text = text.replace(path, str(folder / here))
    (folder / "etc" / "start.sh").write_text(text)
    env = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}", "VERSION": version, "TLS": "off", "PORT": "1",
        "PGDATA": f"{folder}/data/pg", "SHARED_BUFFERS_MIB": "1",
        "SERVER": server, "ROLE": "store", "MAXMEMORY_MIB": "1", "CHECK": "true",
        "SET": "s", "CACHE_GIB": "1",
        "DATADIR": f"{folder}/data/my", "TEMPORARY": f"{folder}/data/temporary", "BUFFER_POOL_MIB": "1",
    }  # fmt: skip
    bash = shutil.which("bash") or "bash"
    return subprocess.run(
        [bash, folder / "etc" / "start.sh"], env=env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(("server", "version", "voice", "says"), RIGHT)
def test_the_server_of_the_settings_is_started(
    tmp_path: Path, server: str, version: str, voice: str, says: str
) -> None:
    done = start(tmp_path, server, version, voice, says)
    assert (tmp_path / "opened").exists(), done.stderr


@pytest.mark.parametrize(("server", "version", "voice", "says"), WRONG)
def test_another_engine_or_version_opens_no_file(
    tmp_path: Path, server: str, version: str, voice: str, says: str
) -> None:
    done = start(tmp_path, server, version, voice, says)
    assert done.returncode == 1
    assert "REFUSED: this image runs" in done.stderr
    assert "Nothing was opened. Set image to one of" in done.stderr
    assert not (tmp_path / "opened").exists()
    assert not any((tmp_path / "data").iterdir())


def test_a_server_that_tells_no_version_opens_no_file(tmp_path: Path) -> None:
    done = start(tmp_path, "mongod", "8.0", "postgres", "8.0")
    assert "of a version that it does not tell" in done.stderr
    assert not (tmp_path / "opened").exists()
