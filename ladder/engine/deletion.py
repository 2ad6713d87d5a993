"""The end of a run: what the program no longer asks for is deleted, dependents first."""

from __future__ import annotations

from ladder.engine.book import Book
from ladder.engine.graph import all_dependencies, antichains
from ladder.engine.model import Op, Step
from ladder.engine.snapshot import Resource


def delete_the_rest(book: Book) -> None:
    """Delete everything left that nothing asked for.

    A protected resource is refused and everything that it depends on stays; the others go on being deleted.
    """
    state = [book.left.get(position, it) for position, it in enumerate(book.before.resources)]
    condemned = [it for it in book.left if state[it].delete or state[it].urn not in book.seen]
    kept: set[int] = set()
    for group in antichains(condemned, state):
        refused = [it for it in group if it not in kept and not _delete(book, it, state[it])]
        for position in refused:
            kept |= all_dependencies(position, state)
        if book.error is not None:
            return


def _delete(book: Book, position: int, old: Resource) -> bool:
    op = _operation(old)
    if book.error is not None:
        return False
    if op is Op.DELETE and old.protect:
        book.steps.append(Step(op=op, urn=old.urn, failed=True))
        book.refusals.append(("Preview failed: " if book.preview else "") + _refusal(old.urn))
        return False
    step = Step(op=op, urn=old.urn, retained=old.retain_on_delete)
    leaves_it = op is Op.REMOVE_PENDING_REPLACE or old.retain_on_delete or old.external
    if not leaves_it and book.failure(step, old) is not None:
        return False
    book.steps.append(step)
    del book.left[position]
    return True


def _operation(old: Resource) -> Op:
    if old.delete:
        return Op.DELETE_REPLACED
    if old.external:
        return Op.DISCARD
    return Op.REMOVE_PENDING_REPLACE if old.pending_replacement else Op.DELETE


def _refusal(urn: str) -> str:
    return (
        f'resource "{urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, either remove the `protect` flag from the "
        "resource in your Pulumi program and run `pulumi up`, or use the command:\n"
        f"`pulumi state unprotect '{urn}'`"
    )
