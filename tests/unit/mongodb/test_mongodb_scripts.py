"""The shell scripts of a member, on folders of their own, with stand-ins for mongod and mongosh on PATH."""

import os
import shutil
import stat
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import mongodb_server as fake
import pytest
from mongodb_javascript import SCRIPTS

PRIMARY = {"isWritablePrimary": True, "secondary": False}
SECONDARY = {"isWritablePrimary": False, "secondary": True}
STARTING = {"isWritablePrimary": False, "secondary": False}
THREE = ("m-0:27017", "m-1:27017", "m-2:27017")
Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folders that a pod has, below one of the test's own."""
    (tmp_path / "etc").mkdir()
    for folder in ("data", "run/auth", "run/tls", "run/server", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    for script in SCRIPTS.glob("*.sh"):
        text = script.read_text()
        for path, here in (("/etc/ladder", "etc"), ("/run/ladder", "run"), ("/data/db", "data")):
            text = text.replace(path, str(tmp_path / here))
        (tmp_path / "etc" / script.name).write_text(text.replace("timeout 4", "timeout 1"))
    for name, content in (("auth/keyfile", "key"), ("tls/tls.key", "KEY\n"), ("tls/tls.crt", "CERTIFICATE\n")):
        (tmp_path / "run" / name).write_text(content)
    stand_in(tmp_path, "mongosh", called := f'printf "%s\\n" "$@" >{tmp_path}/$(basename "$0").called')
    stand_in(tmp_path, "mongod", f'[ "$1" != --version ] || {{ echo "db version v$VERSION.4"; exit; }}; {called}')
    return tmp_path


def stand_in(root: Path, program: str, body: str) -> None:
    path = root / "bin" / program
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def script(root: Path) -> Script:
    def run(name: str, port: int = 27017, **env: str) -> subprocess.CompletedProcess[str]:
        given = {
            "PATH": f"{root / 'bin'}:{os.environ['PATH']}",
            "SET": "mongodb",
            "PORT": str(port),
            "VERSION": "8.0",
            "TLS": "off",
            "CACHE_GIB": "0.25",
            **env,
        }
        bash = shutil.which("bash") or "bash"
        return subprocess.run(
            [bash, str(root / "etc" / name)], env=given, capture_output=True, text=True, timeout=30, check=False
        )

    return run


def test_the_servers_copies_are_for_its_user_alone(root: Path, script: Script) -> None:
    for _ in range(2):  # a pod's folders in memory outlive a restart of its containers
        assert script("prepare.sh", TLS="on").returncode == 0
        for name, content in (("keyfile", "key"), ("server.pem", "KEY\nCERTIFICATE\n")):
            path = root / "run" / "server" / name
            assert stat.S_IMODE(path.stat().st_mode) == 0o400
            assert path.read_text() == content


def test_without_tls_there_is_no_certificate_to_copy(root: Path, script: Script) -> None:
    shutil.rmtree(root / "run" / "tls")
    assert script("prepare.sh", TLS="off").returncode == 0
    assert [path.name for path in (root / "run" / "server").iterdir()] == ["keyfile"]


@pytest.mark.parametrize("missing", ["auth/keyfile", "tls/tls.key", "tls/tls.crt"])
def test_what_is_missing_is_not_served_without(root: Path, script: Script, missing: str) -> None:
    (root / "run" / missing).unlink()
    assert script("prepare.sh", TLS="on").returncode != 0


def started(root: Path) -> list[str]:
    return (root / "mongod.called").read_text().splitlines()


@pytest.mark.parametrize(
    ("tls", "there", "not_there"),
    [
        ("on", ["--tlsMode requireTLS", "--tlsAllowConnectionsWithoutCertificates"], "disabled"),
        ("off", ["--tlsMode disabled"], "--tlsCAFile"),
    ],
)
def test_every_member_asks_for_the_key_and_speaks_tls_unless_told_not_to(
    root: Path, script: Script, tls: str, there: list[str], not_there: str
) -> None:
    assert script("start.sh", TLS=tls).returncode == 0
    line = " ".join(started(root))
    key = root / "run" / "server" / "keyfile"
    for part in ["--replSet mongodb", "--bind_ip_all", f"--keyFile {key}", "--wiredTigerCacheSizeGB 0.25", *there]:
        assert part in line
    assert not_there not in line


@pytest.mark.parametrize(
    ("found", "version", "opens"),
    [
        (None, "8.0", True),
        ("8.0", "8.0", True),
        ("7.0", "8.0", True),
        ("8.0", "7.0", False),
        ("6.0", "8.0", False),
        ("9.0", "10.0", True),
        ("10.0", "9.0", False),
    ],
)
def test_data_of_a_version_that_the_server_cannot_open_is_refused(
    root: Path, script: Script, found: str | None, version: str, opens: bool
) -> None:
    if found:
        (root / "data" / ".ladder-version").write_text(found)
    came = script("start.sh", VERSION=version)
    assert (root / "mongod.called").exists() is opens
    assert (came.returncode == 0) is opens
    if not opens:
        assert f"last served by MongoDB {found}, this server is {version}" in came.stderr
        assert f'Set version: "{found}" again' in came.stderr


@pytest.mark.parametrize("tls", ["on", "off"])
@pytest.mark.parametrize(("says", "ready"), [(PRIMARY, True), (SECONDARY, True), (STARTING, False)])
def test_a_member_is_ready_when_it_serves(
    root: Path, script: Script, tmp_path: Path, says: dict[str, bool], ready: bool, tls: str
) -> None:
    with fake.serving(fake.reply(says, THREE), tmp_path if tls == "on" else None) as server:
        assert (script("ready.sh", server.port, TLS=tls).returncode == 0) is ready
    marker = root / "data" / ".ladder-version"
    assert (marker.read_text() if marker.exists() else None) == ("8.0" if ready else None)


def test_the_question_is_hello_as_the_protocol_wants_it(script: Script) -> None:
    with fake.serving(fake.reply(PRIMARY)) as server:
        assert script("hello.sh", server.port).returncode == 0
    (message,) = server.got
    assert struct.unpack("<iiii", message[:16]) == (len(message), 1, 0, fake.OP_MSG)
    assert message[16:21] == b"\0\0\0\0\0"
    document = message[21:]
    assert struct.unpack("<i", document[:4]) == (len(document),)
    assert document[4:] == b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0\0"


@pytest.mark.parametrize("answer", [b"", b"\x05\0\0", b"\0\0\0\0", b"HTTP/1.1 400 Bad Request\r\n\r\n", None])
def test_a_server_that_answers_nonsense_or_nothing_is_not_ready(script: Script, answer: bytes | None) -> None:
    with fake.serving(answer) as server:
        begun = time.monotonic()
        assert script("ready.sh", server.port).returncode != 0
        assert time.monotonic() - begun < 4


@pytest.mark.parametrize("answer", [fake.reply(PRIMARY), None], ids=["answers", "hangs"])
def test_no_client_is_left_behind(script: Script, tmp_path: Path, answer: bytes | None) -> None:
    with fake.serving(answer, tmp_path) as server:
        script("ready.sh", server.port, TLS="on")
        mine = f"127.0.0.1:{server.port}".encode()
        give_up = time.monotonic() + 2  # the fake keeps a connection longer than that
        while left := [path for path in Path("/proc").glob("[0-9]*/cmdline") if mine in read(path)]:
            assert time.monotonic() < give_up, left
            time.sleep(0.05)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_member_lives_while_it_takes_connections(script: Script) -> None:
    with fake.serving(None) as server:
        assert script("alive.sh", server.port).returncode == 0
    assert script("alive.sh", server.port).returncode != 0


@pytest.mark.parametrize(
    ("says", "hosts", "hands_over"),
    [
        (PRIMARY, THREE, True),
        (PRIMARY, THREE[:2], True),
        (PRIMARY, THREE[:1], False),
        (SECONDARY, THREE, False),
        (STARTING, (), False),
    ],
)
def test_only_a_primary_with_others_hands_over(
    root: Path, script: Script, says: dict[str, bool], hosts: tuple[str, ...], hands_over: bool
) -> None:
    with fake.serving(fake.reply(says, hosts)) as server:
        assert script("stop.sh", server.port).returncode == 0
    assert (root / "mongosh.called").exists() is hands_over


def test_a_server_that_is_gone_or_cannot_hand_over_may_end(root: Path, script: Script) -> None:
    stand_in(root, "mongosh", "exit 1")
    with fake.serving(fake.reply(PRIMARY, THREE)) as server:
        came = script("stop.sh", server.port)
    assert came.returncode == 0
    assert "could not hand over" in came.stderr
    assert script("stop.sh", server.port).returncode == 0
