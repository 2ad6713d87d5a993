"""The comment under a pull request: the verdict first, then a table, then everything else, folded."""

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from ladder.diff import promises, words
from ladder.diff.model import Diff, Previewed, StackDiff
from ladder.engine import Op

LIMIT = 65_536
"""Characters that GitHub takes in one comment; GitLab takes more."""

MARK = "<!-- ladder diff -->"
"""By which the comment is found again, to be written anew instead of beside."""

LABEL = "data-approved:{}"
"""The label by which somebody agrees to what a stack's digest stands for."""

_COLOURED = {Op.CREATE: "+", Op.DELETE: "-", Op.DISCARD: "-", Op.REPLACE: "!", Op.SAME: "!"}
_WORDS = 40
"""Lines of a refusal that are shown however little room there is: they hold the command that does it safely."""
T = TypeVar("T")
_SIGNS = re.compile(r"[\\`*\[\]<>|#~]|(?<!\w)_|_(?!\w)")
"""Signs of Markdown; an underscore is one at the edge of a word only."""
_ROOM = 1_500
"""Characters kept for the foot."""


def render(diff: Diff, *, link: str | None = None, limit: int | None = LIMIT) -> str:
    """The comment, cut where it would be too long: the longest folds go first, the verdicts never.

    Args:
        diff: What to tell.
        link: Where the whole can be read.
        limit: Characters; None for the whole.
    """
    for most in (None, 200, 50, 15, 0):
        text = _text(diff, link, most)
        if limit is None or len(text) <= limit:
            return text
    return _short(diff, link, limit)


def _short(diff: Diff, link: str | None, limit: int) -> str:
    """One line a stack, as many as there is room for."""
    lines = [MARK, ""]
    for index, it in enumerate(diff.stacks):
        line = f"{it.verdict.sign} {_plain(words.headline(it))[:300]}  "
        if sum(map(len, lines)) + len(line) > limit - _ROOM:
            lines.append(f"… and {len(diff.stacks) - index} more stacks")
            break
        lines.append(line)
    return "\n".join([*lines, "", *_cut(link)])


def _text(diff: Diff, link: str | None, most: int | None) -> str:
    lines = [MARK, *_stacks(diff, most), "", *(() if most is None else (*_cut(link), "")), *_foot(diff, link)]
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _cut(link: str | None) -> list[str]:
    return [f"*Cut to fit into a comment; [the whole]({link}).*" if link else "*Cut to fit into a comment.*"]


def _stacks(diff: Diff, most: int | None) -> Iterator[str]:
    quiet = words.quiet(diff)
    told = [it for it in diff.stacks if not it.is_quiet]
    if not told:
        yield f"### 🟢 Nothing changes in {', '.join(quiet)}" if quiet else "### 🟢 There is no stack"
    for index, it in enumerate(told):
        others = words.others(diff) if index == 0 else ""
        yield from _stack(it, f" · {others}" if others else "", most)
    if told and quiet:
        yield f"Nothing changes in {', '.join(quiet)}."


def _stack(it: StackDiff, others: str, most: int | None) -> Iterator[str]:
    yield from (f"### {it.verdict.sign} {_plain(words.headline(it))}{others}", "")
    if it.refusal:
        if lines := _beside(it.refusal):
            yield from (*_fenced(lines, None if most is None else most + _WORDS, "text"), "")
    elif it.risks:
        yield from (
            f"Whoever may approve agrees by the label `{LABEL.format(it.digest)}`, to this and nothing else:",
            "",
        )
        for category, text in _some(words.agreed(it), most):
            yield f"- **{category}** · {_plain(text)}"
        yield ""
    rows = words.rows(it)
    if rows:
        yield from ("| store | change | data | cost a month | lock-in |", "| --- | --- | --- | --- | --- |")
        for row in rows:
            data = [f"🟡 {one}" for one in row.data] or [_untouched(it, row)]
            cells = ([row.name], row.change, data, [row.cost], [row.lock_in])
            yield f"| {' | '.join('<br>'.join(map(_cell, lines)) or words.NOTHING for lines in cells)} |"
        yield ""
    yield from _details(it, {row.name for row in rows}, most)


