"""What `ladder doctor` found, for a person and for a program."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import assert_never

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.cluster_api import Finding, Severity


class State(StrEnum):
    """How a check came out; only `wrong` fails the command."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"
    UNTESTED = "not tested"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at, what was seen, and what to do about it."""

    name: str
    state: State
    seen: str
    fix: str = ""

    @classmethod
    def of(cls, name: str, finding: Finding) -> "Check":
        """What preflight found."""
        state = State.WRONG if finding.severity is Severity.ERROR else State.WARNING
        return cls(name=name, state=state, seen=f"{finding.key} = {finding.value}: {finding.rule}", fix=finding.fix)


@dataclass(frozen=True, kw_only=True)
class DoctorReport:
    """Every check, in the order in which a person would fix them."""

    stack: str
    checks: Sequence[Check]

    @property
    def exit_code(self) -> int:
        """1 when something is wrong; warnings do not fail."""
        return int(any(check.state is State.WRONG for check in self.checks))

    def render(self) -> RenderableType:
        """The report for a person; nothing depends on colour."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(2):
            table.add_column(no_wrap=True)
        table.add_column()
        for check in self.checks:
            mark, style = _look_of(check.state)
            table.add_row(Text(f" {mark} {check.name}", style=style), str(check.state), check.seen)
            if check.fix:
                table.add_row("", "", Text(f"fix: {check.fix}"))
        return Group(table, Text(), Text(f" {self.stack}: {self.verdict}", style="bold"))

    @property
    def verdict(self) -> str:
        """How many checks came out how; what could not be tested is not passed over."""
        counted = Counter(check.state for check in self.checks)
        return ", ".join(f"{count} {state}" for state in State if (count := counted[state]))

    def as_json(self) -> dict[str, object]:
        """The report as JSON values."""
        return {"stack": self.stack, "checks": [asdict(check) for check in self.checks], "ok": self.exit_code == 0}


def _look_of(state: State) -> tuple[str, str]:
    match state:
        case State.FINE:
            return "✓", "green"
        case State.WARNING:
            return "▲", "yellow"
        case State.WRONG:
            return "✗", "red"
        case State.UNTESTED:
            return "?", "yellow"
        case _:
            assert_never(state)
