"""PostgreSQL's hooks against a real server on loopback, as the users that the server's own scripts make."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from postgres_lab import BIN, SERVERS, WITHOUT_SERVER, Server, serving

import components

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not SERVERS, reason=WITHOUT_SERVER),
]

ROOT = Path(components.__file__).parent / "postgres"
SEED = r"""
create table customer (id serial primary key, name text check (name in ('a', 'b')), note jsonb);
insert into customer (name, note) select 'a', jsonb_build_object('n', n) from generate_series(1, 1000) n;
create table "We""ird	name" ("a b" float8, money money, span interval, raw bytea);
insert into "We""ird	name" values (0.1, 12.5, '1 day 2 hours', '\x00ff'), ('NaN', null, null, null);
create table secret (id int);
alter table secret enable row level security;
alter table secret force row level security;
create policy nobody on secret using (false);
create index on customer (name);
create view named as select * from customer where name = 'a';
create materialized view counted as select count(*) from customer;
create function one() returns int language sql as 'select 1';
create table parted (at date not null) partition by range (at);
create table parted_2026 partition of parted for values from ('2026-01-01') to ('2027-01-01');
insert into parted values ('2026-05-05');
create table nothing ();
insert into nothing default values;
select lo_create(4242);
select lo_put(4242, 0, 'hello');
select nextval('customer_id_seq');
"""


@pytest.fixture
def server() -> Iterator[Server]:
    assert RESTIC
    with serving(RESTIC) as made:
        yield made


def seeded(server: Server) -> None:
    done = server.as_user("app", SEED)
    assert done.returncode == 0, done.stderr


def test_everything_comes_back_as_it_was(server: Server) -> None:
    seeded(server)
    taken = server.jobs.job("backup")
    assert taken["amount"] == 1004
    assert server.jobs.job("verify")["lines"] == taken["lines"]
    before = server.as_user("app", "select sum(hashtext(c::text)) from customer c").stdout
    server.as_user("app", "drop table customer cascade; select lo_unlink(4242)")
    assert server.jobs.job("restore")["code"] == 50
    done = server.jobs.job("restore", OVERWRITE="1")
    assert done["ok"], done["why"]
    assert done["kept"].startswith("app_before_")
    assert server.as_user("app", "select sum(hashtext(c::text)) from customer c").stdout == before
    assert (
        server.as_user("app", "select convert_from(lo_get(4242), 'UTF8'), current_user").stdout == "hello|app_owner\n"
    )
    assert server.as_user("app", "select nextval('customer_id_seq')").stdout == "1002\n"
    assert server.jobs.job("backup", ACCEPT_EMPTY="1")["ok"]


def test_a_restore_into_an_empty_store_leaves_nothing_behind(server: Server) -> None:
    seeded(server)
    server.jobs.job("backup")
    for statement in ("drop schema public cascade", "create schema public", "select lo_unlink(4242)"):
        server.as_user("app", statement)
    done = server.jobs.job("restore")
    assert (done["ok"], done["kept"]) == (True, "")
    assert server.psql("-d", "postgres", "-c", "select count(*) from pg_database where not datistemplate") == "2"


def test_tables_without_a_row_are_an_empty_store(server: Server) -> None:
    """A new environment's application makes its tables before anybody can restore."""
    seeded(server)
    server.jobs.job("backup")
    for statement in ("drop schema public cascade", "create schema public", "select lo_unlink(4242)"):
        server.as_user("app", statement)
    server.as_user("app", "create table fresh (id serial primary key)")
    assert server.jobs.job("restore")["ok"]
    server.as_user("app", "truncate customer")
    assert server.jobs.job("restore")["code"] == 50


def test_what_is_written_during_a_backup_is_in_it_as_a_whole_or_not_at_all(server: Server) -> None:
    server.as_user("app", "create table a (id serial, n int); create table b (n int)")
    write = (
        "for i in $(seq 400); do echo 'begin; insert into a (n) values (1); insert into b values (1); commit;'; done"
    )
    address = f"postgresql://app:test-app@127.0.0.1:{server.port}/app"
    writer = subprocess.Popen(
        ["bash", "-c", f"{write} | '{BIN}/psql' -X -q {address} >/dev/null; {write} | '{BIN}/psql' -X -q {address}"]
    )
    try:
        assert server.jobs.job("backup")["ok"]
        assert server.jobs.job("verify")["ok"]
        server.jobs.job("restore", INTO="beside")
    finally:
        writer.kill()
        writer.wait()
    counts = server.psql("-d", "beside", "-c", "select (select count(*) from a) = (select count(*) from b)")
    assert counts == "t"


