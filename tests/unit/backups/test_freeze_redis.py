"""Ending all writes of Redis and Valkey for a move: asked for by a job, done by the server's own pod, over restarts."""

import subprocess
import time
from collections.abc import Iterator

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from redis_lab import ENGINES, WITHOUT_SERVER, Server, serving

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not ENGINES, reason=WITHOUT_SERVER),
]
OUT = "NOAUTH"


@pytest.fixture(params=ENGINES or ["none"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    assert RESTIC
    with serving(RESTIC, request.param) as made:
        made.ask("set", "kept", "1")
        yield made


def session(server: Server, user: str) -> subprocess.Popen[str]:
    password = {"ladder": "test-admin"}.get(user, f"test-{user}")
    return subprocess.Popen(
        [f"{server.engine}-cli", "-p", server.port, "--no-auth-warning", "--user", user],
        env=server.jobs.env | {"REDISCLI_AUTH": password},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_nobody_writes_to_a_frozen_store_until_it_is_thawed(server: Server) -> None:
    with server.probed():
        for _ in range(2):
            assert server.jobs.job("freeze")["ok"]
            assert OUT in server.ask("set", "kept", "2")
        assert server.jobs.job("backup")["amount"] == 1
    # Also by a server that lost the last second of what it was told, and before anybody probes it.
    server.ask("-n", "32", "del", "ladder:frozen", user="ladder")
    server.stop()
    server.start()
    assert OUT in server.ask("set", "kept", "2")
    with server.probed():
        for _ in range(2):
            assert server.jobs.job("freeze", THAW="1")["ok"]
            assert server.ask("incr", "kept") in ("2", "3")
    server.stop()
    server.start()
    assert server.ask("get", "kept") == "3"


def test_a_session_that_was_open_ends_and_what_it_began_with_it(server: Server) -> None:
    with session(server, "app") as open_one, server.probed():
        assert open_one.stdin
        assert open_one.stdout
        open_one.stdin.write("multi\nset kept 9\n")
        open_one.stdin.flush()
        assert [open_one.stdout.readline().strip() for _ in range(2)] == ["OK", "QUEUED"]
        assert server.jobs.job("freeze")["ok"]
        said, _ = open_one.communicate("exec\n", timeout=30)
        assert "OK" not in said
        assert server.ask("get", "kept", user="ladder") == "1"


def test_who_cannot_be_shown_out_is_named_and_nothing_is_frozen(server: Server) -> None:
    server.ask("acl", "setuser", "other", "on", ">test-other", "~*", "+@all", user="ladder")
    with session(server, "other") as other, server.probed():
        assert other.stdin
        other.stdin.write("ping\n")
        other.stdin.flush()
        done = server.jobs.job("freeze", WRITER_SECONDS="4")
        other.communicate("", timeout=30)
    assert (done["code"], "user other, from 127.0.0.1" in done["why"]) == (51, True), done
    assert server.ask("get", "kept") == "1"


def test_what_is_frozen_is_not_opened_by_a_restore(server: Server) -> None:
    run = server.jobs.job("backup")["run"]
    server.ask("set", "kept", "2")
    with server.probed():
        assert server.jobs.job("freeze")["ok"]
        for env in ({"OVERWRITE": "1"}, {"OVERWRITE": "1", "RUN": run}, {}):
            refused = server.jobs.job("restore", **env)
            assert (refused["code"], "the store is frozen" in refused["why"]) == (50, True)
        assert server.jobs.job("restore", INTO="16")["ok"]
        assert OUT in server.ask("get", "kept")
        server.jobs.job("freeze", THAW="1")
        assert server.ask("get", "kept") == "2"


def test_what_moved_away_may_come_back_and_what_was_frozen_stays_beside_it(server: Server) -> None:
    run = server.jobs.job("backup")["run"]
    server.ask("set", "kept", "2")
    with server.probed():
        server.jobs.job("freeze")
        assert server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1", CHECK="1")["ok"]
        assert OUT in server.ask("get", "kept")
        back = server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1")
        assert (back["ok"], back["saved"], back["kept"]) == (True, "", "database 16"), back
        assert (server.ask("get", "kept"), server.ask("-n", "16", "get", "kept")) == ("1", "2")
        # Again, as after a kill: it is there, and open.
        assert server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1")["ok"]
        assert server.ask("incr", "kept") == "2"


def test_a_pod_that_does_not_act_is_no_freeze(server: Server) -> None:
    done = server.jobs.job("freeze", WRITER_SECONDS="1")
    assert not done["ok"]
    assert server.ask("get", "kept") == "1"
    # It takes nothing away later either.
    server.script("ready.sh").wait()
    assert server.ask("set", "kept", "2") == "OK"


def test_a_run_that_was_taken_frozen_freezes_nothing_where_it_goes(server: Server) -> None:
    with server.probed():
        assert server.jobs.job("freeze")["ok"]
        run = server.jobs.job("backup")["run"]
        server.jobs.job("freeze", THAW="1")
        server.ask("set", "kept", "2")
        assert server.jobs.job("restore", RUN=run, OVERWRITE="1")["ok"]
        time.sleep(1)
    assert server.ask("get", "kept") == "1"
    assert server.ask("exists", "ladder:frozen") == "0"
    assert server.ask("-n", "32", "dbsize") == "0"


def test_what_an_earlier_try_brought_gives_way_and_nothing_else_does(server: Server) -> None:
    server.ask("set", "later", "x", "ex", "86400")
    server.ask("set", "soon", "x", "px", "1500")
    first = server.jobs.job("backup")["run"]
    server.ask("set", "kept", "2")
    second = server.jobs.job("backup")["run"]
    server.ask("set", "kept", "1")
    for run in (second, first):
        done = server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1")
        assert (done["ok"], done["kept"]) == (True, ""), done
    assert server.ask("-n", "16", "dbsize") == "0"
    again = server.jobs.job("restore", RUN=first)
    assert "holds run" in again["log"]
    server.ask("set", "kept", "3")
    assert server.jobs.job("restore", RUN=second, REPLACE_KNOWN="1")["code"] == 50
    assert server.ask("get", "kept") == "3"


def test_transactions_scripts_and_functions_outlast_a_crash_and_strangers_stay_out(server: Server) -> None:
    server.ask(said="multi\nset first 1\nset second 2\nexec\n")
    server.ask("eval", "redis.call('set', 'third', 3) redis.call('set', 'fourth', 4)", "0")
    function = (
        "redis.register_function('both', function() redis.call('set', 'fifth', 5) redis.call('set', 'sixth', 6) end)"
    )
    server.ask("function", "load", f"#!lua name=mine\n{function}", user="ladder")
    server.ask("fcall", "both", "0")
    time.sleep(1.1)
    server.stop()
    server.start()
    assert server.ask("mget", "first", "second", "third", "fourth", "fifth", "sixth").split() == list("123456")
    for login in ([], ["--user", "default"], ["--user", "default", "--pass", "test-app"]):
        said = subprocess.run(
            [f"{server.engine}-cli", "-p", server.port, *login, "get", "kept"],
            check=False,
            capture_output=True,
            text=True,
        )
        assert "NOAUTH" in said.stdout
