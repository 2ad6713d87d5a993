"""What a drill tells of each store, and when it is good."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from unit.preflight.cluster_fake import stack

from components.store import StoreArgs
from ladder.backups.job import Result, Run
from ladder.backups.operator import Held, Operator
from ladder.ci import drill
from ladder.ci.drill import Drilled
from ladder.errors import Exit, LadderError

NOW = datetime(2026, 3, 4, 5, 23, tzinfo=UTC)
DAY = timedelta(hours=26)


@dataclass
class Vault:
    """An operator of one store, with these runs; what was to be proven is kept."""

    runs: list[Run]
    error: str = ""
    proven: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None: ...

    def stores(self) -> list[StoreArgs]:
        return [stack().stores["postgres"]]  # type: ignore[index]

    def list(self, store: StoreArgs) -> Held:
        return Held(runs=self.runs, moments=[])

    def verify(self, store: StoreArgs, run: str = "") -> Result:
        self.proven.append(run)
        if self.error:
            raise LadderError(Exit.FAILED, self.error)
        return Result(ok=True, run=run, amount=42, seconds=9)


def run(name: str, age: timedelta, state: str = "ok") -> Run:
    return Run(run=name, time=NOW - age, state=state, bytes=2048, lines=3)


def drilled(vault: Vault) -> Drilled:
    (found,) = drill.run(cast(Operator, vault), NOW, DAY)
    return found


def test_the_newest_run_is_the_one_that_must_restore_whatever_it_is_said_to_be() -> None:
    vault = Vault([run("a", timedelta(days=2)), run("b", timedelta(hours=1), state="partial")])
    found = drilled(vault)
    assert vault.proven == ["b"]
    assert found.good
    assert found.text == "run b restores, and equals its manifest: 42 rows (9 s); taken 1 h ago"


@pytest.mark.parametrize(
    ("vault", "words"),
    [
        (Vault([]), "there is no backup"),
        (Vault([run("a", timedelta(hours=27))]), "taken 1 day ago, more than 26 h"),
        (Vault([run("a", timedelta(hours=1))], error="postgres: the dump is cut\n    fix: look"), "the dump is cut"),
    ],
)
def test_what_is_missing_old_or_broken_is_not_good(vault: Vault, words: str) -> None:
    found = drilled(vault)
    assert not found.good
    assert words in found.text


def test_the_page_counts_and_says_what_to_do() -> None:
    good = Drilled(store="redis", good=True, text="run b restores")
    bad = Drilled(store="postgres", good=False, text="the dump is cut\n    fix: look")
    assert drill.page("prod", [good]).startswith("### 🟢 prod: 1 of 1 newest backups restore\n")
    told = drill.page("prod", [good, bad])
    assert told.startswith("### 🔴 prod: 1 of 2 newest backups restore\n")
    assert "- ✗ **postgres** · the dump is cut\n  fix: look\n" in told
    assert "docs/runbooks/failed-backup.md" in told
