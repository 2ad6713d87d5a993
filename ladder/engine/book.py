"""The books of a run: what the state held, what of it is left, what is new, and every step taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ladder.engine.model import Failure, Failures, Registration, Step
from ladder.engine.properties import Properties
from ladder.engine.snapshot import STACK_TYPE, Resource, Snapshot


@dataclass(kw_only=True)
class Book:
    """What one run has seen and done so far.

    `left` holds what of the old state is still there, by its position; `error` is what ended the run;
    `refusals` are protected resources that the engine would not touch, `unready` what did not become ready, all
    of which it reports at the end.
    """

    before: Snapshot
    preview: bool
    failures: Failures
    steps: list[Step] = field(default_factory=list[Step])
    news: dict[str, Resource] = field(default_factory=dict[str, Resource])
    error: str | None = None
    refusals: list[str] = field(default_factory=list[str])
    unready: list[str] = field(default_factory=list[str])
    stack_outputs: Properties | None = None
    deleted_first: set[str] = field(default_factory=set[str])
    changed: set[str] = field(default_factory=set[str])
    replaced: set[str] = field(default_factory=set[str])
    seen: set[str] = field(default_factory=set[str])
    aliased: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Index the old state."""
        self.left: dict[int, Resource] = dict(enumerate(self.before.resources))
        self._olds = {it.urn: position for position, it in self.left.items() if not it.delete}

    def find_old(self, wanted: Registration) -> Resource | None:
        """Return what the state holds for a registration, under its URN or an alias, and mark it as seen."""
        self.seen.add(wanted.urn)
        for urn in (wanted.urn, *wanted.aliases):
            position = self._olds.get(urn)
            if position is not None:
                if position not in self.left:
                    self.fail(f"Duplicate resource alias '{urn}' applied to resource with URN '{wanted.urn}'")
                    return None
                self.seen.add(urn)
                self.aliased[wanted.urn] = urn
                return self.left[position]
        return None

    def old(self, urn: str) -> Resource | None:
        """Return what the state held under a URN."""
        position = self._olds.get(urn)
        return None if position is None else self.before.resources[position]

    def position(self, old: Resource) -> int:
        """Return where the state holds a resource that is not waiting for its deletion."""
        return self._olds[old.urn]

    def provider_inputs(self, urn: str) -> Properties:
        """Return the inputs of a provider of this run."""
        provider = self.news.get(urn)
        return provider.inputs if provider else {}

    def done(self, step: Step, new: Resource) -> Resource:
        """Record a step and the state that it leaves."""
        self.steps.append(step)
        self.news[new.urn] = new
        return new

    def fail(self, message: str) -> None:
        """End the run: nothing more is done."""
        if self.error is None:
            self.error = message

    def failure(self, step: Step, resource: Resource) -> Failure | None:
        """Return how a step fails, after recording that; nothing when it works. The run ends at once or at its end."""
        if self.preview or not resource.custom:
            return None
        failure = self.failures(resource.urn)
        if failure is not None:
            self.steps.append(replace(step, failed=True))
            if failure.created:
                # While the engine waits for it, it makes everything that does not need it.
                self.unready.append(failure.message)
            else:
                self.fail(failure.message)
        return failure

    @property
    def failed(self) -> bool:
        """Whether the run ends in an error."""
        return self.error is not None or bool(self.refusals or self.unready)

    def remove_old(self, old: Resource) -> None:
        """Take a resource out of what is left of the old state."""
        self.left.pop(self.position(old), None)

    def after(self, *, failed: bool) -> Snapshot:
        """Return the state that the run leaves.

        After a failure a missing stack output proves nothing, so the old ones stay beside the new.
        """
        stack = next((it for it in self.news.values() if it.type == STACK_TYPE), None)
        if stack is not None and self.stack_outputs is not None:
            kept: Mapping[str, object] = self.before.outputs if failed else {}
            self.news[stack.urn] = replace(stack, outputs={**kept, **self.stack_outputs})
        return Snapshot(resources=(*self.news.values(), *self.left.values()))
