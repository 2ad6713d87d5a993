"""Ending all writes for a move: enforced by the server itself, over its restarts, and taken back."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from postgres_lab import BIN, SERVERS, WITHOUT_SERVER, Server, serving

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not SERVERS, reason=WITHOUT_SERVER),
]


@pytest.fixture
def server() -> Iterator[Server]:
    assert RESTIC
    with serving(RESTIC) as made:
        assert made.as_user("app", "create table t (n int)").returncode == 0
        assert rows(made, "insert into t select generate_series(1, 5)") == 5
        yield made


def rows(server: Server, first: str = "") -> int | str:
    """How many the application sees, or why it sees none."""
    done = server.as_user("app", f"{first}; select count(*) from t" if first else "select count(*) from t")
    return done.stderr if done.returncode else int(done.stdout.splitlines()[-1])


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def session(*where: str) -> subprocess.Popen[str]:
    program = [str(BIN / "psql"), "-X", *where]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_nobody_writes_to_a_frozen_store_until_it_is_thawed(server: Server) -> None:
    for _ in "twice":
        assert server.jobs.job("freeze")["ok"]
        assert "permission denied for database" in str(rows(server))
    server.stop()
    server.start()
    server.psql("-d", "postgres", "-f", str(server.jobs.folder / "roles.sql"))
    assert "permission denied for database" in str(rows(server))
    assert server.jobs.job("backup")["amount"] == 5
    for _ in "twice":
        assert server.jobs.job("freeze", THAW="1")["ok"]
        assert rows(server, "insert into t values (6); delete from t where n = 6") == 5


def test_a_session_that_was_open_ends_and_its_transaction_with_it(server: Server) -> None:
    open_one = session(f"postgresql://app:test-app@127.0.0.1:{server.port}/app")
    began = server.jobs.folder / "tmp" / "began"
    assert open_one.stdin
    open_one.stdin.write(f"begin; insert into t values (6);\n\\! touch {began}\n")
    open_one.stdin.flush()
    until(began.exists)
    assert server.jobs.job("freeze")["ok"]
    _, errors = open_one.communicate("commit;\n", timeout=30)
    assert "terminating connection" in errors or "closed the connection" in errors
    assert server.jobs.job("backup")["amount"] == 5


def test_who_cannot_be_shown_out_is_named_and_nothing_is_frozen(server: Server) -> None:
    superuser = session("-h", str(server.jobs.folder), "-p", server.port, "-U", "postgres", "app")
    there = "select 1 from pg_stat_activity where datname = 'app' and usename = 'postgres'"
    try:
        until(lambda: server.psql("-d", "postgres", "-c", there))
        done = server.jobs.job("freeze", WRITER_SECONDS="1")
        assert done["code"] == 51
        assert re.search(r"user postgres, process \d+ \(psql\)", done["why"])
        assert "as the administrator: select pg_terminate_backend(PROCESS)" in done["fix"]
        assert rows(server) == 5
    finally:
        superuser.communicate("", timeout=30)


def test_a_session_in_a_pod_is_ended_by_a_command_that_is_shown(server: Server) -> None:
    store = server.jobs.folder / "scripts" / "store.sh"
    done = subprocess.run(
        ["bash", "-c", f'source {store}; PGHOST=books.ladder-prod.svc; end_writers'],
        env={**server.jobs.env, "PGHOST": ""}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    words = 'kubectl --namespace ladder-prod exec books-0 -- psql -h /var/run/postgresql -U postgres app -c "select '
    assert done.stdout.startswith(words)


def test_what_is_frozen_is_not_opened_by_a_restore(server: Server) -> None:
    run = server.jobs.job("backup")["run"]
    rows(server, "insert into t values (6)")
    assert server.jobs.job("freeze")["ok"]
    for env in ({"OVERWRITE": "1"}, {"OVERWRITE": "1", "RUN": run}, {}):
        refused = server.jobs.job("restore", **env)
        assert (refused["code"], "the store is frozen" in refused["why"]) == (50, True)
    assert server.jobs.job("restore", INTO="beside")["ok"]
    assert "permission denied for database" in str(rows(server))
    server.jobs.job("freeze", THAW="1")
    assert rows(server) == 6


def test_what_moved_away_may_come_back_and_what_was_frozen_stays_beside_it(server: Server) -> None:
    run = server.jobs.job("backup")["run"]
    rows(server, "insert into t values (6)")
    server.jobs.job("freeze")
    assert server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1", CHECK="1")["ok"]
    assert "permission denied for database" in str(rows(server))
    back = server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1")
    assert (back["ok"], back["saved"]) == (True, "")
    assert rows(server) == 5
    assert server.psql("-d", back["kept"], "-c", "select count(*) from t") == "6"
    # Again, as after a kill: it is there, and open.
    assert server.jobs.job("restore", RUN=run, REPLACE_KNOWN="1")["ok"]
    assert rows(server) == 5


def test_what_a_run_holds_already_is_not_restored_again(server: Server) -> None:
    run = server.jobs.job("backup")["run"]
    again = server.jobs.job("restore", RUN=run)
    assert (again["ok"], again["amount"]) == (True, 5)
    assert "holds run" in again["log"]
    assert rows(server, "insert into t values (6)") == 6
    assert server.jobs.job("restore", RUN=run)["code"] == 50


def test_what_an_earlier_try_brought_gives_way_and_nothing_else_does(server: Server) -> None:
    server.jobs.job("backup")
    rows(server, "insert into t values (6)")
    second = server.jobs.job("backup")["run"]
    rows(server, "delete from t where n = 6")
    assert server.jobs.job("restore", RUN=second, REPLACE_KNOWN="1")["kept"] == ""
    assert rows(server, "insert into t values (7)") == 7
    assert server.jobs.job("restore", RUN=second, REPLACE_KNOWN="1")["code"] == 50


def test_a_check_changes_nothing(server: Server) -> None:
    server.jobs.job("backup")
    rows(server, "delete from t")
    assert server.jobs.job("restore", CHECK="1")["ok"]
    assert rows(server) == 0
    rows(server, "insert into t values (9)")
    assert server.jobs.job("restore", CHECK="1")["code"] == 50
