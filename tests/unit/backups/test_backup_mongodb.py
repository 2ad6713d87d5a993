"""MongoDB's hooks against a compatible server on loopback: FerretDB behind `mongodb_relay`, no real mongod."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from backup_lab import WITHOUT_RESTIC, real_restic
from mongodb_lab import MISSING, PASSWORD, Server, serving

RESTIC = real_restic()
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)} on PATH"),
]

# The stand-in takes no decimals, lists in lists, NaN, infinity, code, and neither end of an order.
SEED = r"""
db.kinds.insertMany([
  {_id: 1, int: NumberInt(1), long: Long("9007199254740993"), double: new Double(1), whole: 1.5, text: "ä\u0000b"},
  {_id: "two", date: new Date(0), old: new Date(-1), at: Timestamp({t: 5, i: 6}),
    id: ObjectId("0123456789abcdef01234567")},
  {_id: ObjectId(), binary: BinData(0, "AAEC"), uuid: UUID("00112233-4455-6677-8899-aabbccddeeff"), re: /a.*b/i},
  {_id: 4, nothing: null, yes: true, nested: {list: [1, {deep: ["er", {}]}], empty: [], doc: {}}, zero: -0.0},
]);
db.customers.insertMany(Array.from({length: 500}, (_, n) => ({n: NumberInt(n), name: "customer " + n})));
db.customers.createIndex({n: 1}, {unique: true});
db.customers.createIndex({name: 1, n: -1}, {name: "by name"});
db.createCollection("nothing");
db.nothing.createIndex({x: 1});
"""
SUM = (
    "print(db.customers.countDocuments(), EJSON.stringify(db.kinds.find().sort({_id: 1}).toArray(), {relaxed: false}))"
)


@pytest.fixture
def server() -> Iterator[Server]:
    assert RESTIC
    with serving(RESTIC) as made:
        yield made


def test_everything_comes_back_as_it_was(server: Server) -> None:
    server.js(SEED)
    before, names = server.js(SUM), server.collections()
    taken = server.jobs.job("backup")
    assert taken["amount"] == 504
    assert server.jobs.job("verify")["lines"] == taken["lines"]
    assert "--oplogReplay" in (server.jobs.folder / "mongorestore.calls").read_text()
    server.js("db.kinds.drop(); db.customers.deleteMany({n: {$lt: 100}}); db.later.insertOne({})")
    assert server.jobs.job("restore")["code"] == 50
    done = server.jobs.job("restore", OVERWRITE="1")
    assert done["ok"], done["why"]
    assert server.js(SUM) == before
    kept = [name for name in server.collections() if name.startswith(done["kept"].rstrip("*"))]
    assert {name.rpartition("__")[2] for name in kept} == {"customers", "later", "nothing"}
    assert [name for name in server.collections() if name not in kept] == names
    assert server.js("print(Object.keys(db.customers.getIndexes()).length)") == "3"
    # What is kept beside is none of the data, and the next run tells nothing of it.
    assert server.jobs.job("backup")["lines"] == taken["lines"]


def test_a_restore_into_an_empty_store_leaves_nothing_behind(server: Server) -> None:
    server.js(SEED)
    names = server.collections()
    server.jobs.job("backup")
    server.js('db.dropDatabase(); db.createCollection("customers")')
    done = server.jobs.job("restore")
    assert (done["ok"], done["kept"]) == (True, "")
    assert server.collections() == names


def test_what_is_written_during_a_backup_is_in_it_up_to_one_moment(server: Server) -> None:
    """A writer counts in two collections; a moment has as many in the first as in the second, or one more."""
    server.js("db.a.insertOne({_id: -1}); db.b.insertOne({_id: -1})")
    script = "for (let n = 0; n < 100000; n++) { db.a.insertOne({_id: n}); db.b.insertOne({_id: n}); sleep(20) }"
    writer = subprocess.Popen(["mongosh", server.uri, "--norc", "--quiet", "--eval", script], env=server.jobs.env)
    try:
        time.sleep(3)
        assert server.jobs.job("backup")["ok"]
        assert server.jobs.job("verify")["ok"]
    finally:
        writer.kill()
        writer.wait()
    assert server.throwaway.applied > 0
    [a, b] = [line for line in held(server) if line[0] == "collection"]
    assert 0 <= int(a[2]) - int(b[2]) <= 1
    assert int(b[2]) > 1


def held(server: Server) -> list[list[str]]:
    """The newest manifest."""
    text = (server.jobs.folder / "tmp/body").read_text()
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize(
    "change",
    [
        "db.customers.updateOne({n: 7}, {$set: {name: 'x'}})",
        "db.customers.deleteOne({n: 7})",
        "db.kinds.updateOne({_id: 1}, {$set: {int: Long('1')}})",
        "db.kinds.updateOne({_id: 1}, {$set: {double: NumberInt(1)}})",
        "db.customers.dropIndex('by name')",
        "db.nothing.drop()",
    ],
)
def test_a_restored_run_that_differs_in_one_place_is_found_out(server: Server, change: str) -> None:
    server.js(SEED)
    taken = server.jobs.job("backup")
    script = f'mongosh "mongodb://127.0.0.1:$THROWAWAY_PORT/app" --norc --quiet --eval {shlex.quote(change)} >&2'
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    other = f"throwaway_manifest() {{ {script}; ask throwaway manifest | LC_ALL=C sort; }}"
    server.jobs.put("scripts/store.sh", f"{hooks}\n{other}\n")
    report = server.jobs.job("verify")
    assert (report["run"], report["code"]) == (taken["run"], 40)


def test_a_dump_that_dies_midway_leaves_no_run(server: Server) -> None:
    server.js(SEED)
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    dies = (
        'mongodump() { command mongodump "$@" | head -c 4000; echo "the server closed the connection" >&2; return 1; }'
    )
    server.jobs.put("scripts/store.sh", f"{hooks}\n{dies}\n")
    report = server.jobs.job("backup")
    assert report["code"] == 22
    assert "the server closed the connection" in report["why"]
    assert server.jobs.runs() == []


def test_a_dump_that_does_not_load_is_no_run(server: Server) -> None:
    server.js(SEED)
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    cut = 'mongodump() { command mongodump "$@" | head -c 4000; }'
    server.jobs.put("scripts/store.sh", f"{hooks}\nset +o pipefail\n{cut}\n")
    report = server.jobs.job("backup")
    assert report["code"] == 40
    assert server.jobs.runs() == []


def test_an_oplog_that_rolled_over_leaves_no_run(server: Server) -> None:
    """While the dump waits for its reader, the oldest entries go, and another one comes."""
    server.js("db.big.insertMany(Array.from({length: 3000}, (_, n) => ({n, text: 'x'.repeat(1000)})))")
    rolls = "db.getSiblingDB('local').oplog.rs.deleteMany({}); db.big.insertOne({n: -1})"
    shell = f"mongosh {shlex.quote(server.uri)} --norc --quiet --eval {shlex.quote(rolls)} >/dev/null"
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    slow = f'mongodump() {{ command mongodump "$@" | {{ head -c 1000; {shell}; cat; }}; }}'
    server.jobs.put("scripts/store.sh", f"{hooks}\n{slow}\n")
    report = server.jobs.job("backup")
    assert (report["code"], "oplog overflow" in report["why"]) == (22, True), report["why"]
    assert server.jobs.runs() == []


def test_a_server_that_is_down_is_told(server: Server) -> None:
    server.stop()
    report = server.jobs.job("backup")
    assert report["code"] == 20
    assert PASSWORD not in str(report)


def test_a_wrong_password_is_told(server: Server) -> None:
    server.jobs.put("secrets/store/password", "test-other")
    report = server.jobs.job("backup")
    assert report["code"] == 21
    assert "user backup" in report["why"]
    assert "test-other" not in str(report)


def test_a_database_that_lost_everything_is_suspicious(server: Server) -> None:
    server.js(SEED)
    full = server.jobs.job("backup")["run"]
    server.js("db.kinds.drop(); db.customers.deleteMany({})")
    report = server.jobs.job("backup")
    assert report["code"] == 23
    assert full in report["why"]


def test_a_restore_killed_midway_loses_nothing_and_is_done_again(server: Server) -> None:
    server.js(SEED)
    server.jobs.job("backup")
    before = server.js(SUM)
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    script = (server.jobs.folder / "scripts/store.js").read_text()
    # Killed between two changes of names.
    stop = "let moved = 0; const slowly = rename;\nif (VERB === 'adopt') { rename = (one, other) => {"
    stop += " if (++moved === 4) { fs.writeFileSync(process.env.LAB + '/midway', ''); sleep(60000); }"
    stop += " return slowly(one, other); }; }\n"
    slow = script.replace("const rename =", "let rename =").replace("try {\n\tverbs", f"{stop}try {{\n\tverbs")
    assert slow.count("moved") == 2
    assert "let rename =" in slow
    server.jobs.put("scripts/store.js", slow)
    process = server.jobs.start("restore", OVERWRITE="1")
    while not (server.jobs.folder / "midway").exists():
        assert process.poll() is None, "the restore ended without reaching the exchange"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    left = server.collections()
    for name in ("customers", "kinds", "nothing"):
        assert [it for it in left if it == name or (it.startswith("ladder_before_") and it.endswith(f"__{name}"))], left
    server.jobs.put("scripts/store.js", script)
    server.jobs.put("scripts/store.sh", hooks)
    first = server.jobs.runs()[0]["run"]
    done = server.jobs.job("restore", OVERWRITE="1", RUN=first)
    assert done["ok"], done["why"]
    assert server.js(SUM) == before


def test_an_exchange_that_fails_midway_is_taken_back(server: Server) -> None:
    server.js(SEED)
    server.jobs.job("backup")
    server.js("db.customers.deleteMany({n: {$lt: 400}})")
    before = server.js(SUM)
    script = (server.jobs.folder / "scripts/store.js").read_text()
    broken = "if (to === 'kinds') { throw new Error('the primary stepped down'); }\n\t\trename(from, to);"
    server.jobs.put("scripts/store.js", script.replace("rename(from, to);", broken))
    report = server.jobs.job("restore", OVERWRITE="1")
    assert report["code"] == 1
    assert "All was put back as it was" in report["why"]
    assert "the primary stepped down" in report["why"]
    assert server.js(SUM) == before
    assert [name for name in server.collections() if name.startswith("ladder_before")] == []


def test_a_restore_beside_touches_nothing(server: Server) -> None:
    server.js(SEED)
    before, names = server.js(SUM), server.collections()
    server.jobs.job("backup")
    done = server.jobs.job("restore", INTO="friday")
    assert (done["ok"], done["into"]) == (True, "friday")
    assert server.js(SUM) == before
    assert server.collections() == sorted([*names, *(f"friday__{name}" for name in names)])
    again = server.jobs.job("restore", INTO="friday")
    assert (again["code"], "already" in again["why"]) == (50, True)
    assert server.jobs.job("restore", INTO="no.dots")["code"] == 50
    # As docs/runbooks/restore-one-collection.md says.
    server.js("db.kinds.deleteMany({}); db.customers.deleteMany({n: {$lt: 9}})")
    copy = "db.friday__kinds.find({}).forEach((it) => db.kinds.replaceOne({_id: it._id}, it, {upsert: true}))"
    whole = "db.customers.renameCollection('customers_spoilt'); db.friday__customers.renameCollection('customers')"
    given_up = "db.getCollectionNames().filter((it) => it.startsWith('friday__')).forEach((it) => db[it].drop())"
    server.js("; ".join((copy, whole, given_up)))
    assert server.js(SUM) == before
    assert server.collections() == sorted([*names, "customers_spoilt"])


def test_a_damaged_repository_is_told(server: Server) -> None:
    server.js(SEED)
    server.jobs.job("backup")
    for pack in (server.jobs.folder / "repository/data").rglob("*"):
        if pack.is_file():
            pack.chmod(0o644)
            pack.write_bytes(pack.read_bytes()[: pack.stat().st_size // 2])
    report = server.jobs.job("restore", OVERWRITE="1")
    assert report["code"] in (30, 40)
    assert server.collections() == ["customers", "kinds", "nothing"]


EARLIEST = """
const cases = [
  [{_id: 1, d: new Date(5000)}, ["d"], 5000],
  [{_id: 1, d: "text", e: [new Date(7000), new Date(6000), 1]}, ["e"], 6000],
  [{_id: 1, d: {e: new Date(8000)}, e: new Date(1)}, ["d", "e"], 8000],
  [{_id: 1, d: [{e: new Date(9000)}, {e: new Date(4000)}, {f: new Date(1)}]}, ["d", "e"], 4000],
  [{_id: 1, d: {e: new Date(8000)}}, ["d"], null],
  [{_id: 1, d: 5}, ["d"], null],
  [{_id: 1, a: /x/i, b: BinData(0, "AA=="), c: Timestamp({t: 1, i: 1}), f: null, g: true, d: new Date(-3)}, ["d"], -3],
];
db.cases.drop();
cases.forEach(([document, path, wanted]) => {
  db.cases.deleteMany({});
  db.cases.insertOne(document);
  db.cases.find({}, {}, { raw: true }).forEach((bytes) => print(earliest(bytes, path) === wanted));
});
"""


def test_when_a_document_ends_is_read_from_its_bytes(server: Server) -> None:
    script = (server.jobs.folder / "scripts/store.js").read_text()
    functions = script[script.index("function length(") : script.index("// By when the server deletes")]
    assert server.js(functions + EARLIEST).split() == ["true"] * 7


def test_what_ends_by_itself_is_told_by_when_it_does(server: Server) -> None:
    """The server deletes nothing by itself, and knows no such index: it is told of by another `getIndexes`."""
    script = (server.jobs.folder / "scripts/store.js").read_text()
    known = "const indexes = [...collection.getIndexes(), ...(info.name.endsWith('sessions')"
    known += " ? [{name: 'ttl', key: {at: 1}, expireAfterSeconds: 3600}] : [])];"
    server.jobs.put("scripts/store.js", script.replace("const indexes = collection.getIndexes();", known))
    server.js(
        "const now = Date.now(); db.sessions.insertMany([{at: new Date(now - 3590000)}, {at: new Date(now)}, {at: 1}])"
    )
    assert server.jobs.job("backup")["amount"] == 3
    told = [line for line in held(server) if line[0] == "expiring"]
    assert sorted(int(line[2]) for line in told) == [1, 1]
    assert [line[2] for line in held(server) if line[0] == "collection"] == ["1"]
    server.js("db.sessions.deleteOne({at: {$lt: new Date(Date.now() - 3000000)}})")
    deletes = "db.ladder_restore.find(); db.getCollectionNames().filter((it) => it.startsWith('ladder_restore_'))"
    deletes += ".forEach((it) => db[it].deleteOne({at: {$lt: new Date(Date.now() - 3000000)}}))"
    hooks = (server.jobs.folder / "scripts/store.sh").read_text()
    shell = f"mongosh {shlex.quote(server.uri)} --norc --quiet --eval {shlex.quote(deletes)}"
    monitor = f"target_manifest() {{ {shell} >&2;"
    monitor += ' ask server manifest "$1" | LC_ALL=C sort; }'
    server.jobs.put("scripts/store.sh", f"{hooks}\n{monitor}\n")
    done = server.jobs.job("restore", OVERWRITE="1")
    assert done["ok"], done["why"]
    assert done["ended"] == 1
