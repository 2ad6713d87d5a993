"""The engine's side of a run: turns what the program registers into steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ladder.engine import deletion, replacement
from ladder.engine.book import Book
from ladder.engine.diff import keep_ignored
from ladder.engine.judge import Verdict, judge
from ladder.engine.kinds import SECRET
from ladder.engine.model import Op, Registration, Step
from ladder.engine.properties import Properties
from ladder.engine.provision import checked, created, updated
from ladder.engine.snapshot import STACK_TYPE, Resource, Snapshot
from ladder.engine.values import Values


@dataclass(kw_only=True)
class Deployment:
    """One pass of the engine over one program."""

    book: Book
    values: Values
    registrations: list[Registration] = field(default_factory=list[Registration])
    registered_outputs: dict[str, Properties] = field(default_factory=dict[str, Properties])

    def register(self, wanted: Registration, *, by_program: bool = True) -> Resource | None:
        """Do what a registration asks for; return the new state, or nothing when the run ends there.

        Raises:
            UnsupportedError: the type is unknown.
        """
        book = self.book
        if book.error is not None:
            return None
        if by_program:
            self.registrations.append(wanted)
        if wanted.urn in book.news:
            return book.fail(f"Duplicate resource URN '{wanted.urn}'; try giving it a unique name")
        if wanted.parent and wanted.parent not in book.news:
            return book.fail(f"could not find parent resource {wanted.parent}")
        old = book.find_old(wanted)
        return self._step(wanted, old) if book.error is None else None

    def read(self, wanted: Registration, outputs: Properties) -> Resource | None:
        """Take in something outside this stack."""
        book = self.book
        if book.error is not None:
            return None
        self.registrations.append(wanted)
        old = book.find_old(wanted)
        if old is not None:
            book.remove_old(old)
        new = replace(_state(wanted), id=wanted.external_id, outputs=outputs, external=True)
        return book.done(Step(op=Op.READ, urn=new.urn), new)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Take the outputs of a component or of the stack."""
        book = self.book
        resource = book.news.get(urn)
        if resource is not None and resource.type == STACK_TYPE:
            book.stack_outputs = outputs
        elif book.error is not None:
            return
        elif resource is None or urn in self.registered_outputs:
            book.fail(f"cannot complete a resource '{urn}' whose registration isn't pending")
            return
        else:
            book.news[urn] = replace(resource, outputs=outputs)
        self.registered_outputs[urn] = outputs

    def finish(self, *, program_failed: bool) -> Snapshot:
        """Delete what is no longer asked for and return the state that the run leaves."""
        if not program_failed and not self.book.failed:
            deletion.delete_the_rest(self.book)
        return self.book.after(failed=program_failed or self.book.failed)

    def _step(self, wanted: Registration, old: Resource | None) -> Resource | None:
        book = self.book
        inputs = wanted.inputs
        if old is not None and wanted.ignore_changes:
            inputs = keep_ignored(old.inputs, inputs, wanted.ignore_changes)
        bare = _state(wanted)
        provider = book.provider_inputs(bare.provider_urn)
        new = replace(bare, inputs=checked(bare, inputs, old.inputs if old else {}, provider))
        if old is None or old.external:
            return self._create(new, old)
        verdict = Verdict() if old.urn in book.deleted_first else self._verdict(old, new)
        if verdict.replaced_by or old.pending_replacement:
            # What goes hands nothing on: a new name, new defaults.
            fresh = replace(bare, inputs=checked(bare, wanted.inputs, {}, provider))
            return self._replace(wanted, old, fresh, verdict)
        if verdict.changed or old.init_errors:
            return self._update(old, new, verdict)
        book.remove_old(old)
        return book.done(Step(op=Op.SAME, urn=new.urn), replace(new, id=old.id, outputs=old.outputs))

    def _verdict(self, old: Resource, new: Resource) -> Verdict:
        if new.deleted_with in self.book.replaced:
            return Verdict(replaced_by=("deletedWith",))
        if self._provider_moved(old, new):
            return Verdict(replaced_by=("provider",))
        return judge(old, new, self.book.provider_inputs(new.provider_urn), lambda key: self._stale(new, key))

    def _provider_moved(self, old: Resource, new: Resource) -> bool:
        """Tell whether its provider now means another place, so that it cannot stay where it is."""
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        before, after = self.book.old(old.provider_urn), self.book.news.get(new.provider_urn)
        if before is None or after is None:
            return False
        return bool(judge(before, after, {}, lambda _: True).replaced_by)

    def _stale(self, new: Resource, key: str) -> bool:
        # A Secret is registered with `stringData` and kept as `data`.
        keys = ("data", "stringData") if new.type == SECRET else (key,)
        urns = {urn for it in keys for urn in new.property_dependencies.get(it, ())}
        return bool(urns & self.book.changed)

    def _create(self, new: Resource, old: Resource | None) -> Resource | None:
        book = self.book
        book.changed.add(new.urn)
        step = Step(op=Op.CREATE, urn=new.urn)
        failure = book.failure(step, new)
        if failure is not None and not failure.created:
            return None
        made = created(new, None, self.values, preview=book.preview)
        if old is not None:
            book.remove_old(old)
        if failure is not None:
            book.news[new.urn] = replace(made, init_errors=(failure.message,))
            return None
        return book.done(step, made)

    def _update(self, old: Resource, new: Resource, verdict: Verdict) -> Resource | None:
        book = self.book
        book.changed.add(new.urn)
        step = Step(op=Op.UPDATE, urn=new.urn, paths=verdict.changed)
        failure = book.failure(step, new)
        if failure is not None and not failure.created:
            return None
        book.remove_old(old)
        changed = updated(new, old)
        if failure is not None:
            book.news[new.urn] = replace(changed, init_errors=(failure.message,))
            return None
        return book.done(step, changed)

    def _replace(self, wanted: Registration, old: Resource, new: Resource, verdict: Verdict) -> Resource | None:
        book = self.book
        gone = old.urn in book.deleted_first
        if not gone and not replacement.admit(book, old, new):
            return None
        book.replaced.add(new.urn)
        asked = wanted.delete_before_replace
        if not gone and (verdict.deletes_first if asked is None else asked):
            if not replacement.delete_first(book, old):
                return None
            gone = True
        made = created(new, old, self.values, preview=book.preview)
        return replacement.make_successor(book, old, made, verdict, gone=gone)


def _state(wanted: Registration) -> Resource:
    return Resource(
        urn=wanted.urn,
        type=wanted.type,
        custom=wanted.custom,
        parent=wanted.parent,
        inputs=wanted.inputs,
        protect=bool(wanted.protect),
        retain_on_delete=bool(wanted.retain_on_delete),
        dependencies=wanted.dependencies,
        property_dependencies=wanted.property_dependencies,
        provider=wanted.provider,
        deleted_with=wanted.deleted_with,
        additional_secret_outputs=wanted.additional_secret_outputs,
        replace_on_changes=wanted.replace_on_changes,
    )
