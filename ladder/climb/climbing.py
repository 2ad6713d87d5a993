"""Takes a store to another backend, step by step; killed at any point, the same command goes on.

All memory is the stack file and the ledger. What a job in the cluster was doing when the command died, it does on, and
the next command follows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components.catalog import Keeper
from components.store import Phase, StoreArgs
from ladder.backups.job import Result
from ladder.climb import jobs, switching, written
from ladder.climb.jobs import Proves, Step
from ladder.climb.tools import Tools
from ladder.climb.where import Where
from ladder.errors import Exit, LadderError
from ladder.stack.document import Document, Json

STEPS = 8


@dataclass(kw_only=True)
class Climbed:
    """What came of a climb, as far as this command, and the jobs that are still there, know.

    Attributes:
        source: Where the data was.
        target: Where it is.
        before: The proof of a backup of the source.
        copied: What the copy said.
        passed: What the gate said.
        after: The proof of a backup of the target; absent where none are taken.
    """

    source: StoreArgs
    target: StoreArgs
    before: Result | None = None
    copied: Result | None = None
    passed: Result | None = None
    after: Result | None = None


class Climb:
    """One store's way to another backend."""

    def __init__(self, tools: Tools, to: Mapping[str, Json]) -> None:
        """Nothing is done yet.

        Args:
            tools: What it works with.
            to: What is written into `to`: a backend, or a stage.
        """
        self._it = tools
        self._to = to

    def go(self) -> Climbed:
        """Climb, or go on with a climb.

        Raises:
            LadderError: A step failed; its text says what holds, and how to go on.
        """
        at = self._it.where()
        if at.ending:
            self._say(8, f"{self._it.file.path.name} says already where it is; pulumi up, in case that was cut off")
            return self._arrive()
        proof = None
        if at.phase is None:
            proof = self._begin()
        elif at.phase is not at.written:
            self._catch_up(at)
        climbed = Climbed(source=self._it.store(), target=self._it.target(), before=proof)
        if at.phase in {None, Phase.COPY}:
            self._copy(climbed)
        if at.phase is not Phase.RETIRE:
            self._prove(climbed, self._switch(climbed, back=at.back))
        self._retire(climbed)
        return climbed

    def _begin(self) -> Result | None:
        """A proof of the source; None where it is somebody else's to back up."""
        store = self._it.store()
        if store.keeper is Keeper.OTHERS:
            self._say(1, f"somebody else runs {store.name}: no backup of it is taken")
            proof = None
        else:
            self._say(1, f"{store.name} is backed up where it is, and the backup is proven")
            proof = self._proof(store)
        receipt = jobs.receipt_of(proof, Proves.COPY) if proof else ""
        self._it.save(written.begun(self._document, self._it.kind, self._to, Phase.COPY, receipt))
        return proof

    def _catch_up(self, at: Where) -> None:
        phase, file = at.phase or Phase.COPY, self._it.file.path.name
        self._it.talk.say(f"    the ledger says phase {phase}: {file} comes from before that, and is put right")
        self._it.save(written.begun(self._document, self._it.kind, {"backend": str(at.target)}, phase))

    def _copy(self, climbed: Climbed) -> None:
        it, source, target = self._it, climbed.source, climbed.target
        self._say(2, f"both places: phase {Phase.COPY} in {it.file.path.name}, pulumi up; applications use the old one")
        since = it.clock.now()
        it.engine.up()
        it.timed("both places up", since)
        self._say(3, "what could be in the way, on both sides")
        since = it.clock.now()
        looked = it.copier.run(Step.CHECK)
        it.timed("checks", since)
        if looked.obstacles or not looked.ok:
            raise self._stopped(*(looked.obstacles or ((looked.why, looked.fix),)))
        self._say(4, f"{source.backend} to {target.backend}: a first copy, what is written meanwhile, a comparison")
        since = it.clock.now()
        climbed.copied = it.copier.run(Step.COPY)
        it.timed("copy and comparison", since)
        if not climbed.copied.ok:
            raise self._stopped((climbed.copied.why, climbed.copied.fix))
        receipt = jobs.receipt_of(climbed.copied, Proves.CUTOVER)
        it.talk.agree(
            f"Both sides are equal. Switch applications to {target.backend}? Nobody can write for a moment",
            f"{source.backend} serves, and {target.backend} holds a copy; the same command goes on",
        )
        it.save(written.in_phase(self._document, it.kind, Phase.CUTOVER, receipt))

    def _switch(self, climbed: Climbed, *, back: bool) -> Result:
        """What the gate said now."""
        it, target = self._it, climbed.target
        self._say(5, f"the switch: phase {Phase.CUTOVER}, pulumi up; writers wait while the last of the data goes over")
        # A gate that was passed before says so now, but no more how long writers waited.
        before = None if back else it.copier.told(Step.GATE)
        since = it.clock.now()
        passed = switching.switch(it)
        it.timed("the switch", since)
        climbed.passed = before if before and before.pause_seconds else passed
        pause = climbed.passed.pause_seconds
        said = f"nobody could write for {pause:.1f} s" if pause else "writers were let through before"
        it.talk.say(f"    {target.backend} serves; {said}")
        return passed

    def _prove(self, climbed: Climbed, passed: Result) -> None:
        it, source, target = self._it, climbed.source, climbed.target
        if target.backup:
            self._say(6, f"{target.name} is backed up at its new place, and the backup is proven")
            climbed.after = self._proof(target)
            receipt = jobs.receipt_of(climbed.after, Proves.RETIRE)
        else:
            self._say(6, f"no backup: Ladder takes none of {target.kind} on {target.backend}")
            receipt = jobs.receipt_of(passed, Proves.GATE)
        it.talk.agree(
            f"Give up {source.name} on {source.backend}? Its volumes stay, but there is no quick way back any more",
            f"{target.backend} serves, and {source.backend} is frozen beside it; the same command goes on, and  ladder "
            f"climb {target.name} --back  goes back",
        )
        it.save(written.in_phase(self._document, it.kind, Phase.RETIRE, receipt))

    def _retire(self, climbed: Climbed) -> None:
        it = self._it
        self._say(7, f"the old place is given up: phase {Phase.RETIRE}, pulumi up; what holds its data is kept")
        since = it.clock.now()
        it.engine.up()
        ended = it.copier.run(Step.END)
        if not ended.ok:
            raise self._stopped((ended.why, ended.fix), serves=climbed.target)
        climbed.copied = climbed.copied or it.copier.told(Step.COPY)
        climbed.passed = climbed.passed or it.copier.told(Step.GATE)
        it.timed("the old place given up", since)
        self._say(8, f"{it.file.path.name} says where {climbed.target.name} is now, and nothing else; pulumi up")
        it.save(written.ended(it.current(), it.kind, climbed.target))
        since = it.clock.now()
        self._arrive()
        it.timed("the end", since)

    def _arrive(self) -> Climbed:
        self._it.engine.up()
        store = self._it.store()
        return Climbed(source=store, target=store)

    def _proof(self, store: StoreArgs) -> Result:
        it, since = self._it, self._it.clock.now()
        it.prover.backup(store)
        proof = it.prover.verify(store)
        it.timed(f"a backup of {store.backend}, proven", since)
        return proof

    @property
    def _document(self) -> Document:
        return self._it.current().document

    def _say(self, step: int, text: str) -> None:
        self._it.talk.say(f"{step}/{STEPS} {text}")

    def _stopped(self, *found: tuple[str, str], serves: StoreArgs | None = None) -> LadderError:
        """What is in the way, and what holds meanwhile."""
        store = serves or self._it.store()
        again = f"ladder climb {store.name} --to {self._it.target().backend} --stack {self._it.file.full_name}"
        back = f"\n    to give it up:  ladder climb {store.name} --back --stack {self._it.file.full_name}"
        lines = "\n".join(f"  {why}\n    fix: {fix}" for why, fix in found)
        return LadderError(
            Exit.FAILED,
            f"{store.name} cannot go on\n{lines}\n"
            f"    what holds: applications use {store.backend}, and nothing is lost\n"
            f"    to go on:  {again}{'' if serves else back}",
        )
