"""Runs the program on the offline engine and sorts what would happen by component."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from infra import guard, ledger, settings
from infra.complaints import Complaint, SettingsError
from infra.refusal import Reason, Refusal
from infra.settings import Settings
from ladder import offline
from ladder.engine import MASK, Op, Registration, Run, Secret, Step, plain
from ladder.engine.properties import Properties, Value
from ladder.engine.snapshot import STACK_TYPE, Snapshot
from ladder.errors import Exit, LadderError
from ladder.plan import bearing, estimate, registered, tree
from ladder.plan.before import Before
from ladder.plan.model import Change, Part, Plan
from ladder.stack.stackfile import StackFile

_LOSES = {Op.DELETE, Op.REPLACE, Op.DELETE_REPLACED}
_QUIET = {Op.SAME, Op.READ, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}
_DIGESTS = {f"spec.template.metadata.annotations.ladder/{it}" for it in ("checksum", "connections")}
_ROLLED = {"kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:Deployment"}


def read_settings(file: StackFile) -> Settings:
    """What the stack file asks for.

    Raises:
        SettingsError: With every wrong setting, and where each stands.
    """
    try:
        return settings.load(
            file.config,
            file.secret_keys.__contains__,
            project=file.project,
            stack=file.stack,
            organization=file.organization,
        )
    except SettingsError as error:
        raise SettingsError([_placed(complaint, file) for complaint in error.complaints]) from None


def make(file: StackFile, before: Before) -> Plan:
    """Work out what `pulumi up` would do.

    Raises:
        SettingsError: When the settings are wrong.
        LadderError: When the state cannot be read.
        UnsupportedError: When the program asks for what the offline engine cannot judge.
    """
    wanted = read_settings(file)
    if refusals := refused(file, before.state, wanted):
        return Plan(settings=wanted, compared_with=before.source, counts={}, refusal=str(guard.Refused(refusals)))
    done = preview(file, before.state)
    steps = changes_of(done, before.state)
    protected = is_protection(done.error)
    return Plan(
        settings=wanted,
        compared_with=before.source,
        parts=_parts(done, before.state, steps),
        counts=Counter(step.op for step in steps),
        tree=tree.grow(done.registrations),
        estimate=estimate.make(
            wanted,
            registered.resources(done.registrations),
            registered.existing(before.state.resources) if before.source else None,
        ),
        refusal=done.error if protected else None,
        failure=None if protected else done.error,
        warnings=[log.message for log in done.logs if log.severity == "warning"],
    )


def preview(file: StackFile, state: Snapshot) -> Run:
    """What the real engine would say it does, starting from `state`.

    Raises:
        UnsupportedError: When the program asks for what the offline engine cannot judge.
    """
    return offline.run(file, before=state, preview=True)


def is_protection(error: str | None) -> bool:
    """Whether a run ended because the engine protects something."""
    return error is not None and "protect" in error


def refused(file: StackFile, state: Snapshot, wanted: Settings) -> list[Refusal]:
    """What the guard says, with the lines of the stack file at which it points.

    Raises:
        LadderError: When the state cannot be read.
    """
    held = {it.urn: {"outputs": plain(it.outputs)} for it in state.resources if not it.delete}
    try:
        found = guard.check(ledger.parse(held), wanted)
    except ledger.LedgerError as error:
        raise LadderError(Exit.FAILED, str(error)) from None
    return [replace(it, reasons=tuple(_pointed(reason, file) for reason in it.reasons)) for it in found]


def _pointed(reason: Reason, file: StackFile) -> Reason:
    where = file.where(reason.setting.split()[0])
    return replace(reason, setting=f"{reason.setting}  ({where})") if where else reason


def _placed(complaint: Complaint, file: StackFile) -> Complaint:
    where = file.where(complaint.key)
    return replace(complaint, value=f"{complaint.value}  ({where})") if where else complaint


def changes_of(done: Run, before: Snapshot) -> list[Step]:
    """What would happen, without what only seems to.

    An export without `--show-secrets` keeps secrets encrypted, so digests of them come out different although nothing
    changed. They count only where something that they are made of, or that comes with it, changes.
    """
    steps = [step for step in done.steps if step.op not in _QUIET]
    if not any(_is_hidden(it.outputs) for it in before.resources):
        return steps
    only_digests = {
        step.urn
        for step in steps
        if step.op is Op.UPDATE and set(step.paths) <= _DIGESTS and registered.type_of(step.urn) in _ROLLED
    }
    moved = {step.urn for step in steps} - only_digests
    wanted = {it.urn: it for it in done.registrations}
    return [step for step in steps if step.urn not in only_digests or _sources(wanted[step.urn]) & moved]


def _sources(wanted: Registration) -> set[str]:
    return {*wanted.dependencies, *(urn for urns in wanted.property_dependencies.values() for urn in urns)}


def _is_hidden(value: Value) -> bool:
    """Whether a secret in it was not kept."""
    match value:
        case Secret():
            return value.value == MASK or _is_hidden(value.value)
        case dict():
            return any(map(_is_hidden, value.values()))
        case list():
            return any(map(_is_hidden, value))
        case _:
            return False


def _parts(done: Run, before: Snapshot, changes: Sequence[Step]) -> list[Part]:
    parents = {it.urn: it.parent for it in before.resources} | {it.urn: it.parent for it in done.registrations}
    held = {it.urn: it.inputs for it in before.resources}
    names = {it.urn: registered.object_name(it.name, it.inputs) for it in (*before.resources, *done.registrations)}
    wanted = Counter(registered.top(it.urn, parents) for it in done.registrations if it.type != STACK_TYPE)
    steps: dict[str, list[Step]] = {top: [] for top in wanted}
    for step in changes:
        if registered.type_of(step.urn) != STACK_TYPE:
            steps.setdefault(registered.top(step.urn, parents), []).append(step)
    return [
        Part(
            name=registered.label(top),
            op=_op_of(top, found),
            resources=wanted[top],
            changes=[_change(step, names, held) for step in found if _is_leaf(step.urn)],
        )
        for top, found in steps.items()
    ]


def _op_of(top: str, steps: list[Step]) -> Op:
    for step in steps:
        if step.urn == top and step.op in (Op.CREATE, Op.DELETE):
            return step.op
    ops = {step.op for step in steps}
    if top == registered.PROVIDERS and len(ops) == 1:
        return ops.pop()
    return Op.UPDATE if steps else Op.SAME


def _change(step: Step, names: Mapping[str, str], held: Mapping[str, Properties]) -> Change:
    bears = bearing.noun(registered.type_of(step.urn), held.get(step.urn, {})) is not None
    return Change(
        op=step.op,
        kind=registered.short(registered.type_of(step.urn)),
        name=names.get(step.urn, step.urn.rsplit("::", 1)[-1]),
        paths=step.paths,
        loses_data=bears and step.op in _LOSES and not step.retained,
    )


def _is_leaf(urn: str) -> bool:
    return not registered.type_of(urn).startswith("ladder:")
