"""The scripts of a MySQL store on a real server of this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from mysql_lab import ANOTHER, WITHOUT_SERVER, Server, copied, kill, prepare, running, version

pytestmark = pytest.mark.skipif(version() is None, reason=WITHOUT_SERVER)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder into which another user may walk: the server never runs as root."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def made(place: Path) -> Server:
    """A stopped server that has started once, with one row."""
    server = prepare(place / "made")
    with running(server):
        server.ask("create table app.kept (id int primary key); insert into app.kept values (1)")
    return server


@pytest.fixture(scope="module")
def first(made: Server, place: Path) -> Iterator[Server]:
    """One that runs for all tests that only look at it."""
    with running(copied(made, place / "first")) as server:
        yield server


@pytest.fixture
def own(made: Server, place: Path, request: pytest.FixtureRequest) -> Server:
    """A stopped one of the test's own."""
    return copied(made, place / str(request.node.name))


def test_the_application_is_admitted_over_tls_alone(first: Server) -> None:
    assert first.ask("select current_user(), @@require_secure_transport") == "app@%\t1"
    refused = first.asked("select 1", "--ssl-mode=DISABLED")
    assert refused.returncode
    assert "insecure transport are prohibited" in refused.stderr


def test_another_password_is_refused(first: Server) -> None:
    refused = first.asked("select 1", password=ANOTHER)
    assert refused.returncode
    assert "Access denied" in refused.stderr


def test_root_has_no_way_in_over_the_network(first: Server) -> None:
    refused = first.asked("select 1", "--user=root", password="")
    assert refused.returncode
    assert "Access denied for user 'root'" in refused.stderr


def test_the_application_may_do_everything_in_its_database(first: Server) -> None:
    first.ask(
        "use app; create table made (id int primary key, at timestamp default current_timestamp);"
        "create trigger numbered before insert on made for each row set new.id = new.id + 1;"
        "create procedure add_one() insert into made (id) values (41); call add_one();"
        "create event nightly on schedule every 1 day do call add_one()"
    )
    assert first.ask("select id from app.made") == "42"


@pytest.mark.parametrize(
    "statement",
    [
        "create database other",
        "select user from mysql.user",
        "set global read_only = on",
        "create user x@'%' identified by 'y'",
        "select 1 into outfile '/tmp/file'",
        "flush logs",
    ],
)
def test_the_application_may_do_nothing_elsewhere(first: Server, statement: str) -> None:
    refused = first.asked(statement)
    assert refused.returncode
    assert "denied" in refused.stderr


def test_everything_that_a_later_move_follows_is_logged(first: Server) -> None:
    told = (
        "@@log_bin, @@binlog_format, @@binlog_row_image, @@gtid_mode, @@sync_binlog, @@innodb_flush_log_at_trx_commit"
    )
    assert first.ask(f"select {told}") == "1\tROW\tFULL\tON\t1\t1"


def test_a_probe_tells_a_server_that_runs_from_one_that_does_not(first: Server, own: Server) -> None:
    for script in ("alive.sh", "ready.sh"):
        assert first.script(script).returncode == 0
        assert own.script(script).returncode != 0


def test_a_killed_server_has_what_it_acknowledged(own: Server) -> None:
    with running(own):
        own.ask("insert into app.kept values (2)")
        kill(own)
    with running(own):
        assert own.ask("select count(*) from app.kept") == "2"


def test_the_password_of_the_day_is_set_at_a_start(own: Server) -> None:
    (own.folder / "run/auth/app-password").write_text(ANOTHER)
    with running(own):
        assert own.asked("select 1", "--ssl-mode=REQUIRED").returncode != 0
        assert own.asked("select id from app.kept", "--ssl-mode=REQUIRED", password=ANOTHER).stdout == "1\n"
    assert ANOTHER not in (own.folder / "log").read_text()


def test_what_an_interrupted_first_start_left_is_made_anew(place: Path) -> None:
    server = prepare(place / "interrupted")
    left = server.folder / "data/mysql.initialize"
    left.mkdir()
    (left / "ibdata1").write_text("half")
    os.chown(left, server.user, -1)
    with running(server):
        assert server.ask("select schema_name from information_schema.schemata where schema_name = 'app'") == "app"
    assert not left.exists()


def test_what_is_no_database_is_not_touched(own: Server) -> None:
    (own.folder / "data/mysql/mysql.ibd").unlink()
    before = sorted(path.name for path in (own.folder / "data/mysql").iterdir())
    done = own.start()
    assert done.returncode == 1
    assert "is not empty, yet holds no mysql.ibd" in done.stderr
    assert sorted(path.name for path in (own.folder / "data/mysql").iterdir()) == before


def test_a_server_that_cannot_open_its_files_ends_with_its_own_words(own: Server) -> None:
    shutil.copy("/dev/null", own.folder / "data/mysql/mysql.ibd")
    done = own.start()
    assert done.returncode == 1
    assert "[ERROR]" in done.stderr
    assert "the server ended while it was started" in done.stderr


def test_without_tls_it_serves_plaintext(place: Path) -> None:
    with running(prepare(place / "plain", tls=False)) as server:
        done = server.asked("select 1", "--ssl-mode=DISABLED", "--get-server-public-key")
        assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
