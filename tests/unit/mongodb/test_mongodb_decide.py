"""The decisions of the replica set's Job: what may be initiated, joined, refused, and when to wait."""

from collections.abc import Iterator
from typing import Any

import mongodb_javascript as javascript
import pytest

HOSTS = ["m-0:27017", "m-1:27017", "m-2:27017"]


@pytest.fixture(scope="module")
def decide() -> Iterator[Any]:
    with javascript.decide() as function:
        yield function


def wanted(members: int) -> dict[str, object]:
    return {"set": "mongodb", "members": HOSTS[:members], "version": "8.0"}


def silent(n: int) -> dict[str, object]:
    return {"host": HOSTS[n], "state": "silent", "problem": "MongoNetworkError: refused"}


def empty(n: int) -> dict[str, object]:
    return {"host": HOSTS[n], "state": "empty", "version": "8.0.4"}


def member(n: int, hosts: int, **other: object) -> dict[str, object]:
    return {
        "host": HOSTS[n],
        "state": "configured",
        "set": "mongodb",
        "id": "a1",
        "config": 1,
        "hosts": HOSTS[:hosts],
        "primary": False,
        "version": "8.0.4",
        "feature": None,
        **other,
    }


def primary(n: int, hosts: int, **other: object) -> dict[str, object]:
    return member(n, hosts, **{"primary": True, "feature": "8.0", **other})


@pytest.mark.parametrize("members", [1, 2, 3])
def test_a_set_is_initiated_when_every_member_was_seen_empty(decide: Any, members: int) -> None:
    assert decide(wanted(members), [empty(n) for n in range(members)])["step"] == "initiate"


@pytest.mark.parametrize(
    "seen",
    [
        [empty(0), silent(1), silent(2)],
        [silent(0), empty(1), empty(2)],
        [empty(0), empty(1), silent(2)],
        [silent(0), silent(1), silent(2)],
    ],
)
def test_a_set_is_not_initiated_while_one_member_cannot_be_asked(decide: Any, seen: list[dict[str, object]]) -> None:
    decision = decide(wanted(3), seen)
    assert decision["step"] == "wait"
    for entry in seen:
        assert (f"{entry['host']} (" in decision["say"]) is (entry["state"] == "silent")


@pytest.mark.parametrize("holder", [0, 1, 2])
def test_empty_members_never_make_a_second_set_beside_one_that_holds_data(decide: Any, holder: int) -> None:
    seen = [empty(n) for n in range(3)]
    seen[holder] = member(holder, 3)
    decision = decide(wanted(3), seen)
    assert decision["step"] == "wait"
    assert "no member is primary" in decision["say"]


def test_a_lost_volume_is_left_to_the_set_to_fill(decide: Any) -> None:
    seen = [empty(0), primary(1, 3), member(2, 3)]
    assert decide(wanted(3), seen)["step"] == "finished"


def test_a_volume_of_another_store_is_refused(decide: Any) -> None:
    decision = decide(wanted(2), [primary(0, 1), member(1, 2, set="other")])
    assert decision["step"] == "refuse"
    assert 'm-1:27017 belongs to the replica set "other", not to "mongodb"' in decision["say"]


def test_two_sets_of_one_name_are_refused(decide: Any) -> None:
    decision = decide(wanted(2), [primary(0, 2), member(1, 2, id="b2")])
    assert decision["step"] == "refuse"
    assert "two different replica sets (a1, b2)" in decision["say"]


@pytest.mark.parametrize("users", [False, True])
def test_a_member_that_is_no_longer_wanted_is_refused(decide: Any, users: bool) -> None:
    decision = decide(wanted(1), [primary(0, 3)], users=users)
    assert decision["step"] == "refuse"
    assert decision["say"].startswith("m-1:27017, m-2:27017 is a member")
    assert "Set replicas to what it was" in decision["say"]


def test_what_an_old_configuration_says_of_the_members_does_not_count(decide: Any) -> None:
    behind = member(1, 3, config=1)
    assert decide(wanted(2), [primary(0, 2, config=2), behind])["step"] == "finished"


def test_members_are_added_one_at_a_time(decide: Any) -> None:
    first = decide(wanted(3), [primary(0, 1), empty(1), empty(2)])
    assert (first["step"], first["host"]) == ("add", "m-1:27017")
    second = decide(wanted(3), [primary(0, 2), member(1, 2), empty(2)])
    assert (second["step"], second["host"]) == ("add", "m-2:27017")


def test_a_member_to_add_that_does_not_answer_is_waited_for(decide: Any) -> None:
    decision = decide(wanted(2), [primary(0, 1), silent(1)])
    assert decision["step"] == "wait"
    assert "m-1:27017 is to be added and does not answer" in decision["say"]


def test_one_that_answers_is_added_before_one_that_does_not(decide: Any) -> None:
    assert decide(wanted(3), [primary(0, 1), silent(1), empty(2)])["host"] == "m-2:27017"


def test_nothing_is_done_without_a_primary(decide: Any) -> None:
    decision = decide(wanted(3), [member(0, 3), member(1, 3), silent(2)], users=False)
    assert decision["step"] == "wait"
    assert "no member is primary; m-0:27017: configured, m-1:27017: configured" in decision["say"]


def test_nothing_is_done_while_two_say_that_they_are_primary(decide: Any) -> None:
    assert decide(wanted(3), [primary(0, 3), primary(1, 3), member(2, 3)], users=False)["step"] == "wait"


def test_users_are_set_once_a_primary_is_there_before_anything_that_may_take_long(decide: Any) -> None:
    assert decide(wanted(2), [primary(0, 1), silent(1)], users=False)["step"] == "users"


def test_a_set_that_is_right_is_left_alone(decide: Any) -> None:
    assert decide(wanted(3), [member(0, 3), primary(1, 3), member(2, 3)])["step"] == "finished"


def test_a_silent_member_of_a_healthy_set_does_not_hold_it_up(decide: Any) -> None:
    assert decide(wanted(3), [primary(0, 3), member(1, 3), silent(2)])["step"] == "finished"


@pytest.mark.parametrize(
    ("other", "step"),
    [
        (member(1, 2, version="7.0.14"), "wait"),
        (silent(1), "wait"),
        (member(1, 2, version="8.0.4"), "feature"),
    ],
)
def test_the_data_format_is_raised_only_when_all_run_the_new_server(
    decide: Any, other: dict[str, object], step: str
) -> None:
    assert decide(wanted(2), [primary(0, 2, feature="7.0"), other])["step"] == step


def test_a_version_is_not_taken_for_another_that_begins_alike(decide: Any) -> None:
    seen = [primary(0, 1, feature="7.0", version="8.01.0")]
    assert decide(wanted(1), seen)["step"] == "wait"
