"""Runs the program on the offline engine and sorts what would happen by component."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kubernetes.utils.quantity import (
    parse_quantity,  # pyright: ignore[reportUnknownVariableType] (the library's argument is untyped)
)

from infra import guard, ledger, program, settings
from infra.complaints import Complaint, SettingsError
from infra.refusal import Reason, Refusal
from infra.settings import Settings
from ladder import engine
from ladder.engine import MASK, Op, Registration, Run, Secret, Step, plain
from ladder.engine.properties import Properties, Value, mapping
from ladder.engine.snapshot import PROVIDER_PREFIX, STACK_TYPE, Snapshot
from ladder.errors import Exit, LadderError
from ladder.plan.before import Before
from ladder.plan.model import Asks, Change, Part, Plan
from ladder.stack.stackfile import StackFile

PROVIDERS = "providers"
_BEARS_DATA = {"kubernetes:core/v1:PersistentVolumeClaim", "kubernetes:core/v1:Namespace"}
_LOSES = {Op.DELETE, Op.REPLACE, Op.DELETE_REPLACED}
_QUIET = {Op.SAME, Op.READ, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}
_DIGESTS = {f"spec.template.metadata.annotations.ladder/{it}" for it in ("checksum", "connections")}
_ROLLED = {"kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:Deployment"}
_MIB = 2**20
_GIB = 2**30


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
    if refusals := _refusals(file, before, wanted):
        return Plan(settings=wanted, compared_with=before.source, counts={}, refusal=str(guard.Refused(refusals)))
    done = engine.run(
        lambda: program.main(look=False),
        project=file.project,
        stack=file.stack,
        organization=file.organization,
        config=file.config,
        secret_keys=file.secret_keys,
        before=before.state,
        preview=True,
    )
    steps = _changes_of(done, before.state)
    protected = done.error is not None and "protect" in done.error
    return Plan(
        settings=wanted,
        compared_with=before.source,
        parts=_parts(done, before.state, steps),
        counts=Counter(step.op for step in steps),
        asks=_asks(done.registrations),
        refusal=done.error if protected else None,
        failure=None if protected else done.error,
        warnings=[log.message for log in done.logs if log.severity == "warning"],
    )


def _refusals(file: StackFile, before: Before, wanted: Settings) -> list[Refusal]:
    """What the guard says, with the lines of the stack file at which it points."""
    held = {it.urn: {"outputs": plain(it.outputs)} for it in before.state.resources if not it.delete}
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


def _changes_of(done: Run, before: Snapshot) -> list[Step]:
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
        if step.op is Op.UPDATE and set(step.paths) <= _DIGESTS and _type(step.urn) in _ROLLED
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
    names = {it.urn: _object_name(it.name, it.inputs) for it in (*before.resources, *done.registrations)}
    wanted = Counter(_top(it.urn, parents) for it in done.registrations if it.type != STACK_TYPE)
    steps: dict[str, list[Step]] = {top: [] for top in wanted}
    for step in changes:
        if _type(step.urn) != STACK_TYPE:
            steps.setdefault(_top(step.urn, parents), []).append(step)
    return [
        Part(
            name=_label(top),
            op=_op_of(top, found),
            resources=wanted[top],
            changes=[_change(step, names) for step in found if _is_leaf(step.urn)],
        )
        for top, found in steps.items()
    ]


def _op_of(top: str, steps: list[Step]) -> Op:
    for step in steps:
        if step.urn == top and step.op in (Op.CREATE, Op.DELETE):
            return step.op
    ops = {step.op for step in steps}
    if top == PROVIDERS and len(ops) == 1:
        return ops.pop()
    return Op.UPDATE if steps else Op.SAME


def _change(step: Step, names: Mapping[str, str]) -> Change:
    bears = _type(step.urn) in _BEARS_DATA
    return Change(
        op=step.op,
        kind=_short(_type(step.urn)),
        name=names.get(step.urn, step.urn.rsplit("::", 1)[-1]),
        paths=step.paths,
        loses_data=bears and step.op in _LOSES and not step.retained,
    )


def _object_name(name: str, inputs: Mapping[str, Value]) -> str:
    given = plain(mapping(inputs.get("metadata")).get("name"))
    return given if isinstance(given, str) else name


def _top(urn: str, parents: Mapping[str, str]) -> str:
    """The component right below the stack that `urn` belongs to; providers of the stack count as one."""
    above = parents.get(urn, "")
    while above and _type(above) != STACK_TYPE:
        urn, above = above, parents.get(above, "")
    return PROVIDERS if _type(urn).startswith(PROVIDER_PREFIX) else urn


def _label(top: str) -> str:
    return top.rsplit("::", 1)[-1]


def _type(urn: str) -> str:
    """The type of a resource, without those of its parents."""
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""


def _is_leaf(urn: str) -> bool:
    return not _type(urn).startswith("ladder:")


def _asks(wanted: Sequence[Registration]) -> Asks:
    """What all resources ask for; a Deployment counts with what its autoscaler keeps at least."""
    specs = [(it, mapping(plain(it.inputs.get("spec")))) for it in wanted]
    least = {
        mapping(spec.get("scaleTargetRef")).get("name"): spec.get("minReplicas")
        for it, spec in specs
        if _short(it.type) == "HorizontalPodAutoscaler"
    }
    found = Asks()
    for it, spec in specs:
        match _short(it.type):
            case "PersistentVolumeClaim":
                requests = mapping(mapping(spec.get("resources")).get("requests"))
                found += Asks(storage_gib=_quantity(requests.get("storage")) / _GIB)
            case "StatefulSet" | "Deployment":
                replicas = spec.get("replicas") or least.get(_object_name(it.name, it.inputs)) or 1
                found += _pod_asks(spec, _quantity(replicas))
            case _:
                pass
    return found


def _pod_asks(spec: Properties, count: float) -> Asks:
    containers = mapping(mapping(spec.get("template")).get("spec")).get("containers")
    found = Asks()
    for container in containers if isinstance(containers, list) else []:
        requests = mapping(mapping(mapping(container).get("resources")).get("requests"))
        found += Asks(
            cpu=_quantity(requests.get("cpu")) * count, memory_mib=_quantity(requests.get("memory")) / _MIB * count
        )
    return found


def _short(type_: str) -> str:
    return type_.rsplit(":", 1)[-1]


def _quantity(value: Value) -> float:
    return float(parse_quantity(value or 0))
