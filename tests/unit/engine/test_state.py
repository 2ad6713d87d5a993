"""Snapshots, differences and paths."""

from __future__ import annotations

import json

import pytest
from engine_toys import Shelf, settled
from hypothesis import given
from hypothesis import strategies as st

from ladder.engine import MASK, Secret, Snapshot
from ladder.engine.diff import Kind, changes, format_path, keep_ignored, parse_path
from ladder.engine.properties import Value, from_state, has_secret, masked, plain, to_state
from ladder.engine.quantities import amount, canonical
from ladder.engine.wire import from_struct, to_struct

SCALARS = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text() | st.sampled_from([0.5, -2.25])
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.builds(Secret, inner)
    ),
)


@given(VALUES)
def test_values_survive_the_state_file_and_the_wire(value: Value):
    assert from_state(json.loads(json.dumps(to_state(value)))) == value
    assert from_struct(to_struct({"it": value})) == {"it": value}


def test_what_comes_off_the_wire_is_in_order():
    names = [f"{number:03}" for number in range(100)]
    assert list(from_struct(to_struct(dict.fromkeys(reversed(names), "x")))) == names


@given(VALUES)
def test_masks_leave_no_secret(value: Value):
    assert not has_secret(masked(value))
    assert not has_secret(plain(value))
    assert "hush" not in repr(Secret([value, "hush"]))


def test_a_state_survives_its_json():
    state = settled(lambda: Shelf("a", protect=True))
    assert Snapshot.load(json.loads(json.dumps(state.dump()))) == state
    assert "generated:a-pw.result" not in json.dumps(state.masked().dump())


def test_an_export_of_the_cli_is_read():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    export = {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-01-01T00:00:00Z"},
            "resources": [
                {
                    "urn": "urn:pulumi:dev::p::a:b:C::x",
                    "custom": True,
                    "id": "x",
                    "type": "a:b:C",
                    "inputs": {"n": 1.0, "f": 0.5, "shown": {**secret, "plaintext": '{"a":"b"}'}},
                    "outputs": {"hidden": {**secret, "ciphertext": "AAAB"}},
                    "parent": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
                    "protect": True,
                    "retainOnDelete": True,
                    "provider": "urn:pulumi:dev::p::pulumi:providers:a::default::1234",
                    "propertyDependencies": {"n": None},
                    "created": "2026-01-01T00:00:00Z",
                    "sourcePosition": "project:///x.py#3",
                }
            ],
        },
    }
    (resource,) = Snapshot.load(export).resources
    assert resource.inputs == {"n": 1, "f": 0.5, "shown": Secret({"a": "b"})}
    assert resource.outputs == {"hidden": Secret(MASK)}
    assert resource.protect
    assert resource.retain_on_delete
    assert resource.provider_urn == "urn:pulumi:dev::p::pulumi:providers:a::default"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [("a", Kind.UPDATE)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, [("a.b[1]", Kind.UPDATE), ("a.b[2]", Kind.ADD)]),
        ({"a": {"x.y": 1}}, {"a": {}}, [('a["x.y"]', Kind.DELETE)]),
        ({"a": None}, {}, [("a", Kind.DELETE)]),
        ({"__defaults": []}, {}, []),
        ({"a": {"__defaults": [], "b": 1}}, {"a": {"b": 1}}, []),
        ({"a": Secret("x")}, {"a": "x"}, []),
        ({"a": Secret({"k": "x"})}, {"a": {"k": Secret("y")}}, [("a.k", Kind.UPDATE)]),
        ({"a": MASK}, {"a": Secret("anything")}, []),
        ({"a": Secret(MASK)}, {"a": MASK}, []),
        ({"a": MASK}, {"a": "no secret"}, [("a", Kind.UPDATE)]),
        ({"stale": MASK}, {"stale": Secret("new")}, [("stale", Kind.UPDATE)]),
    ],
)
def test_differences(old: dict[str, Value], new: dict[str, Value], found: list[tuple[str, Kind]]):
    got = changes(old, new, lambda key: key == "stale")
    assert [(format_path(change.path), change.kind) for change in got] == found


@pytest.mark.parametrize(
    ("text", "form"),
    [
        *(("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), ("2", "2"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi")),
        *(("1024", "1024"), ("1000", "1k"), ("512Ki", "512Ki"), ("0", "0"), ("0Gi", "0"), ("0.5Ki", "512")),
        *(("1e3", "1k"), ("2000M", "2G"), ("0.1n", "1n"), ("-1024Mi", "-1Gi"), ("100Mi", "100Mi"), ("large", "large")),
    ],
)
def test_quantities(text: str, form: str):
    assert canonical(text) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1Gi", 2**30), ("500m", 0.5), ("2", 2), (3, 3), (0.5, 0.5), ("1e3", 1000), ("1k", 1000), (None, 0), ("much", 0)],
)
def test_a_quantity_is_a_number(value: object, expected: float):
    assert amount(value) == expected


@given(st.lists(st.integers(0, 9) | st.text(st.characters(exclude_characters="\\*"), min_size=1), min_size=1))
def test_paths_are_read_as_they_are_written(parts: list[str | int]):
    path = ("root", *parts)
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("ignored", "kept"),
    [
        (("a",), {"a": [{"n": 1}, {"n": 2}], "b": 9}),
        (("a[0].n",), {"a": [{"n": 1}, {"n": 8}], "b": 9}),
        (("a[*].n",), {"a": [{"n": 1}, {"n": 2}], "b": 9}),
        (("b",), {"a": [{"n": 7}, {"n": 8}]}),
        (("c.d",), {"a": [{"n": 7}, {"n": 8}], "b": 9}),
    ],
)
def test_ignored_paths(ignored: tuple[str, ...], kept: dict[str, Value]):
    old: dict[str, Value] = {"a": [{"n": 1}, {"n": 2}]}
    new: dict[str, Value] = {"a": [{"n": 7}, {"n": 8}], "b": 9}
    assert keep_ignored(old, new, ignored) == kept
    assert new == {"a": [{"n": 7}, {"n": 8}], "b": 9}
