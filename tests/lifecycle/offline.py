"""Scenarios on the offline engine."""

import json
from collections.abc import Mapping
from functools import cache

from lifecycle import recordings
from lifecycle.model import Command, Life, Scenario, Step
from lifecycle.outcome import Error, Operation, Outcome, is_ours, short
from lifecycle.scenarios import find

from infra import program
from ladder.engine import Failure, Op, Run, Snapshot, run

PROTECTED = "because it is protected"


@cache
def outcomes(name: str) -> tuple[Outcome, ...]:
    """What comes of each step of a scenario, after everything before it in its life."""
    life, scenario = find(name)
    return play(life, scenario, start(name))


def start(name: str) -> Snapshot:
    """The state that a scenario starts from."""
    life, scenario = find(name)
    before = life.until(scenario)
    return outcomes(before[-1].name)[-1].state if before else Snapshot.empty()


def play(life: Life, scenario: Scenario, state: Snapshot) -> tuple[Outcome, ...]:
    """Run the steps of a scenario."""
    done: list[Outcome] = []
    for index, step in enumerate(scenario.steps):
        # Whether an image can be pulled is the cluster's to say: its words come from the recording.
        failed = recordings.error(scenario.name, index).failed
        done.append(one(life, step, state, failed))
        state = done[-1].state
    return tuple(done)


def one(life: Life, step: Step, state: Snapshot, failed: Mapping[str, str]) -> Outcome:
    """Run one step."""
    if step.command is Command.REFRESH:
        # Nothing changes behind the back of this engine.
        return Outcome(operations=(), state=state, error=Error(failed={}))
    destroy = step.command is Command.DESTROY

    def failure(urn: str) -> Failure | None:
        words = failed.get(short(urn))
        return Failure(message=words, created=True) if words else None

    done = run(
        # `destroy` does not run the program: nothing is asked for.
        (lambda: None) if destroy else (lambda: program.main(look=False)),
        stack=life.stack,
        config={key: value if isinstance(value, str) else json.dumps(value) for key, value in step.settings.items()},
        secret_keys=frozenset({"ladder:mongodb", "ladder:postgres", "ladder:redis"}),
        before=state,
        preview=step.command is Command.PREVIEW,
        failures=failure,
    )
    gone = destroy and done.error is None
    return Outcome(
        operations=operations(done), state=Snapshot.empty() if gone else done.after, error=_error(done, failed)
    )


def operations(done: Run) -> tuple[Operation, ...]:
    """What a run did, what it left alone left out."""
    quiet = {Op.SAME, Op.READ}
    return tuple(
        Operation(op=it.op, urn=short(it.urn), paths=tuple(sorted(it.paths)))
        for it in done.steps
        if it.op not in quiet and is_ours(it.urn)
    )


def _error(done: Run, failed: Mapping[str, str]) -> Error:
    if done.error is None:
        return Error(failed={})
    urns = sorted(short(it.urn) for it in done.steps if it.failed)
    if PROTECTED in done.error:
        return Error(protected=tuple(urns), failed={})
    return Error(program="" if urns else done.error.strip(), failed={urn: failed[urn] for urn in urns})