def test_the_backup_user_reads_everything_and_changes_nothing(server: Server) -> None:
    seeded(server)
    assert server.as_user("backup", "select count(*) from customer").stdout == "1000\n"
    assert server.as_user("backup", "set row_security = off; select count(*) from secret").returncode == 0
    for statement in (
        "insert into customer (name) values ('a')",
        "delete from customer",
        "create table mine (n int)",
        "drop table customer",
        "set role app_owner",
        "alter role app password 'x'",
        "select pg_read_file('/etc/passwd')",
    ):
        done = server.as_user("backup", f"set default_transaction_read_only = off; {statement}")
        assert done.returncode != 0, statement
    assert server.as_user("backup", "select 1", database="postgres").returncode != 0
    assert server.as_user("app", "select 1", database="postgres").returncode != 0


def test_the_restore_user_rules_nothing_but_the_applications_databases(server: Server) -> None:
    for statement in (
        "create role mine",
        "alter system set fsync = off",
        "drop database postgres",
        "set role postgres",
    ):
        assert server.as_user("restore", statement, database="postgres").returncode != 0, statement


def test_a_server_that_is_down_is_told(server: Server) -> None:
    server.stop()
    report = server.jobs.job("backup")
    server.start()
    assert report["code"] == 20
    assert server.jobs.runs() == []


def test_a_wrong_password_is_told(server: Server) -> None:
    server.jobs.put("secrets/store/password", "test-other")
    report = server.jobs.job("backup")
    assert report["code"] == 21
    assert "password authentication failed" in report["why"]


def test_a_server_that_dies_under_the_dump_leaves_no_run(server: Server) -> None:
    seeded(server)
    hooks = (ROOT / "backup" / "store.sh").read_text()
    stop = f'"{BIN}/pg_ctl" stop -s -m immediate -D "$LAB/pg"'
    pg_dump = f'pg_dump() {{ command pg_dump "$@" | head -c 4000; {stop}; command pg_dump "$@"; }}'
    server.jobs.put("scripts/store.sh", f"{hooks}\n{pg_dump}\n")
    report = server.jobs.job("backup")
    server.start()
    assert report["code"] == 22
    assert server.jobs.runs() == []


def test_a_database_that_lost_everything_is_suspicious(server: Server) -> None:
    seeded(server)
    full = server.jobs.job("backup")["run"]
    server.as_user("app", 'truncate customer, parted, nothing, "We""ird\tname"')
    report = server.jobs.job("backup")
    assert report["code"] == 23
    assert full in report["why"]


def test_a_sequence_that_would_hand_out_old_numbers_again_is_a_difference(server: Server) -> None:
    """Sequences are in no snapshot, so a load that forgot to set one must be told from one that goes on counting."""
    seeded(server)
    taken = server.jobs.job("backup")
    hooks = (ROOT / "backup" / "store.sh").read_text()
    forgets = 'throwaway_manifest() { ask -c "alter sequence customer_id_seq restart" >/dev/null; lines_of; }'
    server.jobs.put("scripts/store.sh", f"{hooks}\n{forgets}\n")
    report = server.jobs.job("verify")
    assert (report["run"], report["code"]) == (taken["run"], 40)
    assert "> sequence public.customer_id_seq 1 behind" in report["why"]


def test_what_a_failed_try_left_is_no_obstacle(server: Server) -> None:
    seeded(server)
    run = server.jobs.job("backup")["run"]
    left = "ladder_restore_" + run.lower().replace("-", "_")
    assert server.as_user("restore", f"create database {left}", database="postgres").returncode == 0
    assert server.jobs.job("restore", OVERWRITE="1")["ok"]


def test_the_fingerprint_does_not_ask_in_which_order_rows_lie(server: Server) -> None:
    for database, order in (("one", "asc"), ("two", "desc")):
        server.psql("-d", "postgres", "-c", f"create database {database}")
        server.psql(
            "-d",
            database,
            "-c",
            f"create table t as select n, md5(n::text) from generate_series(1, 500) n order by n {order}",
        )
    sql = str(server.jobs.folder / "scripts" / "manifest.sql")
    one, two = (server.psql("-d", database, "-f", sql) for database in ("one", "two"))
    assert one == two
    server.psql("-d", "two", "-c", "update t set md5 = 'x' where n = 250")
    assert server.psql("-d", "two", "-f", sql) != one


def test_shutil_finds_the_programs_that_official_images_have() -> None:
    """What the hooks call beside the database's own programs is in every Debian image."""
    assert [
        name for name in ("bash", "awk", "sed", "sort", "diff", "od", "timeout", "tee") if not shutil.which(name)
    ] == []
