"""The drill: the newest backup of every store restored into a throwaway server, compared, and told with its age."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.store import StoreArgs
from ladder.backups import screen
from ladder.backups.operator import Operator
from ladder.errors import LadderError


@dataclass(frozen=True, kw_only=True)
class Drilled:
    """What came of one store.

    Attributes:
        store: Its name.
        good: Whether its newest run restores, and is young enough.
        text: What was seen, or why not.
    """

    store: str
    good: bool
    text: str


def run(operator: Operator, now: datetime, oldest: timedelta) -> list[Drilled]:
    """Every store that is backed up gets its turn, whatever became of the one before."""
    return [_one(operator, store, now, oldest) for store in operator.stores()]


def _one(operator: Operator, store: StoreArgs, now: datetime, oldest: timedelta) -> Drilled:
    operator.tell(f"{store.name}:")
    try:
        held = operator.list(store).runs
        if not held:
            return Drilled(store=store.name, good=False, text="there is no backup")
        # Named, because it is the newest that has to restore, good or not.
        newest = held[-1]
        text = screen.done(store, operator.verify(store, newest.run), "verify").removeprefix(f"✓ {store.name}: ")
    except LadderError as error:
        return Drilled(store=store.name, good=False, text=str(error))
    age = screen.age(newest.time, now)
    if now - newest.time > oldest:
        hours = f"{oldest / timedelta(hours=1):g}"
        return Drilled(store=store.name, good=False, text=f"{text}; but it was taken {age}, more than {hours} h")
    return Drilled(store=store.name, good=True, text=f"{text}; taken {age}")


def page(stack: str, found: Sequence[Drilled]) -> str:
    """For people."""
    return "\n".join(_lines(stack, found))


def _lines(stack: str, found: Sequence[Drilled]) -> Iterator[str]:
    good = sum(it.good for it in found)
    yield from (
        f"### {'🟢' if good == len(found) else '🔴'} {stack}: {good} of {len(found)} newest backups restore",
        "",
    )
    for it in found:
        first, *rest = it.text.splitlines()
        yield f"- {'✓' if it.good else '✗'} **{it.store}** · {first}"
        yield from (f"  {line.strip()}" for line in rest)
    if good < len(found):
        yield from ("", "What to do: docs/runbooks/failed-backup.md")
