"""What became of a stack since it was last applied: the cloud and the cluster compared with the engine's state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ladder.diff import changes, previews
from ladder.engine import Op
from ladder.errors import Exit, LadderError
from ladder.stack.stackfile import StackFile

_PATHS = 12
"""Properties of one resource that are named."""


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """A resource that is not what the last `pulumi up` made.

    Attributes:
        part: The store, or the component.
        title: What it is, and which.
        gone: Whether it is not there any more.
        paths: What of it is another; never its values, of which some are secret.
    """

    part: str
    title: str
    gone: bool
    paths: Sequence[str] = ()

    @property
    def text(self) -> str:
        """In one line."""
        more = [f"and {len(self.paths) - _PATHS} more"] if len(self.paths) > _PATHS else []
        what = "is gone" if self.gone else f"is another: {', '.join([*self.paths[:_PATHS], *more])}"
        return f"{self.part} · {self.title} {what}"


def find(file: StackFile) -> list[Drifted]:
    """Ask the engine to look at every resource; nothing is changed, the state neither.

    Raises:
        LadderError: When it cannot look at all of them.
    """
    seen = previews.run(file, "refresh", "--preview-only")
    if seen.error:
        raise LadderError(Exit.FAILED, f"{file.stack}: not everything could be looked at: {seen.error}")
    return [
        Drifted(part=it.part, title=it.title, gone=it.op is Op.DELETE, paths=it.paths)
        for it in changes.ordered(seen.changes)
        if it.op is not Op.SAME
    ]


def page(stack: str, found: Sequence[Drifted]) -> str:
    """For people: what differs, and what to do about it."""
    return "\n".join(_lines(stack, found))


def _lines(stack: str, found: Sequence[Drifted]) -> Iterator[str]:
    if not found:
        yield f"### 🟢 {stack}: nothing was changed behind Pulumi's back"
        return
    count = "1 resource is" if len(found) == 1 else f"{len(found)} resources are"
    yield from (f"### 🟡 {stack}: {count} not what the last `pulumi up` made", "")
    yield from ("```text", *(it.text for it in found), "```", "")
    yield f"- to put it back as it is written: `pulumi up --refresh --stack {stack}`; what the cluster refuses, by hand"
    yield f"- to keep it: write it into the stack's settings, then `pulumi refresh --stack {stack}`"
    if any(it.gone for it in found):
        yield "- what is gone and held data comes back empty: `ladder restore`, docs/runbooks/restore-everything.md"
