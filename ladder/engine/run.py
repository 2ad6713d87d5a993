"""Runs a whole Pulumi program and tells what the real engine would do, without CLI, cluster or network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ladder.engine.book import Book
from ladder.engine.builtins import Builtins
from ladder.engine.deployment import Deployment
from ladder.engine.model import Failure, Failures, Findings, Invokes, Run, UnsupportedError
from ladder.engine.monitor import Listener, Monitor
from ladder.engine.sdk import Session, drive
from ladder.engine.snapshot import STACK_TYPE, Snapshot
from ladder.engine.values import PLACEHOLDERS, Values


def run(
    program: Callable[[], object],
    *,
    project: str = "ladder",
    stack: str = "dev",
    organization: str = "organization",
    config: Mapping[str, str] | None = None,
    secret_keys: frozenset[str] = frozenset(),
    before: Snapshot | None = None,
    values: Values = PLACEHOLDERS,
    preview: bool = False,
    skip_preview: bool = False,
    failures: Mapping[str, Failure | str] | Failures | None = None,
    stacks: Mapping[str, Snapshot] | None = None,
    invokes: Invokes | None = None,
) -> Run:
    """Run a program against a state and return what would happen and what would be left.

    Like `pulumi up`, a run that is not a preview makes one first and stops there when it fails;
    `skip_preview` leaves that out, as the CLI's flag does. A preview's `after` is its `before`.

    Args:
        program: registers the resources; it may be run twice.
        project: the project's name, part of every URN.
        stack: the stack's name, part of every URN.
        organization: the first part of the stack's full name.
        config: values by full key (`ladder:stage`); those that are not text as JSON text.
        secret_keys: the keys in `config` that are secret.
        before: the state to start from; none is a new stack.
        values: where passwords and certificates come from.
        preview: judge only; what providers make up is unknown then.
        skip_preview: do not make a preview first.
        failures: by URN, or by a function of it, how a resource fails.
        stacks: the states of other stacks by full name, for stack references.
        invokes: answers to provider functions by token.

    Raises:
        UnsupportedError: something was asked for that this engine cannot judge.
    """
    job = _Job(
        program=program,
        project=project,
        stack=stack,
        organization=organization,
        config=config or {},
        secret_keys=secret_keys,
        before=before or Snapshot.empty(),
        values=values,
        failures=_failures(failures),
        stacks=stacks or {},
        invokes=invokes or {},
    )
    if preview or not skip_preview:
        judged = job.execute(preview=True)
        if preview or judged.error is not None:
            return judged
    return job.execute(preview=False)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """Everything about a run but whether it is a preview."""

    program: Callable[[], object]
    project: str
    stack: str
    organization: str
    config: Mapping[str, str]
    secret_keys: frozenset[str]
    before: Snapshot
    values: Values
    failures: Failures
    stacks: Mapping[str, Snapshot]
    invokes: Invokes

    def execute(self, *, preview: bool) -> Run:
        """Run once."""
        book = Book(before=self.before, preview=preview, failures=self.failures)
        deployment = Deployment(book=book, values=self.values)
        monitor = Monitor(
            deployment=deployment,
            builtins=self._builtins(),
            project=self.project,
            stack=self.stack,
            config=self.config,
        )
        listener = Listener()
        session = Session(
            project=self.project,
            stack=self.stack,
            organization=self.organization,
            config=self.config,
            secret_keys=self.secret_keys,
            preview=preview,
        )
        ended = drive(self.program, session, monitor, listener)
        if monitor.unsupported is not None:
            raise UnsupportedError(monitor.unsupported)
        after = deployment.finish(program_failed=ended.error is not None)
        return Run(
            registrations=tuple(deployment.registrations),
            registered_outputs=deployment.registered_outputs,
            steps=tuple(book.steps),
            after=self.before if preview else after,
            error=book.error or "\n".join(book.unready) or ended.error or "\n".join(book.refusals) or None,
            outputs=after.outputs,
            logs=tuple(listener.logs),
            findings=_findings(deployment, ended.late),
            traceback=ended.traceback,
        )

    def _builtins(self) -> Builtins:
        own = f"{self.organization}/{self.project}/{self.stack}"
        return Builtins(
            organization=self.organization,
            project=self.project,
            stacks={**self.stacks, own: self.before},
            invokes=self.invokes,
        )


def _failures(given: Mapping[str, Failure | str] | Failures | None) -> Failures:
    if callable(given):
        return given
    known = {urn: Failure(message=it) if isinstance(it, str) else it for urn, it in (given or {}).items()}
    return known.get


def _findings(deployment: Deployment, late: tuple[str, ...]) -> Findings:
    wanted = deployment.registrations
    stacks = {it.urn for it in wanted if it.type == STACK_TYPE}
    components = [it for it in wanted if not it.custom and it.type != STACK_TYPE]
    return Findings(
        top_level=tuple(it.urn for it in wanted if it.parent in stacks and not it.is_provider),
        without_outputs=tuple(it.urn for it in components if it.urn not in deployment.registered_outputs),
        after_outputs=late,
    )
