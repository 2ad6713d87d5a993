"""Runs the scripts that mongosh runs, in V8, with nothing of mongosh but what a test gives them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer, mini_racer

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "mongodb" / "scripts"


@contextmanager
def decide() -> Iterator[Any]:
    """The function of decide.js, taking and giving plain values."""
    with mini_racer() as engine:
        engine.eval((SCRIPTS / "decide.js").read_text())

        def call(wanted: Mapping[str, object], seen: list[dict[str, object]], *, users: bool = True) -> Any:
            return engine.call("decide", wanted, seen, {"users": users})

        yield call


@contextmanager
def engine() -> Iterator[MiniRacer]:
    """A bare V8."""
    with mini_racer() as bare:
        yield bare
