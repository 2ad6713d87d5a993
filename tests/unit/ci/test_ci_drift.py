"""What was changed behind the engine's back, as `pulumi refresh --preview-only --json` tells it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lifecycle.workflow import program

from ladder.ci import drift
from ladder.ci.drift import Drifted
from ladder.errors import LadderError
from ladder.stack import stackfile
from ladder.stack.stackfile import StackFile

SERVICE = "urn:pulumi:prod::shop::kubernetes:core/v1:Service::redis"
POLICY = "urn:pulumi:prod::shop::kubernetes:networking.k8s.io/v1:NetworkPolicy::redis"
SECRET = {"data": {"password": "test-secret-that-nobody-may-see"}}
FAKE = """\
#!{python}
import pathlib, sys
here = pathlib.Path(__file__).parent
(here / "arguments").write_text(" ".join(sys.argv[1:]))
print((here / "told.json").read_text())
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackFile:
    """A stack whose `pulumi` says that nothing differs."""
    program(tmp_path / "pulumi", FAKE.format(python=sys.executable))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    say(tmp_path, step("same", SERVICE))
    return stackfile.load("prod", start=tmp_path)


def step(op: str, urn: str, *paths: str, old: Any = SECRET, new: Any = SECRET) -> dict[str, Any]:
    detailed = {path: {"kind": "update", "inputDiff": False} for path in paths} or None
    state = {"urn": urn, "type": urn.split("::")[2]}
    sides = {"oldState": {**state, "inputs": old}, "newState": {**state, "inputs": new}}
    return {"op": op, "urn": urn, **sides, "detailedDiff": detailed}


def say(folder: Path, *steps: dict[str, Any], error: str = "") -> None:
    diagnostics = [{"severity": "error", "message": error}] if error else []
    (folder / "told.json").write_text(json.dumps({"steps": steps, "diagnostics": diagnostics}))


def test_the_engine_only_looks(file: StackFile) -> None:
    assert not drift.find(file)
    assert (file.root / "arguments").read_text().startswith("refresh --preview-only --json --stack prod ")


def test_what_is_another_and_what_is_gone_is_told_and_never_a_value(file: StackFile) -> None:
    say(file.root, step("update", SERVICE, "spec.ports[0].port"), step("delete", POLICY), step("same", SERVICE))
    found = drift.find(file)
    assert [it.text for it in found] == [
        "redis · NetworkPolicy redis is gone",
        "redis · Service redis is another: spec.ports[0].port",
    ]
    told = drift.page("prod", found)
    assert told.startswith("### 🟡 prod: 2 resources are not what the last `pulumi up` made\n")
    assert "ladder restore" in told
    assert "test-secret" not in told


def test_what_could_not_be_looked_at_is_no_clean_bill(file: StackFile) -> None:
    say(file.root, step("same", SERVICE), error="the cluster does not answer")
    with pytest.raises(LadderError, match="not everything could be looked at: the cluster does not answer"):
        drift.find(file)


def test_of_many_properties_some_are_named_and_the_rest_counted() -> None:
    found = Drifted(part="redis", title="Service redis", gone=False, paths=[f"p{it}" for it in range(14)])
    assert found.text.endswith("p10, p11, and 2 more")


def test_nothing_is_said_to_be_nothing() -> None:
    assert drift.page("prod", []) == "### 🟢 prod: nothing was changed behind Pulumi's back"
