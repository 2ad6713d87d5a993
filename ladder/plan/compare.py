"""One stack at two stages: what each costs, what a failure costs at each, and what it takes to leave."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.catalog import Stage
from ladder import offline
from ladder.errors import Exit, LadderError
from ladder.plan import at_stage, estimate, estimate_json, registered
from ladder.plan.at_stage import AtStage
from ladder.plan.estimate import Estimate
from ladder.plan.judge import read_settings
from ladder.stack.stackfile import StackFile


@dataclass(frozen=True, kw_only=True)
class Side:
    """The stack at one stage."""

    stage: Stage
    at: AtStage
    estimate: Estimate

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "stage": self.stage,
            "cloud": self.at.settings.placement.cloud,
            "region": self.at.settings.placement.region,
            "left_out": list(self.at.left_out),
            "not_offered": list(self.at.not_offered),
            "stood_in": list(self.at.stood_in),
            "cost_per_month": estimate_json.bill(self.estimate.bill),
            "stores": {
                name: {"backend": found.store.backend, **estimate_json.of_store(found)}
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
        SettingsError: When the stack is wrong as it is, or cannot be at a stage.
        LadderError: When the program fails there.
    """
    read_settings(file)
    return Comparison(stack=file.stack, sides=[_side(at_stage.put(file, stage), stage) for stage in stages])


def _side(at: AtStage, stage: Stage) -> Side:
    done = offline.run(at.file)
    if done.error is not None:
        raise LadderError(Exit.FAILED, f"at stage {stage}: {done.error}")
    held = registered.resources(done.registrations)
    return Side(stage=stage, at=at, estimate=estimate.make(at.settings, held))
