"""What the real engine did, in recorded/<scenario>.json; no secret, and nothing that differs from run to run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from lifecycle.model import Scenario
from lifecycle.outcome import Error, Json, Outcome, State, summary

FOLDER = Path(__file__).with_name("recorded")
MASKED = {"uri": "[secret]"}


def rows(scenario: Scenario, before: State, outcomes: Sequence[Outcome]) -> list[dict[str, Json]]:
    """The steps as a recording holds them; a state that stays is written once."""
    found: list[dict[str, Json]] = []
    for step, outcome in zip(scenario.steps, outcomes, strict=True):
        after = summary(outcome.state)
        found.append(
            {
                "command": step.command,
                "config": masked(step.settings),
                "ops": cast(Json, outcome.ops),
                "before": cast(Json, before) if not found else "as the step before left it",
                "after": cast(Json, after) if after != before else "as before",
                "error": outcome.error.row,
            }
        )
        before = after
    return found


def masked(settings: Mapping[str, object]) -> dict[str, Json]:
    """Settings without secrets."""
    return {
        key: masked(cast(Mapping[str, object], it)) if isinstance(it, dict) else MASKED.get(key, cast(Json, it))
        for key, it in settings.items()
    }


def read(name: str) -> dict[str, Any]:
    """A recording."""
    return json.loads(_path(name).read_text(encoding="utf-8"))


def error(name: str, index: int) -> Error:
    """How a recorded step ended."""
    row = read(name)["steps"][index]["error"] or {}
    return Error(
        program=row.get("program", ""), protected=tuple(row.get("protected", ())), failed=row.get("failed", {})
    )


def write(name: str, engine: str, provider: str, steps: list[dict[str, Json]]) -> None:
    """Keep a recording."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps({"engine": engine, "provider": provider, "steps": steps}, indent=1, ensure_ascii=False)
    _path(name).write_text(f"{text}\n", encoding="utf-8")


def _path(name: str) -> Path:
    return FOLDER / f"{name}.json"
