"""The switch: applications get the new place, and writers wait while the last of the data goes there.

`pulumi up` runs meanwhile. It gives the application's new pods the new place, where they cannot log in yet; the old
ones serve. The job `gate` then holds the writers, copies the rest, compares, and opens the new place. What it refuses
leaves everything as it was, and the phase goes back by itself.
"""

from components.store import Phase, StoreArgs
from ladder.backups.job import Result
from ladder.climb import written
from ladder.climb.jobs import Proves, Step, receipt_of
from ladder.climb.tools import Tools
from ladder.errors import Exit, LadderError
from ladder.stack.pulumi_cli import Running


class _Held(Exception):  # noqa: N818 (what happened: nobody erred)
    """Nothing was switched: the source serves."""

    def __init__(self, why: str, said: Result | None = None) -> None:
        super().__init__(why)
        self.said = said


def switch(it: Tools) -> Result:
    """Bring phase `cutover` about, or go on with it.

    Returns:
        What the gate said.

    Raises:
        LadderError: It did not come about; its text says what holds now.
    """
    store = it.store()
    target = it.target()
    going = it.engine.begin_up()
    try:
        _wait_until_told(it, going, target)
        passed = _gate(it)
    except _Held as held:
        going.cancel()
        _back_to_copy(it, store, held)
        raise LadderError(Exit.FAILED, f"{store.name}: {held}\n{_holds(it, store, target)}") from None
    except BaseException:
        going.cancel()  # so that the same command finds no lock; the job goes on by itself
        raise
    it.talk.say(f"    {target.backend} is open; waiting for the application's new pods")
    since = it.clock.now()
    try:
        going.wait()
    except LadderError as error:
        fix = f"ladder climb {store.name} --to {target.backend} --stack {it.file.full_name}"
        raise LadderError(
            error.code,
            f"{store.name}: {target.backend} has all of the data, and applications are led there; what is left of "
            f"pulumi up failed\n    {error}\n    fix: what it says above, then go on:  {fix}",
        ) from None
    it.timed("the application's new pods", since)
    return passed


def _wait_until_told(it: Tools, going: Running, target: StoreArgs) -> None:
    """Until applications are told of the new place: whoever starts now cannot write to the old one any more."""
    while not it.shows(target):
        if going.ended():
            try:
                going.wait()
            except LadderError as error:
                raise _Held(str(error)) from None
            if not it.shows(target):
                raise _Held("pulumi up ended, and the Secret ladder-connections does not show the new place")
            return
        it.clock.sleep(1)


def _gate(it: Tools) -> Result:
    """One that ends without a word, its node gone, may have held the writers: the next one lets them go or passes."""
    try:
        found = it.copier.run(Step.GATE)
    except LadderError as error:
        it.talk.say(f"    {error}\n    trying once more: nobody knows how far it came")
        found = it.copier.run(Step.GATE)
    if not found.ok:
        raise _Held(f"{found.why}\n    fix: {found.fix}", found)
    return found


def _back_to_copy(it: Tools, store: StoreArgs, held: _Held) -> None:
    it.talk.say(f"    it did not work: phase {Phase.COPY} in {it.file.path.name}, pulumi up; {store.backend} serves")
    try:
        to_copy(it, held.said)
    except LadderError as error:
        raise LadderError(error.code, f"{store.name}: {held}\n    and the way back from that failed: {error}") from None


def to_copy(it: Tools, said: Result | None = None) -> None:
    """Take phase `cutover` back; the guard wants it proven that nobody was let into the target.

    Args:
        it: What is worked with.
        said: What a gate said that did not open it, and may have proven that.

    Raises:
        LadderError: It is not so, or `up` fails.
    """
    receipt = ""
    if it.where().reached is Phase.CUTOVER:
        if said is None or not said.receipt.startswith(Proves.BACK):
            said = it.copier.run(Step.BACK)
        if not said.ok and not said.receipt:
            raise LadderError(Exit.FAILED, f"{said.why}\n    fix: {said.fix}")
        receipt = receipt_of(said, Proves.BACK)
    it.save(written.in_phase(it.current().document, it.kind, Phase.COPY, receipt))
    it.engine.up()


def _holds(it: Tools, store: StoreArgs, target: StoreArgs) -> str:
    command = f"ladder climb {store.name}"
    return (
        f"    what holds: applications write to {store.backend} as before, nothing is lost; {target.backend} stays "
        f"closed to them, with the copy that it has\n"
        f"    to try again:  {command} --to {target.backend} --stack {it.file.full_name}\n"
        f"    to give it up:  {command} --back --stack {it.file.full_name}"
    )
