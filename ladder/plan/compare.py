"""One stack at two stages: what each costs, what a failure costs at each, and what it takes to leave."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from components.catalog import Kind, Stage
from infra import program, settings
from infra.settings import PREFIX, Settings
from ladder import engine, vaults
from ladder.errors import Exit, LadderError
from ladder.plan import described, estimate, estimate_json, registered
from ladder.plan.estimate import Estimate
from ladder.stack.stackfile import StackFile

OWN = ("stage", "backend", "phase")
"""What a store may say against its stack's stage; left out of a comparison of stages."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """The stack at one stage."""

    stage: Stage
    settings: Settings
    estimate: Estimate

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "stage": self.stage,
            "cloud": self.settings.placement.cloud,
            "region": self.settings.placement.region,
            "cost_per_month": estimate_json.bill(self.estimate.bill),
            "stores": {
                name: {
                    "backend": found.store.backend,
                    "is": described.words(found.store, registered.of(name, self.estimate.resources)),
                    **estimate_json.of_store(found),
                }
                for name, found in self.estimate.stores.items()
            },
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The same stack, at one stage and at another."""

    stack: str
    sides: Sequence[Side]

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {"schema": 1, "stack": self.stack, "sides": [side.as_json() for side in self.sides]}


def make(file: StackFile, stages: Sequence[Stage]) -> Comparison:
    """Run the program at each stage, as if the whole stack were there.

    Raises:
        SettingsError: When the stack cannot be at a stage.
        LadderError: When the program fails there.
    """
    return Comparison(stack=file.stack, sides=[_side(at_stage(file, stage), stage) for stage in stages])


def at_stage(file: StackFile, stage: Stage) -> StackFile:
    """The stack file with this stage for every store that Ladder runs; what somebody else runs stays theirs."""
    config = {**file.config, f"{PREFIX}stage": str(stage)}
    for kind in Kind:
        text = config.get(f"{PREFIX}{kind}", "")
        section = cast(dict[str, object], json.loads(text)) if text.startswith("{") else {}
        if section and "external" not in section:
            config[f"{PREFIX}{kind}"] = json.dumps({key: value for key, value in section.items() if key not in OWN})
    return replace(file, config=config)


def _side(file: StackFile, stage: Stage) -> Side:
    wanted = settings.load(
        file.config,
        file.secret_keys.__contains__,
        project=file.project,
        stack=file.stack,
        organization=file.organization,
    )
    done = engine.run(
        lambda: program.main(look=False),
        project=file.project,
        stack=file.stack,
        organization=file.organization,
        config=file.config,
        secret_keys=file.secret_keys,
        invokes=vaults.OFFLINE,
        skip_preview=True,
    )
    if done.error is not None:
        raise LadderError(Exit.FAILED, f"at stage {stage}: {done.error}")
    held = registered.resources(done.registrations)
    return Side(stage=stage, settings=wanted, estimate=estimate.make(wanted, held))
