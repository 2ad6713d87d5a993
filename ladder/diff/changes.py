"""What would happen to each resource, whoever says so: the offline engine, or the real one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ladder.engine import Op, Registration, Run, Snapshot, Step, plain
from ladder.engine.properties import Properties, mapping
from ladder.engine.snapshot import STACK_TYPE
from ladder.plan import registered


class Source(StrEnum):
    """Who says so."""

    OFFLINE = "offline"
    PREVIEW = "preview"


def _nothing() -> Properties:
    return {}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that would not stay as it is.

    Attributes:
        op: What would happen to it.
        urn: Its own.
        type: Token.
        part: The component that it belongs to, for example the store's name.
        name: In the cluster, or the logical name of what is not in it.
        paths: Properties that bring it about.
        old: Its inputs as they are, secrets as they come; nothing for a new one.
        new: Its inputs as wanted.
        was_protected: By the engine, so far.
        protected: From now on.
        retained: It leaves the state and is not deleted.
    """

    op: Op
    urn: str
    type: str
    part: str
    name: str
    paths: Sequence[str] = ()
    old: Properties = field(default_factory=_nothing, repr=False)
    new: Properties = field(default_factory=_nothing, repr=False)
    was_protected: bool = False
    protected: bool = False
    retained: bool = False

    @property
    def kind(self) -> str:
        """Short type."""
        return registered.short(self.type)

    @property
    def title(self) -> str:
        """For people: what it is, and which."""
        return f"{self.kind} {self.name}"


def of_run(done: Run, before: Snapshot, steps: Iterable[Step]) -> Iterator[Change]:
    """What a run of the offline engine would change, and what it would only stop to protect."""
    wanted = {it.urn: it for it in done.registrations}
    held = {it.urn: it for it in before.resources if not it.delete}
    parents = {urn: it.parent for urn, it in held.items()} | {urn: it.parent for urn, it in wanted.items()}
    told: set[str] = set()
    for step in steps:
        told.add(step.urn)
        if counts(step.urn):
            old, new = held.get(step.urn), wanted.get(step.urn)
            yield Change(
                op=step.op,
                urn=step.urn,
                type=registered.type_of(step.urn),
                part=registered.label(registered.top(step.urn, parents)),
                name=_name(step.urn, new.inputs if new else old.inputs if old else {}),
                paths=step.paths,
                old=mapping(plain(old.inputs)) if old else {},
                new=mapping(plain(new.inputs)) if new else {},
                was_protected=bool(old and old.protect),
                protected=bool(new and new.protect),
                retained=step.retained,
            )
    for urn, old in held.items():
        new = wanted.get(urn)
        if urn not in told and new and old.protect and not new.protect and counts(urn):
            yield _only_unprotected(urn, new, parents)


def _only_unprotected(urn: str, new: Registration, parents: Mapping[str, str]) -> Change:
    """The engine calls it unchanged: protection is in the state alone."""
    return Change(
        op=Op.SAME,
        urn=urn,
        type=new.type,
        part=registered.label(registered.top(urn, parents)),
        name=_name(urn, new.inputs),
        was_protected=True,
    )


def ordered(found: Iterable[Change]) -> list[Change]:
    """By component, worst first: an engine works on several at once, in an order that differs from run to run."""
    worst = (Op.DELETE, Op.REPLACE, Op.DISCARD, Op.SAME, Op.UPDATE, Op.CREATE)
    return sorted(
        found, key=lambda it: (it.part, worst.index(it.op) if it.op in worst else len(worst), it.title, it.urn)
    )


def counts(urn: str) -> bool:
    """Whether it is a resource of its own, not a component or the stack."""
    type_ = registered.type_of(urn)
    return type_ != STACK_TYPE and not type_.startswith("ladder:")


def _name(urn: str, inputs: Properties) -> str:
    return registered.object_name(registered.label(urn), inputs)
