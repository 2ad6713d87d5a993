"""The offline engine does what the real one was seen to do."""

import pytest
from lifecycle import offline, recordings
from lifecycle.model import Scenario
from lifecycle.outcome import out_of_order, summary, unmet
from lifecycle.scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.name)
def test_the_offline_engine_does_what_the_real_one_did(scenario: Scenario) -> None:
    outcomes = offline.outcomes(scenario.name)
    state = offline.start(scenario.name)
    for step, outcome in zip(scenario.steps, outcomes, strict=True):
        assert unmet(step, outcome) == [], step.says
        assert out_of_order(outcome.operations, state) == [], step.says
        state = outcome.state
    rows = recordings.rows(scenario, summary(offline.start(scenario.name)), outcomes)
    assert rows == recordings.read(scenario.name)["steps"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.name)
def test_nothing_is_ever_replaced_and_keys_passwords_and_certificates_are_never_touched(scenario: Scenario) -> None:
    done = {(op, urn) for step in recordings.read(scenario.name)["steps"] for op, urn, *_ in step["ops"]}
    assert {op for op, _ in done} <= {"create", "update", "delete"}
    made = ("tls:index/", "random:index/")
    assert [urn for op, urn in done if op == "update" and any(it in urn for it in made)] == []


def test_every_recording_belongs_to_a_scenario() -> None:
    assert {it.stem for it in recordings.FOLDER.iterdir()} == {it.name for it in SCENARIOS}
