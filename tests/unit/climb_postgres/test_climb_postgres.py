# ruff: noqa: E501 (statements stand as they would in a file of SQL)
"""PostgreSQL from one server to another while an application writes: nothing lost, nothing doubled."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.unit.climb_postgres.two_servers import BIN, SERVERS, WITHOUT_SERVER, Pair, Writer, pair

pytestmark = pytest.mark.skipif(not SERVERS, reason=WITHOUT_SERVER)

ODD = r"""
create type mood as enum ('fine', 'so-so: [x] new-tuple: a[integer]:1');
create domain positive as int check (value > 0);
create table "Odd Table" (
    id bigint generated always as identity primary key, "Column: [1]" text, tags text[], j jsonb, js json, raw bytea,
    price numeric(12, 4), big numeric, at timestamptz, local timestamp, day date, span interval, f4 float4, f8 float8,
    yes boolean, bits bit(5), net inet, u uuid, m mood, p positive, c char(6), r int4range,
    doubled int generated always as (f4::int * 2) stored);
create table parted (id int, region text, primary key (id, region)) partition by list (region);
create table parted_eu partition of parted for values in ('eu');
create table parted_us partition of parted for values in ('us');
create table bare (a int, note text, js json);
alter table bare replica identity full;
create table parent (id int primary key);
create table child (id int primary key, parent int references parent on delete cascade on update cascade);
create table audit (id serial primary key, what text);
create function audited() returns trigger language plpgsql as $$ begin
    insert into audit (what) values (tg_op); return new; end $$;
create trigger audited after insert or update on parent for each row execute function audited();
create view fine as select id from "Odd Table" where m = 'fine';
"""
FIRST = r"""
insert into "Odd Table" ("Column: [1]", tags, j, js, raw, price, big, at, local, day, span, f4, f8, yes, bits, net, u, m, p, c, r)
select E'it''s \\ "quoted"\n\ttab ] ü€😀 new-tuple: x[text]:''y''' || n, array['a,b', null, '"', '{}'], '{"a": [1, null, "x''y"]}', '{"k": 1,  "k": 2}',
    '\x00ff27'::bytea, n / 3.0, 'NaN', 'infinity', '2026-11-27 12:00:00.123456', '-infinity', '1 mon -2 days 03:04:05.6', 1.1, 'Infinity',
    n % 2 = 0, B'10101', '198.18.0.0/15', '0b1f6471-1bf0-4dda-aec3-111122223333', 'so-so: [x] new-tuple: a[integer]:1', n, 'ab ', int4range(1, n + 2)
