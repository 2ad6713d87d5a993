"""The hooks of Redis and Valkey against a real server on loopback, as the users that the server's own start makes."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from redis_lab import ENGINES, WITHOUT_SERVER, Server, serving

import components

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not ENGINES, reason=WITHOUT_SERVER),
]

ROOT = Path(components.__file__).parent / "redis"
SEED = """
set text hello
set number 12
setrange bits 9 x
rpush line a b c a
sadd numbers 1 2 3
sadd words one two three
zadd scores 1.5 a -inf b 0.1 c
hset fields a 1 b 2
xadd log 1-1 a 1
xadd log 2-1 b 2
xgroup create log readers 0
xreadgroup group readers me count 1 streams log >
set later x ex 86400
set soon x ex 600
pfadd guess a b c
geoadd places 13.3 38.1 Palermo
select 3
set elsewhere 1
"""


@pytest.fixture(params=ENGINES or ["none"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    assert RESTIC
    with serving(RESTIC, request.param) as made:
        yield made


def seeded(server: Server) -> None:
    said = server.ask(said=SEED)
    assert "ERR" not in said, said
    lines = "".join(
        f"set key:{n} {n * 7}\nzadd many {n}.25 m{n}\nhset map f{n} {n}\nsadd all e{n}\n" for n in range(2000)
    )
    server.ask(said=lines)


def test_everything_comes_back_as_it_was(server: Server) -> None:
    seeded(server)
    taken = server.jobs.job("backup")
    assert taken["ok"], taken["why"]
    assert taken["amount"] == 2017
    assert server.jobs.job("verify")["lines"] == taken["lines"]
    ends = server.ask("pexpiretime", "later")
    server.ask("del", "map", "log")
    server.ask("set", "text", "other")
    assert server.jobs.job("restore")["code"] == 50
    assert server.ask("get", "text") == "other"
    done = server.jobs.job("restore", OVERWRITE="1")
    assert done["ok"], done["why"] + done["log"]
    assert server.ask("get", "text") == "hello"
    assert server.ask("hlen", "map") == "2000"
    assert server.ask("pexpiretime", "later") == ends
    assert server.ask("-n", "3", "get", "elsewhere") == "1"
    assert server.ask("xpending", "log", "readers").split("\n")[0] == "1"
    assert server.ask("exists", "ladder:restoring") == "0"
    assert done["kept"] == "database 16 19"
    assert server.ask("-n", "16", "get", "text") == "other"


def test_an_emptied_store_is_suspicious_and_comes_back(server: Server) -> None:
    seeded(server)
    full = server.jobs.job("backup")["run"]
    server.ask("flushdb")
    server.ask("-n", "3", "flushdb")
    report = server.jobs.job("backup")
    assert report["code"] == 23
    assert full in report["why"]
    done = server.jobs.job("restore")
    assert done["ok"], done["why"]
    assert (done["run"], done["kept"]) == (full, "")
    assert server.ask("get", "text") == "hello"


def test_a_run_put_back_beside_the_data_leaves_it_alone(server: Server) -> None:
    seeded(server)
    server.jobs.job("backup")
    server.ask("set", "text", "other")
    done = server.jobs.job("restore", INTO="20")
    assert done["ok"], done["why"] + done["log"]
    assert (server.ask("get", "text"), server.ask("-n", "20", "get", "text")) == ("other", "hello")
    assert server.ask("-n", "20", "exists", "ladder:restoring") == "0"
    assert server.jobs.job("restore", INTO="3")["code"] == 50


def test_what_is_written_during_a_backup_does_not_make_it_differ(server: Server) -> None:
    seeded(server)
    writer = subprocess.Popen(
        [f"{server.engine}-cli", "-p", server.port, "--no-auth-warning", "--user", "app", "-r", "-1", "incr", "number"],
        env=server.jobs.env | {"REDISCLI_AUTH": "test-app"}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        taken = server.jobs.job("backup")
        assert taken["ok"], taken["why"]
        proven = server.jobs.job("verify")
        assert proven["ok"], proven["why"]
        assert int(server.ask("get", "number")) > 100
    finally:
        writer.kill()
        writer.wait()


def test_what_ends_between_run_and_proof_is_no_difference(server: Server) -> None:
    seeded(server)
    server.ask("set", "short", "x", "px", "2500")
    taken = server.jobs.job("backup")
    assert taken["ok"], taken["why"]
    proven = server.jobs.job("verify")
    assert proven["ok"], proven["why"]
    assert proven["amount"] == 2017


def test_the_users_of_jobs_do_what_they_must_and_no_more(server: Server) -> None:
    seeded(server)
    for user, command in (
        ("backup", ("get", "text")),
        ("backup", ("set", "text", "x")),
        ("backup", ("config", "get", "*")),
        ("restore", ("flushall",)),
        ("restore", ("config", "set", "dir", "/tmp")),
        ("restore", ("acl", "list")),
        ("app", ("swapdb", "0", "1")),
    ):
        assert "NOPERM" in server.ask(*command, user=user), (user, command)


def test_a_server_that_is_down_or_refuses_is_told(server: Server) -> None:
    seeded(server)
    server.jobs.put("secrets/store/password", "test-other")
    assert server.jobs.job("backup")["code"] == 21
    server.stop()
    assert server.jobs.job("backup")["code"] == 20
    server.start()
    assert server.ask("get", "text") == "hello"
    assert server.jobs.runs() == []


def test_a_dump_that_breaks_off_leaves_no_run(server: Server) -> None:
    seeded(server)
    hooks = (ROOT / "backup" / "store.sh").read_text()
    server.jobs.put("scripts/store.sh", f"{hooks}\ndump() {{ as store; ask --rdb - | head -c 2000; return 3; }}\n")
    assert server.jobs.job("backup")["code"] == 22
    assert server.jobs.runs() == []


def test_a_damaged_repository_is_found(server: Server) -> None:
    seeded(server)
    assert server.jobs.job("backup")["ok"]
    packs = sorted((server.jobs.folder / "repository" / "data").rglob("?" * 64), key=lambda it: it.stat().st_size)
    whole = packs[-1].read_bytes()
    packs[-1].chmod(0o600)
    packs[-1].write_bytes(whole[: len(whole) // 2])
    assert server.jobs.job("verify")["code"] == 40
    server.ask("set", "text", "other")
    assert server.jobs.job("restore", OVERWRITE="1")["code"] == 40
    assert server.ask("get", "text") == "other"


def test_a_restore_that_is_killed_changes_nothing_and_the_next_one_goes_through(server: Server) -> None:
    seeded(server)
    run = server.jobs.job("backup")["run"]
    server.ask("set", "text", "other")
    hooks = (ROOT / "backup" / "store.sh").read_text()
    server.jobs.put("scripts/store.sh", f"{hooks}\ntarget_manifest() {{ kill -KILL $$; }}\n")
    killed = server.jobs.start("restore", OVERWRITE="1")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert server.ask("get", "text") == "other"
    assert server.ask("-n", "16", "exists", "ladder:restoring") == "1"
    server.jobs.put("scripts/store.sh", hooks)
    for pid in server.jobs.folder.glob("scratch/pid"):
        os.kill(int(pid.read_text()), signal.SIGKILL)
    shutil.rmtree(server.jobs.folder / "scratch")
    (server.jobs.folder / "scratch").mkdir()
    server.jobs.own()
    done = server.jobs.job("restore", OVERWRITE="1", RUN=run)
    assert done["ok"], done["why"]
    assert server.ask("get", "text") == "hello"
    assert server.ask("exists", "ladder:restoring") == "0"
