"""What goes wrong in a climb of Redis: the same command goes on, or the application stays where it was."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from climb_lab import PAIRS, WITHOUT_SERVER, Climb, Other, Writer, climb

pytestmark = pytest.mark.skipif(not PAIRS, reason=WITHOUT_SERVER)
PAIR = PAIRS[0] if PAIRS else ("none", "none")
SEED = "".join(f"set key:{n} {'v' * 200}\nrpush list {n}\n" for n in range(4000)) + "set later x ex 86400\n"
AS_BEFORE = "4002"


@pytest.fixture
def up() -> Iterator[Climb]:
    """From Ladder's own server to another."""
    with climb(*PAIR) as made:
        made.source.ask(said=SEED)
        yield made


@pytest.fixture
def down() -> Iterator[Climb]:
    """From another server to Ladder's own."""
    with climb(*PAIR, up=False) as made:
        made.source.ask(said=SEED, user="app")
        yield made


def refuses(said: str) -> bool:
    return "WRONGPASS" in said or "NOAUTH" in said or "AUTH failed" in said


def killed_after(climb: Climb, step: str, seconds: float) -> None:
    """Kills a step some time after it began."""
    began = time.monotonic()
    climb.killed(step, lambda: time.monotonic() - began > seconds)


def test_what_is_killed_at_any_time_goes_on_by_the_same_command(up: Climb) -> None:
    with Writer(up) as writer:
        assert up.step(
            "copy",
        )["ok"]
        killed_after(up, "copy", 0.7)
        killed_after(up, "copy", 2)
        assert writer.acknowledged > 0
        assert up.step("copy")["ok"]
        writer.new_pods = True
        killed_after(up, "gate", 1.5)
        # Frozen, and then killed: by hand the application is let in again, and so it is by the gate itself.
        up.killed("gate", lambda: refuses(up.source.ask("ping")))
        assert refuses(up.target.ask("ping", user="app"))
        assert up.step("back")["receipt"].startswith("back.")
        assert up.source.ask("ping") == "PONG"
        up.killed("gate", lambda: refuses(up.source.ask("ping")))
        passed = up.step("gate")
        assert passed["ok"], passed
        # Killed after it opened, it only tells.
        assert up.step("gate")["open"]
        at_gate = writer.acknowledged
        while writer.acknowledged < at_gate + 20:
            assert writer.thread.is_alive()
    queue = up.target.ask("lrange", "queue", "0", "-1", user="app").split("\n")
    assert len(queue) == len(set(queue))
    assert set(writer.pushed) <= set(queue)
    assert up.target.ask("llen", "list", user="app") == "4000"


def test_a_gate_killed_while_it_opens_is_opened_to_the_end(up: Climb) -> None:
    up.step("copy")
    up.step("gate")
    # As it is between the two: marked as complete, the application not let in yet.
    up.target.ask("set", "ladder:climbing", "open")
    up.target.ask("acl", "setuser", "app", "off")
    up.source.ask("-n", "32", "set", "stray", "1", user="ladder")
    assert up.step("gate")["open"]
    assert up.target.ask("ping", user="app") == "PONG"
    assert up.target.ask("exists", "ladder:climbing") == "0"


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_wrong_password_is_told_and_changes_nothing(up: Climb, side: str) -> None:
    port, user = (up.own.port, "restore") if side == "source" else (up.other.port, "root")
    up.login(side, port=port, user=user, password="wrong")  # noqa: S106 (made up)
    checked = up.step("check")
    assert any(side in why and "WRONGPASS" in why for why, _ in checked["obstacles"]), checked
    for step in ("copy", "gate"):
        done = up.step(step)
        assert done["code"] == 21, done["why"] + done["log"][-1500:]
    assert up.source.ask("dbsize") == AS_BEFORE
    assert up.target.ask("dbsize") == "0"


def test_a_target_that_cannot_be_reached_is_told_and_the_source_stays_open(up: Climb) -> None:
    assert up.step("copy")["ok"]
    up.other.stop()
    assert any("does not let the job in" in why or "refused" in why for why, _ in up.step("check")["obstacles"])
    assert up.step("gate")["code"] == 20
    assert up.source.ask("incr", "number") == "1"
    up.other.start()
    assert up.step("gate")["ok"]


def test_a_target_without_room_is_told_before_and_at_the_copy() -> None:
    with climb(*PAIR, "--maxmemory", "1500kb") as climbing:
        climbing.source.ask(said=SEED)
        assert any("MiB" in why for why, _ in climbing.step("check")["obstacles"])
        done = climbing.step("copy")
        assert (done["code"], "the target is full" in done["why"]) == (24, True), done["why"] + done["log"][-1500:]
        climbing.target.ask("config", "set", "maxmemory", "0")
        assert climbing.step("copy")["ok"]


