"""Works out what a change means for every stack, on the offline engine, and beside it by the real one's preview."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra import guard, schema
from infra.complaints import SettingsError
from infra.settings import PREFIX, Settings
from ladder.diff import base as bases
from ladder.diff import changes, previews, risks, written
from ladder.diff.base import Base, Side
from ladder.diff.changes import Change, Source
from ladder.diff.model import Diff, StackDiff, Verdict
from ladder.diff.previews import Preview
from ladder.engine import Run, Snapshot, UnsupportedError
from ladder.errors import LadderError
from ladder.plan import estimate, judge, registered
from ladder.plan.estimate import Estimate
from ladder.stack import stackfile
from ladder.stack.stackfile import StackFile


def make(base: Base, stacks: Sequence[str], given: Mapping[str, Preview]) -> Diff:
    """Compare what is wanted now with what was wanted at the base.

    Args:
        base: The commit.
        stacks: Those to compare.
        given: What the real engine says of some of them.

    Raises:
        LadderError: When git does not give the base's files.
    """
    found = [
        _stack(base, name, side, given.get(name)) for name, side in zip(stacks, bases.sides(base, stacks), strict=True)
    ]
    order = list(Verdict)
    return Diff(
        base=base.name,
        stacks=sorted(found, key=lambda it: (-order.index(it.verdict), it.is_quiet, it.stack)),
        notes=[*_notes(base)],
    )


def _notes(base: Base) -> Iterator[str]:
    if not base.same("requirements.txt"):
        yield "requirements.txt differs: both sides ran with the packages that are installed now"


def _stack(base: Base, name: str, side: Side, preview: Preview | None) -> StackDiff:
    path = base.root / f"Pulumi.{name}.yaml"
    if not path.is_file():
        return StackDiff(stack=name, how=side.how, risks=[risks.given_up(name, side.state)])
    if preview and preview.is_new and not preview.error:
        side = Side(file=None, state=Snapshot.empty(), how="nothing, which is what the stack holds")
    try:
        file = stackfile.load(name, path, base.root)
        return _Comparison(base, file, side, preview).made()
    except (LadderError, SettingsError, UnsupportedError) as error:
        return StackDiff(stack=name, how=side.how, refusal=f"error: {error}")


@dataclass(frozen=True)
class _Comparison:
    """One stack, as it was and as it is wanted."""

    base: Base
    file: StackFile
    side: Side
    preview: Preview | None

    def made(self) -> StackDiff:
        """What it means.

        Raises:
            SettingsError: When the settings are wrong.
            LadderError: When the state cannot be read.
            UnsupportedError: When the program asks for what the offline engine cannot judge.
        """
        vault = self.file.config.get(f"{PREFIX}kind") == schema.StackKind.VAULT
        wanted = None if vault else judge.read_settings(self.file)
        refusals = judge.refused(self.file, self.side.state, wanted) if wanted else []
        # What the guard refuses registers nothing: what it would cost is told from nothing.
        done = judge.preview(self.file, Snapshot.empty() if refusals else self.side.state)
        told = [] if refusals else [*changes.of_run(done, self.side.state, judge.changes_of(done, self.side.state))]
        before = self._before()
        real = previews.compared(told, self.preview) if self.preview else None
        return StackDiff(
            stack=self.file.stack,
            vault=vault,
            how=self.side.how,
            changes=changes.ordered(previews.together(told, self.preview)),
            settings=written.settings(self.side.file, self.file),
            risks=risks.merged(self._risks(told, before, wanted, vault=vault)),
            refusal=self._refusal(refusals, done),
            before=_estimate(before, registered.existing(self.side.state.resources)),
            after=_estimate(wanted, registered.resources(done.registrations)),
            previewed=real,
            warnings=[log.message for log in done.logs if log.severity == "warning"],
        )

    def _refusal(self, refusals: Sequence[guard.Refusal], done: Run) -> str | None:
        if refusals:
            return f"error: {guard.Refused(refusals)}"
        if done.error:
            return f"error: {done.error}"
        return f"error: {self.preview.error}" if self.preview and self.preview.error else None

    def _before(self) -> Settings | None:
        """As today's code reads what was written then; None where it cannot."""
        then = self.side.file
        if then is None or self.side.error or then.config.get(f"{PREFIX}kind") == schema.StackKind.VAULT:
            return None
        try:
            return judge.read_settings(then)
        except SettingsError:
            return None

    def _risks(
        self, told: Sequence[Change], before: Settings | None, wanted: Settings | None, *, vault: bool
    ) -> Iterator[risks.Risk]:
        if self.side.error:
            first = self.side.error.strip().splitlines()[0]
            yield risks.unknown(f"at {self.base.name} this stack does not run ({first})")
        new = self.side.file is None
        yield from risks.of_changes(told, Source.OFFLINE, vault=vault, new=new)
        if self.preview:
            yield from risks.of_changes(self.preview.changes, Source.PREVIEW, vault=vault, new=self.preview.is_new)
        if self.side.file:
            yield from written.risks(self.side.file, self.file)
        if before and wanted:
            yield from written.agreed(before, wanted)


def _estimate(wanted: Settings | None, held: Sequence[registered.Resource]) -> Estimate | None:
    return estimate.make(wanted, held) if wanted and held else None
