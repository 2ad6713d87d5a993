"""What a scenario is made of: steps in the life of a stack, and what must come of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Settings: TypeAlias = Mapping[str, object]
"""A whole stack file: values by full key (`ladder:postgres`)."""


class Command(StrEnum):
    """What is typed after `pulumi`."""

    PREVIEW = "preview"
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command.

    Attributes:
        says: What must come of it, in words.
        settings: Of the whole stack.
        command: What is run.
        changes: Everything that it does, as "update StatefulSet postgres"; None where a first `up` makes all.
        error: Words of the error that it must end with.
    """

    says: str
    settings: Settings
    command: Command = Command.UP
    changes: tuple[str, ...] | None = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Something that people fear; it starts from what the scenario before it in its life left."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Life:
    """The scenarios of one stack, from nothing to nothing."""

    stack: str
    scenarios: tuple[Scenario, ...]

    def until(self, scenario: Scenario) -> tuple[Scenario, ...]:
        """The scenarios that come before one."""
        return self.scenarios[: self.scenarios.index(scenario)]