def _beside(refusal: str) -> list[str]:
    """What a refusal says beside its first line, where that is the headline."""
    lines = refusal.removeprefix("error: ").strip().splitlines()
    return textwrap.dedent("\n".join(lines[1:])).strip().splitlines() if lines[:1] == [words.first(refusal)] else lines


def _untouched(it: StackDiff, row: words.Row) -> str:
    if it.refusal:
        return "not touched"
    return words.NOTHING if row.name == words.STACK else "safe"


def _details(it: StackDiff, named: Collection[str], most: int | None) -> Iterator[str]:
    if steps := [*_steps(it)]:
        yield from _folded(f"What would happen, step by step ({len(steps)})", _fenced(steps, most, "diff"))
    if told := promises.of(it, named):
        yield from _folded("If a store fails, and to leave it", [*_promises(told, it.warnings)])
    if it.previewed:
        yield from _folded("The real preview", [*_previewed(it.previewed, most)])


def _promises(found: Mapping[str, Mapping[str, str]], warnings: Sequence[str]) -> Iterator[str]:
    yield f"| | {' | '.join(map(_plain, found))} |"
    yield f"| --- | {' | '.join('---' for _ in found)} |"
    for what in dict.fromkeys(what for said in found.values() for what in said):
        yield f"| {what} | {' | '.join(_plain(said.get(what, words.NOTHING)) for said in found.values())} |"
    for warning in warnings:
        yield from ("", _plain(warning))


def _previewed(it: Previewed, most: int | None) -> Iterator[str]:
    counts = ", ".join(f"{count} {op}" for op, count in it.counts.items())
    yield from (f"`pulumi preview` counts: {_plain(counts) or 'nothing'}.", "")
    if it.error:
        yield from (*_fenced(it.error.splitlines(), most, "text"), "")
    if it.differences:
        yield "It differs from the offline engine, which knows what was written at the base, and not what became of it:"
        told = [
            f"{one.title}: offline {one.offline or 'nothing'}, preview {one.preview or 'nothing'}"
            for one in it.differences
        ]
        yield from ("", *_fenced(told, most, "text"))
    elif not it.error:
        yield "The offline engine says the same of every resource."


def _steps(it: StackDiff) -> Iterator[str]:
    """With the signs that colour a block of this kind."""
    for change, text in zip(it.changes, words.steps(it), strict=True):
        yield f"{_COLOURED.get(change.op, ' ')} {text[2:]}"


def _foot(diff: Diff, link: str | None) -> Iterator[str]:
    lines = [f"- compared with `{diff.base}`; every stack ran on the offline engine, which wants no credentials"]
    for how in dict.fromkeys(it.how for it in diff.stacks):
        lines.append(f"- before ({', '.join(it.stack for it in diff.stacks if it.how == how)}): {_plain(how)}")
    asked = [it.stack for it in diff.stacks if it.previewed]
    lines.append(f"- `pulumi preview`: {', '.join(asked) or 'not asked'}")
    lines += [f"- {_plain(note)}" for note in diff.notes]
    lines.append("- prices are list prices; which they are, and where they were read: `ladder diff --json`")
    if link:
        lines.append(f"- [the whole]({link})")
    yield from _folded("How this was computed", lines)


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"<details><summary>{title}</summary>", "", *lines, "", "</details>", "")


def _fenced(lines: Sequence[str], most: int | None, language: str) -> list[str]:
    """A block that nothing in it can end."""
    shown = [*_some(lines, most)]
    if len(shown) < len(lines):
        shown.append(f"… {len(lines) - len(shown)} more lines")
    fence = "```"
    while any(fence in line for line in shown):
        fence += "`"
    return [f"{fence}{language}", *shown, fence]


def _some(items: Sequence[T], most: int | None) -> Sequence[T]:
    return items if most is None else items[:most]


def _plain(text: str) -> str:
    """Text that means itself: no mark-up, no link, no mention of anybody."""
    return _SIGNS.sub(r"\\\g<0>", text).replace("@", "@\u200b").replace("\n", " ")


def _cell(text: str) -> str:
    """The same, with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(f"`{part}`".replace("|", r"\|") if index % 2 else _plain(part) for index, part in enumerate(parts))
