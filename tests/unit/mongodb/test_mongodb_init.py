"""init.js against a fake of what it uses of mongosh: members in memory that keep a configuration, users and time."""

import json
from dataclasses import dataclass
from typing import Any

import mongodb_javascript as javascript
import pytest

KEY = "KeyForTestsOnly0123456789"
PASSWORD = "PasswordForTestsOnly0123456789"  # noqa: S105 (a test's)
HOSTS = ["m-0:27017", "m-1:27017", "m-2:27017"]

MONGOSH = """
let now = 0, exit = null;
const printed = [], uris = [], calls = [];
const print = (line) => printed.push(line);
const sleep = (ms) => { now += ms; tick(); };
const quit = (code) => { exit = code; };
const load = () => {};
const __dirname = "";
Date.now = () => now;
const files = {"/run/ladder/auth/keyfile": KEY + "\\n"};
for (const user of GIVEN) files[`/run/ladder/auth/${user}-password`] = PASSWORD + user;
const require = () => ({ readFileSync: (path) => files[path], existsSync: (path) => path in files });

function failure(code, codeName) {
  return Object.assign(new Error(codeName + " with " + KEY + " and " + PASSWORD + "app"), { code, codeName });
}
// A member is elected at the first pause after it had a configuration.
function tick() {
  for (const host in servers) {
    const server = servers[host];
    server.from = server.from || 0;
    if (now >= server.from && server.config && !Object.values(servers).some((other) => other.primary)) {
      server.primary = true;
    }
  }
}
const known = (held, name) => (held && held[name] ? [{}] : []);
function make(server, held, name, command) {
  if (known(server[held], name).length) throw failure(51003, "exists");
  server[held] = { ...server[held], [name]: command };
}
function change(server, held, name, command) {
  if (!known(server[held], name).length) throw failure(11, "NotFound");
  server[held][name] = command;
}
const commands = {
  buildInfo: (server) => ({ version: server.version }),
  hello: (server) => ({ isWritablePrimary: Boolean(server.primary) }),
  replSetGetConfig: (server) => {
    if (!server.config) throw failure(94, "NotYetInitialized");
    return { config: JSON.parse(JSON.stringify(server.config)) };
  },
  getParameter: (server) => ({ featureCompatibilityVersion: { version: server.feature } }),
  replSetInitiate: (server, command) => {
    const config = { ...command.replSetInitiate, version: 1, settings: { replicaSetId: "a1" } };
    for (const { host } of config.members) servers[host].config = config;
  },
  replSetReconfig: (server, command) => {
    const config = command.replSetReconfig;
    if (server.busy) { server.busy -= 1; throw failure(109, "ConfigurationInProgress"); }
    if (config.version !== server.config.version + 1) throw failure(103, "NewReplicaSetConfigurationIncompatible");
    if (config.members.length !== server.config.members.length + 1) throw failure(103, "more than one");
    for (const { host } of config.members) servers[host].config = config;
  },
  usersInfo: (server, command) => ({ users: known(server.users, command.usersInfo.user) }),
  createUser: (server, command) => make(server, "users", command.createUser, command),
  updateUser: (server, command) => change(server, "users", command.updateUser, command),
  dropUser: (server, command) => { delete server.users[command.dropUser]; },
  rolesInfo: (server, command) => ({ roles: known(server.roles, command.rolesInfo.role) }),
  createRole: (server, command) => make(server, "roles", command.createRole, command),
  updateRole: (server, command) => change(server, "roles", command.updateRole, command),
  setFeatureCompatibilityVersion: (server, command) => {
    if (!command.confirm) throw failure(7369100, "not confirmed");
    server.feature = command.setFeatureCompatibilityVersion;
  },
};
class Mongo {
  constructor(uri) {
    uris.push(uri);
    this.server = servers[uri.split("@")[1].split("/")[0]];
    if (now < (this.server.from || 0)) throw failure(undefined, "MongoServerSelectionError");
  }
  getDB() {
    return { runCommand: (command) => {
      const verb = Object.keys(command)[0];
      calls.push(verb);
      return commands[verb](this.server, command);
    } };
  }
  close() {}
}
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of init.js: exit status, log, servers, commands and URIs."""

    exit: int
    log: list[str]
    servers: dict[str, Any]
    calls: list[str]
    uris: list[str]


def server(**other: object) -> dict[str, object]:
    return {"version": "8.0.4", "feature": "8.0", **other}


def config(*hosts: str, name: str = "mongodb") -> dict[str, object]:
    members = [{"_id": n, "host": host} for n, host in enumerate(hosts)]
    return {"_id": name, "version": 1, "settings": {"replicaSetId": "a1"}, "members": members}


def run(servers: list[dict[str, object]], *, tls: str = "on", users: tuple[str, ...] = ("app",)) -> Run:
    given = dict(zip(HOSTS, servers, strict=False))
    env = {"SET": "mongodb", "MEMBERS": ",".join(given), "VERSION": "8.0", "TLS": tls, "DEADLINE_SECONDS": "570"}
    with javascript.engine() as engine:
        engine.eval(f"const KEY = {json.dumps(KEY)}, PASSWORD = {json.dumps(PASSWORD)};")
        engine.eval(f"const GIVEN = {json.dumps(users)};")
        engine.eval(f"const servers = {json.dumps(given)}, process = {json.dumps({'env': env})};")
        engine.eval(MONGOSH)
        engine.eval((javascript.SCRIPTS / "decide.js").read_text())
        engine.eval((javascript.SCRIPTS / "init.js").read_text())
        found = engine.eval("JSON.stringify({exit, log: printed, servers, calls, uris})")
    return Run(**json.loads(str(found)))


