"""What the guard says when a change would lose data: what, why, and what to do instead. Never a secret."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 93
"""Columns of a line: the engine puts up to seven before it (`error: `), and a log shows 100."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that a change would do to a store.

    Attributes:
        would: What the change would do, after "this change would".
        was: What is held, in a word.
        held: Where: the volumes, or what stands for them.
        wanted: What is asked for, in a word.
        setting: The setting that asks for it.
        advice: What to do instead; ends with a colon where a command follows.
        command: That does it safely.
    """

    would: str
    was: str
    held: str
    wanted: str
    setting: str
    advice: str
    command: str | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Everything that speaks against a change of one store, worst first; there is at least one reason."""

    store: str
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        first, *others = self.reasons
        blocks = [_line(f"{self.store}: this change would {first.would}"), _body(first, "Nothing was changed. ")]
        for reason in others:
            blocks += [_line(f"It would also {reason.would}", "  "), _body(reason)]
        return "\n\n".join(blocks)


class Refused(Exception):  # noqa: N818 (it says what happened: the guard did not err)
    """The wanted settings would lose data; nothing was registered."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Say all of them."""
        self.refusals = tuple(refusals)
        super().__init__("\n\n".join(map(str, refusals)) + "\n")


def _body(reason: Reason, lead: str = "") -> str:
    column = max(len(reason.was), len(reason.wanted))
    # A long word would push the rest of both lines out of sight: then it goes below.
    column = column if column <= 30 else 0
    lines = [
        _line(f"{'was':<9}{reason.was:<{column}}   {reason.held}", "  ", " " * 11),
        _line(f"{'wanted':<9}{reason.wanted:<{column}}   {reason.setting}", "  ", " " * 11),
        "",
        _line(lead + reason.advice, "  ", "  "),
    ]
    if reason.command:
        lines += ["", f"      {reason.command}"]
    return "\n".join(lines)


def _line(text: str, first: str = "", rest: str = "  ") -> str:
    # textwrap would squeeze the columns' blanks only at a break, and dashes in names must not break.
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
