"""Replacing a resource: its successor first, or, where two cannot be side by side, its deletion first."""

from __future__ import annotations

from dataclasses import replace

from ladder.engine.book import Book
from ladder.engine.graph import dependents
from ladder.engine.judge import Verdict, judge
from ladder.engine.model import Op, Step
from ladder.engine.properties import UNKNOWN, Properties
from ladder.engine.snapshot import Resource


def admit(book: Book, old: Resource, new: Resource) -> bool:
    """Refuse the replacement of what is protected before and after; a preview reports that and goes on."""
    if not (old.protect and new.protect):
        return True
    message = (
        f'unable to replace resource "{new.urn}"\n'
        "as it is currently marked for protection. To unprotect the resource, remove the `protect` flag "
        "from the resource in your Pulumi program and run `pulumi up`"
    )
    if book.preview:
        book.refusals.append(message)
        return True
    book.fail(message)
    return False


def delete_first(book: Book, old: Resource) -> bool:
    """Delete a resource before its successor is made, and before it whatever must be replaced with it."""
    position = book.position(old)
    going: dict[str, Resource] = {old.urn: old}
    for candidate in dependents(position, book.before.resources, frozenset(book.seen)):
        if _goes_along(book, candidate, going):
            going[candidate.urn] = candidate
    for candidate in reversed(going.values()):
        current = book.left.get(book.position(candidate))
        if current is None or current.pending_replacement:
            continue
        if candidate.protect and candidate is not old:
            book.fail(_refusal(candidate.urn, old.urn))
            return False
        if not _delete(book, candidate):
            return False
    return True


def make_successor(book: Book, old: Resource, new: Resource, verdict: Verdict, *, gone: bool) -> Resource | None:
    """Create the successor; unless the old one is `gone`, it waits for the end of the run to be deleted."""
    step = Step(op=Op.CREATE_REPLACEMENT, urn=new.urn, paths=verdict.changed, replaced_by=verdict.replaced_by)
    told = replace(step, op=Op.REPLACE)
    book.changed.add(new.urn)
    book.replaced.add(new.urn)
    if gone:
        book.steps.append(told)
    failure = book.failure(step, new)
    if failure is not None and not failure.created:
        return None
    if gone:
        book.remove_old(old)
    else:
        book.left[book.position(old)] = replace(old, delete=True)
    if failure is not None:
        book.news[new.urn] = replace(new, init_errors=(failure.message,))
        return None
    book.done(step, new)
    if not gone:
        book.steps.append(told)
    return new


def _delete(book: Book, old: Resource) -> bool:
    step = Step(op=Op.DELETE_REPLACED, urn=old.urn, retained=old.retain_on_delete)
    if not old.retain_on_delete and book.failure(step, old) is not None:
        return False
    book.steps.append(step)
    book.deleted_first.add(old.urn)
    book.left[book.position(old)] = replace(old, pending_replacement=True)
    return True


def _goes_along(book: Book, candidate: Resource, going: dict[str, Resource]) -> bool:
    """Tell whether a dependent would be replaced too if everything that it takes from `going` changed."""
    if not candidate.custom or candidate.external:
        return False
    if candidate.provider_urn in going or candidate.deleted_with in going:
        return True
    lost = {key for key, urns in candidate.property_dependencies.items() if going.keys() & set(urns)}
    lost &= candidate.inputs.keys()
    if not lost:
        return False
    unknown: Properties = {**candidate.inputs, **dict.fromkeys(lost, UNKNOWN)}
    provider = book.old(candidate.provider_urn)
    wanted = replace(candidate, inputs=unknown)
    return bool(judge(candidate, wanted, provider.inputs if provider else {}, lambda _: True).replaced_by)


def _refusal(urn: str, root: str) -> str:
    return (
        f'unable to replace resource "{urn}" as part of replacing "{root}" as it is currently marked for '
        "protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi "
        f"program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{urn}'`"
    )