def test_a_target_that_forgets_is_in_the_way() -> None:
    with climb(*PAIR, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as climbing:
        climbing.source.ask("set", "key", "1")
        assert any("maxmemory-policy" in why for why, _ in climbing.step("check")["obstacles"])


def test_data_of_somebody_else_at_the_target_is_never_touched(up: Climb) -> None:
    up.target.ask("set", "theirs", "1")
    up.target.ask("acl", "setuser", "app", "off")
    assert any("no climb brought" in why for why, _ in up.step("check")["obstacles"])
    assert up.step("copy")["code"] == 50
    assert up.target.ask("get", "theirs") == "1"


@pytest.mark.parametrize("step", ["copy", "gate"])
def test_a_source_that_dies_meanwhile_ends_the_step_and_the_next_one_succeeds(down: Climb, step: str) -> None:
    assert step == "copy" or down.step("copy")["ok"]
    process = down.jobs.start(f"climb_{step}")
    until = time.monotonic() + 60
    while not list(down.jobs.folder.glob("scratch/keyspace-climb/*.base.aof")):
        assert time.monotonic() < until
        time.sleep(0.02)
    down.other.stop()
    out, errors = process.communicate(timeout=300)
    assert process.returncode, out + errors
    down.other.start()
    assert down.source.ask("dbsize", user="app") == AS_BEFORE
    assert refuses(down.target.ask("ping"))
    assert down.step(step)["ok"]
    if step == "gate":
        assert down.target.ask("dbsize") == AS_BEFORE


@contextmanager
def stranger(engine: str, port: str) -> Iterator[None]:
    """Somebody else who writes, as user `other`."""
    loop = "while echo incr unknown; do sleep 0.01; done"
    command = f"({loop}) | REDISCLI_AUTH=test-other {engine}-cli -p {port} --no-auth-warning --user other"
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_writer_that_ladder_does_not_know_at_its_own_server_ends_the_gate(up: Climb) -> None:
    up.step("copy")
    up.own.ask("acl", "setuser", "other", "on", ">test-other", "~*", "+@all", user="ladder")
    with stranger(up.own.engine, up.own.port):
        passed = up.step("gate", WRITER_SECONDS="4")
    assert (passed["code"], "user other" in passed["why"]) == (51, True), passed
    assert up.source.ask("get", "key:1")
    assert refuses(up.target.ask("ping", user="app"))
    up.own.ask("client", "kill", "user", "other", user="ladder")
    up.own.ask("acl", "deluser", "other", user="ladder")
    assert up.step("gate")["ok"]
    assert up.target.ask("get", "unknown", user="app") == up.own.ask("get", "unknown", user="ladder")


def test_a_writer_that_ladder_does_not_know_at_another_server_is_refused_too(down: Climb) -> None:
    assert isinstance(down.source, Other)
    down.source.ask("acl", "setuser", "other", "on", ">test-other", "~*", "+@all")
    down.step("copy")
    with stranger(down.source.engine, down.source.port):
        passed = down.step("gate")
        assert passed["ok"], passed
        at_source = down.source.ask("get", "unknown")
        time.sleep(0.5)
        assert down.source.ask("get", "unknown") == at_source
    assert int(at_source) > 0
    assert down.target.ask("get", "unknown") == at_source
    # The way of whoever wants it back.
    assert "NOREPLICAS" in down.source.ask("set", "key", "1")


def test_a_gate_that_takes_too_long_lets_the_application_in_again(up: Climb) -> None:
    up.step("copy")
    slow = (up.jobs.folder / "scripts/climb_store.sh").read_text() + "\nclimb_last() { sleep 60; }\n"
    up.jobs.put("scripts/climb_store.sh", slow)
    passed = up.step("gate", LIMIT_SECONDS="2")
    assert (passed["code"], "longer than 2 s" in passed["why"]) == (52, True), passed
    assert up.source.ask("incr", "number") == "1"
    assert refuses(up.target.ask("ping", user="app"))


def test_what_differs_at_the_target_ends_the_climb_with_the_place(up: Climb) -> None:
    up.step("copy")
    spoilt = (up.jobs.folder / "scripts/climb_store.sh").read_text()
    spoilt += '\nbring_again() { pass_over "$TMPDIR/touched"; at_target set key:7 spoilt >/dev/null; pass_over_all; }\n'
    spoilt += 'follow_near() { feed "$(reaches)"; at_target set key:7 spoilt >/dev/null; }\n'
    up.jobs.put("scripts/climb_store.sh", spoilt)
    done = up.step("copy")
    assert (done["code"], b"key:7".hex() in done["why"]) == (40, True), done


def test_where_no_replica_is_let_in_keys_are_read_and_the_pause_is_told(down: Climb) -> None:
    down.source.ask("acl", "setuser", "root", "-psync", "-sync")
    checked = down.step("check")
    assert (checked["way"], checked["pause_seconds"] >= 1, checked["obstacles"]) == ("scan", True, []), checked
    with Writer(down) as writer:
        copied = down.step("copy")
        assert (copied["ok"], copied["way"]) == (True, "scan"), copied
        writer.new_pods = True
        passed = down.step("gate", LIMIT_SECONDS="300")
        assert passed["ok"], passed
        at_gate = writer.acknowledged
        while writer.acknowledged < at_gate + 20:
            assert writer.thread.is_alive()
    queue = down.target.ask("lrange", "queue", "0", "-1").split("\n")
    assert len(queue) == len(set(queue))
    assert set(writer.pushed) <= set(queue)


def test_a_server_without_settings_is_frozen_by_a_pause(down: Climb) -> None:
    down.source.ask("acl", "setuser", "root", "-config", "-psync", "-sync")
    down.step("copy")
    before = down.manifest(down.source)
    assert down.step("gate", LIMIT_SECONDS="300")["ok"]
    assert down.manifest(down.target) == before
