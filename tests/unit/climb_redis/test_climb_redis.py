"""Climbs of Redis and Valkey on loopback, in both directions and between both kinds, under a writer without an end."""

from collections.abc import Iterator

import pytest
from climb_lab import PAIRS, WITHOUT_SERVER, Climb, Writer, climb

pytestmark = pytest.mark.skipif(not PAIRS, reason=WITHOUT_SERVER)

SEED = """
set text hello
set number 12
setrange bits 9 x
rpush line a b c a
sadd numbers 1 2 3
sadd words one two three
zadd places_of 1.5 a -inf b 0.1 c 1e300 d +inf e 3.0000000000000004 f
hset fields a 1 b 2
xadd entries 1-1 a 1
xadd entries 2-1 b 2 c 3
xadd entries 3-1 d 4
xdel entries 3-1
xgroup create entries readers 0
xgroup create entries others 2-1
xgroup createconsumer entries others idle
xreadgroup group readers me count 1 streams entries >
xadd gone 5-1 a 1
xdel gone 5-1
set later x ex 86400
set soon x ex 600
pfadd guess a b c
geoadd places 13.3 38.1 Palermo
set "b\\x00in\\xffary\\n" "v\\x00\\r\\n\\xfe"
select 3
set elsewhere 1
select 15
set last 1
"""
MANY = "".join(
    f"set key:{n} {n * 7}\nzadd many {n}.25 m{n}\nhset map f{n} {n}\nsadd all e{n}\nrpush long {n}\n"
    for n in range(3000)
)


@pytest.fixture(params=[(*pair, up) for pair in PAIRS or [("none", "none")] for up in (True, False)], ids=str)
def climbing(request: pytest.FixtureRequest) -> Iterator[Climb]:
    one, other, up = request.param
    with climb(one, other, up=up) as made:
        for text in (SEED, MANY):
            said = made.source.ask(said=text, user="app")
            assert "ERR" not in said, said
        yield made


def test_every_write_arrives_once_under_a_writer_without_an_end(climbing: Climb) -> None:
    checked = climbing.step("check")
    assert checked["ok"], checked
    assert (checked["obstacles"], checked["way"], checked["closes"], checked["open"]) == ([], "follow", True, False)
    with Writer(climbing) as writer:
        copied = climbing.step("copy")
        assert copied["ok"], copied["why"] + copied["log"]
        writer.new_pods = True
        passed = climbing.step("gate")
        assert passed["ok"], passed["why"] + passed["log"]
        at_gate = writer.acknowledged
        while writer.acknowledged < at_gate + 20:
            assert writer.thread.is_alive()
    assert passed["pause_seconds"] < 10
    assert copied["receipt"].startswith("cutover.")
    target = climbing.target
    queue = target.ask("lrange", "queue", "0", "-1", user="app").split("\n")
    # A number may be there that was not acknowledged; none twice, and none that was is missing.
    assert len(queue) == len(set(queue))
    assert set(writer.pushed) <= set(queue)
    assert len(writer.pushed) <= int(target.ask("get", "written", user="app")) <= writer.sent
    assert target.ask("pttl", "later:1", user="app") > "80000000"
    assert target.ask("exists", "short:1", user="app") == "0"
    assert climbing.step("gate")["open"]
    assert climbing.step("copy")["code"] == 23
    assert climbing.step("back")["code"] == 23


def test_what_stands_still_arrives_exactly(climbing: Climb) -> None:
    climbing.step("copy")
    ends = climbing.source.ask("pexpiretime", "later", user="app")
    before = climbing.manifest(climbing.source)
    assert climbing.step("gate")["ok"]
    assert climbing.manifest(climbing.target) == before
    assert len(before) >= 8
    assert climbing.target.ask("pexpiretime", "later", user="app") == ends
