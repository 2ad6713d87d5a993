"""The real engine does what its recordings say.

To record anew: `UPDATE_RECORDINGS=1 LADDER_TIERS=engine pytest -m engine tests/lifecycle`
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from lifecycle import offline, recordings
from lifecycle.model import Scenario
from lifecycle.outcome import out_of_order, summary, unmet
from lifecycle.real import Real
from lifecycle.scenarios import LIVES, SCENARIOS, find

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def stacks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Real]]:
    """Every life that is asked for, lived side by side: most of the time each waits for the cluster."""
    tests: list[Any] = [it for it in request.session.items if it.path == request.path]
    asked = {it.callspec.params["scenario"].name for it in tests}
    last = {life.stack: it for life in LIVES for it in life.scenarios if it.name in asked}
    # The stacks have fixed names, which the recordings hold: a second run on this machine waits for its turn.
    with (Path(gettempdir()) / "ladder-lifecycle.lock").open("w") as turn, ThreadPoolExecutor() as pool:
        fcntl.flock(turn, fcntl.LOCK_EX)
        made = {life.stack: Real(life, tmp_path_factory.mktemp(life.stack)) for life in LIVES if life.stack in last}
        running = [pool.submit(made[stack].live, scenario) for stack, scenario in last.items()]
        yield made
        wait(running)
        for it in made.values():
            it.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.name)
def test_the_real_engine_does_what_was_recorded(scenario: Scenario, stacks: Mapping[str, Real]) -> None:
    stack = stacks[find(scenario.name)[0].stack]
    outcomes = stack.outcomes(scenario)
    state = stack.start(scenario)
    for step, outcome in zip(scenario.steps, outcomes, strict=True):
        assert unmet(step, outcome) == [], step.says
        assert out_of_order(outcome.operations, state) == [], step.says
        state = outcome.state
    rows = recordings.rows(scenario, summary(stack.start(scenario)), outcomes)
    if os.environ.get("UPDATE_RECORDINGS"):
        recordings.write(scenario.name, stack.engine, stack.provider, rows)
    assert rows == recordings.read(scenario.name)["steps"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.name)
def test_the_offline_engine_foresees_it_from_the_real_state(
    scenario: Scenario, stacks: Mapping[str, Real], monkeypatch: pytest.MonkeyPatch
) -> None:
    life, _ = find(scenario.name)
    stack = stacks[life.stack]
    monkeypatch.setenv("KUBECONFIG", stack.kubeconfig)
    state = stack.start(scenario)
    for step, real in zip(scenario.steps, stack.outcomes(scenario), strict=True):
        assert offline.one(life, step, state, real.error.failed).ops == real.ops, step.says
        state = real.state


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.name)
def test_no_checkpoint_holds_a_secret_in_plain_text(scenario: Scenario, stacks: Mapping[str, Real]) -> None:
    stack = stacks[find(scenario.name)[0].stack]
    held = stack.outcomes(scenario)[-1].state.resources
    found = stack.in_plain_text(scenario)
    assert bool(found) == any(it.type.startswith(("random:", "tls:")) for it in held)
    assert not {name for names in found.values() for name in names}