@pytest.mark.parametrize("members", [1, 2, 3])
def test_empty_members_become_one_set_with_its_user(members: int) -> None:
    came = run([server() for _ in range(members)])
    assert came.exit == 0
    assert came.calls.count("replSetInitiate") == 1
    for host in HOSTS[:members]:
        assert [entry["host"] for entry in came.servers[host]["config"]["members"]] == HOSTS[:members]
    [user] = came.servers[HOSTS[0]]["users"].values()
    assert user["createUser"] == "app"
    assert user["pwd"] == PASSWORD + "app"
    assert user["roles"] == [{"role": "readWrite", "db": "app"}, {"role": "dbAdmin", "db": "app"}]
    assert user["writeConcern"]["w"] == "majority"


def test_members_that_start_late_are_waited_for() -> None:
    came = run([server(), server(**{"from": 60_000})])
    assert came.exit == 0
    assert "not yet: m-1:27017" in came.log[0]


def test_a_member_that_never_starts_ends_in_a_clear_word_and_nothing_was_initiated() -> None:
    came = run([server(), server(**{"from": 10_000_000})])
    assert came.exit == 1
    assert "replSetInitiate" not in came.calls
    assert came.log[-1].startswith("out of time; the last thing seen: to initiate, every member must have answered")


def test_a_second_run_changes_nothing_but_the_password() -> None:
    came = run([server(config=config(HOSTS[0]), primary=True, users={"app": {"pwd": "yesterday's"}})])
    assert came.exit == 0
    assert came.servers[HOSTS[0]]["users"]["app"]["updateUser"] == "app"
    assert came.servers[HOSTS[0]]["users"]["app"]["pwd"] == PASSWORD + "app"
    assert {"replSetInitiate", "replSetReconfig", "createUser"}.isdisjoint(came.calls)


BACKED_UP = ("app", "backup", "restore")


def test_the_users_of_backups_are_made_where_backups_are_taken() -> None:
    held = run([server()], users=BACKED_UP).servers[HOSTS[0]]
    assert {name: user["pwd"] for name, user in held["users"].items()} == {name: PASSWORD + name for name in BACKED_UP}
    assert held["users"]["backup"]["roles"] == [{"role": "ladder_backup", "db": "admin"}]
    of_app = held["users"]["app"]["roles"]
    assert held["users"]["restore"]["roles"] == [*of_app, {"role": "ladder_restore", "db": "admin"}]
    again = run([held], users=BACKED_UP)
    assert again.exit == 0
    assert {"createUser", "createRole"}.isdisjoint(again.calls)
    ended = run([held])
    assert list(ended.servers[HOSTS[0]]["users"]) == ["app"]


def test_the_backup_user_reads_what_a_dump_reads_and_no_user_can_reach_users() -> None:
    roles = run([server()], users=BACKED_UP).servers[HOSTS[0]]["roles"]
    reads = {"find", "listCollections", "listIndexes", "collStats"}
    of_backup = roles["ladder_backup"]["privileges"]
    assert {action for it in of_backup for action in it["actions"]} <= reads
    assert {it["resource"]["db"] for it in of_backup} == {"app", "local", "config"}
    of_restore = roles["ladder_restore"]["privileges"]
    assert {it["resource"]["db"] for it in of_restore} == {"app"}
    assert [it["resource"] for it in of_backup if it["resource"]["db"] == "local"] == [
        {"db": "local", "collection": "oplog.rs"}
    ]


def test_a_set_grows_from_one_to_three_by_one_at_a_time() -> None:
    came = run([server(config=config(HOSTS[0]), primary=True), server(), server()])
    assert came.exit == 0
    assert came.calls.count("replSetReconfig") == 2
    grown = came.servers[HOSTS[2]]["config"]
    assert [(entry["_id"], entry["host"]) for entry in grown["members"]] == list(enumerate(HOSTS))
    assert grown["version"] == 3


def test_a_step_that_fails_is_tried_again() -> None:
    came = run([server(config=config(HOSTS[0]), primary=True, busy=2), server()])
    assert came.exit == 0
    assert sum(line.startswith("not done, trying again: ConfigurationInProgress") for line in came.log) == 2


def test_a_foreign_volume_is_refused_without_a_change() -> None:
    came = run([server(config=config(HOSTS[0], name="other"), primary=True)])
    assert came.exit == 42
    assert came.log[-1].startswith("REFUSED: m-0:27017 belongs to")
    assert {"createUser", "updateUser", "replSetReconfig", "replSetInitiate"}.isdisjoint(came.calls)


def test_the_data_format_follows_the_servers() -> None:
    came = run([server(config=config(HOSTS[0]), primary=True, feature="7.0")])
    assert came.exit == 0
    assert came.servers[HOSTS[0]]["feature"] == "8.0"


def test_no_secret_is_printed_even_if_an_error_holds_it() -> None:
    came = run([server(config=config(HOSTS[0]), primary=True, busy=1), server(**{"from": 30_000})])
    assert "***" in " ".join(came.log)
    for secret in (KEY, PASSWORD):
        assert secret not in " ".join(came.log)


@pytest.mark.parametrize(("tls", "there"), [("on", True), ("off", False)])
def test_members_are_asked_one_by_one_as_the_members_own_user(tls: str, there: bool) -> None:
    came = run([server()], tls=tls)
    for uri in came.uris:
        assert uri.startswith(f"mongodb://__system:{KEY}@m-0:27017/?authSource=local&")
        assert "directConnection=true" in uri
        assert ("&tls=true&tlsCAFile=/run/ladder/tls/ca.crt" in uri) is there
