"""The offline engine: runs a whole Pulumi program without CLI, cluster or credentials, and judges it."""

from ladder.engine.model import Failure, Findings, Log, Op, Registration, Run, Step, UnsupportedError
from ladder.engine.properties import MASK, Properties, Secret, Value, masked, plain
from ladder.engine.run import run
from ladder.engine.snapshot import Resource, Snapshot
from ladder.engine.values import PLACEHOLDERS, Values, ValuesRequest

__all__ = [
    "MASK",
    "PLACEHOLDERS",
    "Failure",
    "Findings",
    "Log",
    "Op",
    "Properties",
    "Registration",
    "Resource",
    "Run",
    "Secret",
    "Snapshot",
    "Step",
    "UnsupportedError",
    "Value",
    "Values",
    "ValuesRequest",
    "masked",
    "plain",
    "run",
]
