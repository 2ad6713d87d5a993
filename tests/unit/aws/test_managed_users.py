"""The Job's script on a real server: as an administrator who is no superuser, like that of a managed server."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "components" / "postgres" / "managed" / "scripts" / "users.sh"
PASSWORDS = {"admin": "test-admin", "app": "test-app", "backup": "test-backup", "restore": "test-restore"}
"""Test values."""

pytestmark = pytest.mark.skipif(
    not shutil.which("initdb") or not shutil.which("psql"), reason="no PostgreSQL server on PATH"
)


def unprivileged() -> dict[str, int]:
    """A server refuses to run as root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path("/tmp") / f"ladder-users-{port}"
    folder.mkdir(mode=0o755)
    who = unprivileged()
    if who:
        os.chown(folder, who["user"], who["group"])
    (folder / "pw").write_text("test-super")
    data = folder / "data"
    run = {"check": True, "capture_output": True, "cwd": folder, **who}
    subprocess.run(["initdb", "-D", data, "-U", "super", "-A", "scram-sha-256", f"--pwfile={folder / 'pw'}"], **run)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    subprocess.run(["pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], **run)
    try:
        psql(
            port,
            "super",
            "test-super",
            "postgres",
            "create role ladder login createdb createrole password 'test-admin'",
        )
        psql(port, "super", "test-super", "postgres", "create database app owner ladder")
        psql(port, "super", "test-super", "postgres", "grant pg_read_all_data to ladder with admin option")
        yield port
    finally:
        subprocess.run(["pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder)


def psql(port: int, user: str, password: str, database: str, sql: str) -> str:
    done = subprocess.run(
        ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", user, "-At", "-v", "ON_ERROR_STOP=1", "-c", sql, database],
        env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def job(port: int, folder: Path, **passwords: str) -> subprocess.CompletedProcess[str]:
    for user, password in (PASSWORDS | passwords).items():
        (folder / f"{user}-password").write_text(password)
    env = {
        **os.environ, "AUTH": str(folder), "PGSSLMODE": "disable", "PGHOST": "127.0.0.1", "PGPORT": str(port),
        "PGUSER": "ladder", "PGDATABASE": "postgres", "ATTEMPTS": "2", "PAUSE_SECONDS": "0",
    }  # fmt: skip
    return subprocess.run(["bash", SCRIPT], env=env, capture_output=True, text=True)


def test_the_job_makes_users_and_can_run_again(port: int, tmp_path: Path) -> None:
    for _ in range(2):
        done = job(port, tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    psql(port, "app", "test-app", "app", "create table if not exists t as select 1 as i")
    assert psql(port, "app", "test-app", "app", "select tableowner from pg_tables where tablename = 't'") == "app_owner"
    assert psql(port, "backup", "test-backup", "app", "select count(*) from t") == "1"
    assert psql(port, "restore", "test-restore", "app", "select rolcreatedb from pg_roles where rolname = user") == "t"
    for user in ("app", "backup", "restore"):
        rights = "rolsuper or rolcreaterole or rolreplication"
        assert (
            psql(port, "super", "test-super", "app", f"select {rights} from pg_roles where rolname = '{user}'") == "f"
        )


def test_another_password_is_taken(port: int, tmp_path: Path) -> None:
    assert job(port, tmp_path, app="test-app-2").returncode == 0
    assert psql(port, "app", "test-app-2", "app", "select 1") == "1"


def test_a_server_that_lets_nobody_in_ends_the_job_with_its_words(port: int, tmp_path: Path) -> None:
    done = job(port, tmp_path, admin="test-wrong")
    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert "REFUSED" in done.stderr
    assert "test-" not in done.stderr.replace("test_", "")
