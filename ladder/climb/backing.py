"""The way back of a climb: from a copy nothing happened yet; from the switch the data is copied the other way."""

from components.store import Phase
from ladder.climb import switching, written
from ladder.climb.climbing import Climb, Climbed
from ladder.climb.jobs import Proves, Step, receipt_of
from ladder.climb.tools import Tools
from ladder.climb.where import Where
from ladder.errors import Exit, LadderError


def back(it: Tools) -> Climbed | None:
    """Go back to where the data was, or go on with that.

    Returns:
        What came of a copy the other way; None where none was needed.

    Raises:
        LadderError: There is no way back, or a step failed.
    """
    at = it.where()
    if at.back:
        return Climb(it, {}).go()
    if at.ending:
        it.talk.say(f"{it.kind} arrived on {at.target}, and only the last pulumi up is missing")
        it.engine.up()
        return None
    # The file may say `retire` before anything of that was done.
    phase = Phase.CUTOVER if at.phase is Phase.RETIRE and at.reached is Phase.CUTOVER else at.phase
    if phase is Phase.RETIRE:
        raise LadderError(Exit.REFUSED, _too_late(it, at))
    match phase:
        case Phase.COPY:
            _give_up(it)
            return None
        case Phase.CUTOVER:
            return _turn(it, at)
        case _:
            it.talk.say(f"{it.kind} does not climb: it is on {at.source}, and there is nothing to take back")
            return None


def _give_up(it: Tools) -> None:
    """From a copy: the source always served."""
    store = it.store()
    it.talk.agree(
        f"Give up the copy of {store.name}? Applications never used it", "the climb stays as it is: nothing was changed"
    )
    if it.copier.there():
        it.talk.say("1/2 the copier leaves nothing behind on the source")
        cleaned = it.copier.run(Step.BACK)
        if not cleaned.ok:
            raise LadderError(
                Exit.FAILED,
                f"{store.name}: {cleaned.why}\n    fix: {cleaned.fix}\n"
                f"    what holds: applications use {store.backend} as before; the same command goes on",
            )
    it.talk.say(f"2/2 its climb goes out of {it.file.path.name}, pulumi up: the copy goes")
    it.save(written.given_up(it.current().document, it.kind))
    it.engine.up()


def _turn(it: Tools, at: Where) -> Climbed | None:
    if at.written is not Phase.CUTOVER:
        it.save(written.begun(it.current().document, it.kind, {"backend": str(at.target)}, Phase.CUTOVER))
    looked = it.copier.run(Step.CHECK)
    if looked.open is None and looked.ok:
        it.talk.say("    whether the switch was done is not known: it is brought to its end first, this way or that")
        switching.switch(it)
    elif not looked.open:
        if looked.open is None:
            raise LadderError(Exit.FAILED, f"{it.kind}: {looked.why}\n    fix: {looked.fix}")
        it.talk.say(f"    the switch was never done: phase {Phase.COPY}, pulumi up")
        switching.to_copy(it)
        _give_up(it)
        return None
    store, target = it.store(), it.target()
    it.talk.agree(
        f"Copy {store.name} from {target.backend} back to {store.backend}, and switch again? What is there goes",
        f"{target.backend} serves, and {store.backend} is frozen beside it: nothing was changed",
    )
    it.talk.say(f"    the climb of {store.name} turns round: from {target.backend} to {store.backend}")
    passed = it.copier.run(Step.GATE)
    receipt = receipt_of(passed, Proves.GATE) if passed.ok else ""
    if not receipt:
        raise LadderError(Exit.FAILED, f"{store.name}: {passed.why}\n    fix: {passed.fix}")
    it.save(written.turned(it.current(), it.kind, store, target, receipt))
    return Climb(it, {}).go()


def _too_late(it: Tools, at: Where) -> str:
    file = it.file.full_name
    return (
        f"{it.kind}: {at.source} is given up already, there is no way back from there; nothing was changed\n"
        f"    fix: finish it, then climb the other way:\n"
        f"      ladder climb {it.kind} --to {at.target} --stack {file}\n"
        f"      ladder climb {it.kind} --to {at.source} --stack {file}"
    )