from generate_series(1, 50) n;
insert into parted select n, case when n % 2 = 0 then 'eu' else 'us' end from generate_series(1, 40) n;
insert into bare values (1, null, '{"a": 1}'), (1, null, '{"a": 1}'), (null, 'x', null);
insert into parent select generate_series(1, 20);
insert into child select n, n from generate_series(1, 20) n;
"""
SECOND = r"""
insert into "Odd Table" ("Column: [1]", raw) values (repeat('long text that is stored apart ', 400) || random(), '\x');
update "Odd Table" set price = 0.5, big = -1e30, at = '-infinity', j = '"\\\n"', f8 = '-Infinity', tags = '{}' where id % 3 = 0;
update "Odd Table" set yes = null, m = 'fine', c = '' where id > 50;
delete from "Odd Table" where id % 7 = 0;
update parted set region = 'us' where id % 4 = 0;
delete from bare where ctid = (select min(ctid) from bare where a = 1);
update bare set note = 'it''s', js = '[1,2]' where a is null;
update parent set id = id + 100 where id > 15;
delete from parent where id < 5;
begin; insert into parent values (500); savepoint s; insert into parent values (501); rollback to s; commit;
truncate parted_us;
insert into parted values (1000, 'us');
"""
ALL = (
    'select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from "Odd Table" t',
    "select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from parted t",
    "select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from bare t",
    "select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from child t",
    "select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from audit t",
    "select last_value, is_called from audit_id_seq",
    "select count(*) from fine",
    "select tgname, tgenabled from pg_trigger where not tgisinternal order by 1",
)


@pytest.fixture
def both() -> Iterator[Pair]:
    with pair() as made:
        yield made


def test_every_type_arrives_under_writes_and_the_pause_is_short(both: Pair) -> None:
    both.sql(ODD)
    both.sql(FIRST)
    looked = both.step("check")
    assert (looked["ok"], looked["obstacles"]) == (True, [])
    writer = Writer(both)
    writer.start()
    copied = both.step("copy")
    assert copied["ok"], copied
    assert copied["receipt"].startswith("cutover.")
    assert "permission denied" in both.target.as_user("app", "select 1").stderr
    both.sql(SECOND)
    gate = both.step("gate")
    assert gate["ok"], gate
    assert gate["receipt"].startswith("gate.")
    assert float(gate["pause_seconds"]) < 60
    assert "permission denied" in both.source.as_user("app", "select 1").stderr
    assert writer.stop() > 10
    assert writer.all_there(both.target)
    assert both.same(*ALL)
    assert both.target.as_user("app", "insert into audit (what) values ('new') returning id").returncode == 0
    again = both.step("gate")
    assert (again["ok"], again["open"]) == (True, True)
    ended = both.step("end")
    assert ended["ok"], ended
    assert both.rows(both.source, "select count(*) from pg_replication_slots") == "0"
    assert both.rows(both.target, "select count(*) from pg_namespace where nspname = 'ladder_climb'") == "0"


def test_back_lets_the_application_in_again_and_leaves_nothing(both: Pair) -> None:
    both.sql("create table t (n int primary key); insert into t values (1)")
    assert both.step("copy")["ok"]
    back = both.step("back")
    assert back["ok"], back
    assert both.rows(both.source, "select count(*) from pg_replication_slots") == "0"
    both.sql("insert into t values (2)")
    assert both.step("copy")["ok"]
    assert both.step("gate")["ok"]
    back = both.step("back")
    assert (back["ok"], back["code"]) == (False, 23)


OBSTACLES = {
    "a table without a key": ("create table t (n int)", "table public.t has no key"),
    "an unlogged table": ("create unlogged table t (n int primary key)", "table public.t is unlogged"),
    "a large object": ("select lo_create(42)", "large objects"),
    "a prepared transaction": (
        "create table t (n int primary key); begin; insert into t values (1); prepare transaction 'two'",
        "prepared transaction two is open",
    ),
}


@pytest.mark.parametrize(("statement", "words"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_is_in_the_way_is_told_before_anything_starts(both: Pair, statement: str, words: str) -> None:
    both.sql(statement)
    (why, fix), *_ = both.step("check")["obstacles"]
    assert words in why
    assert fix


def test_a_target_that_holds_something_is_not_touched(both: Pair) -> None:
    both.sql("create table t (n int primary key)")
    assert both.target.as_user("app", "create table mine (n int)").returncode == 0
    assert "not empty" in both.step("check")["obstacles"][0][0]
    refused = both.step("copy")
    assert (refused["ok"], refused["code"]) == (False, 23)
    assert both.rows(both.target, "select count(*) from mine") == "0"


def test_a_changed_schema_stops_the_climb(both: Pair) -> None:
    both.sql("create table t (n int primary key)")
    assert both.step("copy")["ok"]
    both.sql("alter table t add column more text")
    stopped = both.step("gate")
    assert (stopped["ok"], stopped["code"]) == (False, 42)
    both.sql("insert into t values (1, 'goes on')")


def test_a_row_that_somebody_changed_at_the_target_stops_the_climb(both: Pair) -> None:
    both.sql("create table t (n int primary key, v text); insert into t values (1, 'a'), (2, 'b')")
    assert both.step("copy")["ok"]
    both.rows(both.target, "update t set v = 'tampered' where n = 1")
    both.sql("update t set v = v where n = 1; insert into t values (3, 'c')")
    # What is applied makes good what was tampered with in that row; another row differs.
    both.rows(both.target, "update t set v = 'tampered' where n = 2")
    stopped = both.step("copy")
    assert (stopped["ok"], stopped["code"]) == (False, 43)
    assert "public.t" in stopped["why"]


def test_a_writer_that_nobody_may_end_stops_the_gate_and_the_source_is_let_in_again(both: Pair) -> None:
    both.sql("create table t (n int primary key)")
    assert both.step("copy")["ok"]
    where = ["-h", str(both.source.jobs.folder), "-p", both.source.port, "-U", "postgres", "-d", "app"]
    with subprocess.Popen([str(BIN / "psql"), "-X", *where], stdin=subprocess.PIPE, text=True) as stranger:
        assert stranger.stdin
        stranger.stdin.write("begin; select 1;\n")
        stranger.stdin.flush()
        stopped = both.step("gate", WRITER_SECONDS="2")
        stranger.stdin.close()
    assert (stopped["ok"], stopped["code"]) == (False, 51)
    assert "user postgres" in stopped["why"]
    both.sql("insert into t values (1)")
    assert both.step("gate")["ok"]


def test_a_wrong_password_and_a_target_that_is_down_are_told(both: Pair) -> None:
    both.sql("create table t (n int primary key)")
    both.login("target", both.target.port, "restore", "wrong")
    assert both.step("copy")["code"] == 21
    both.login("target", "1", "restore", "test-restore")
    assert both.step("copy")["code"] == 20
    both.login("target", both.target.port, "restore", "test-restore")
    assert both.step("copy")["ok"]


@pytest.mark.parametrize("step", ["copy", "gate"])
def test_a_step_that_is_killed_at_any_moment_is_done_again(both: Pair, step: str) -> None:
    both.sql(
        "create table filler (n int primary key, t text); insert into filler select n, repeat('x', 200) from generate_series(1, 20000) n"
    )
    writer = Writer(both)
    writer.start()
    if step == "gate":
        assert both.step("copy")["ok"]
    for moment in (0.1, 0.4, 0.8, 1.2, 1.7, 2.4):
        process = both.jobs.start(f"climb_{step}")
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if (
            step == "gate"
            and both.rows(both.target, "select count(*) from ladder_climb.state where key = 'opened'") == "1"
        ):
            break
    if step == "copy":
        assert both.step("copy")["ok"]
    done = both.step("gate")
    assert done["ok"], done
    assert writer.stop() > 0
    assert writer.all_there(both.target)
