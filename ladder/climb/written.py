"""What a climb writes into the stack file: as little as can be, comments kept, and in the end one line."""

from collections.abc import Mapping
from typing import cast

from components.backups import hooks
from components.catalog import Kind
from components.store import Phase, StoreArgs
from infra import climbs
from infra.complaints import SettingsError
from infra.settings import PREFIX
from ladder import plan
from ladder.stack import edits
from ladder.stack.document import Document, Json, Keys
from ladder.stack.stackfile import StackFile

_RESOLVED = ("version", "storage_gib", "replicas", "readers", "engine")
"""Settings with a default: what the way back must name where the section did not."""


def section_of(file: Document, kind: Kind) -> Mapping[str, Json]:
    """What a store's section holds."""
    held = file.at(edits.CONFIG, _key(kind))
    return held if isinstance(held, Mapping) else {}


def target_of(file: Document, kind: Kind) -> Mapping[str, Json]:
    """What `to` of a store's section holds."""
    held = section_of(file, kind).get("to")
    return held if isinstance(held, Mapping) else {}


def in_phase(file: Document, kind: Kind, phase: Phase, receipt: str = "") -> Document:
    """The file with a phase, and the receipt that lets it in; with none, no other phase's is left."""
    key = _key(kind)
    file = edits.with_phase(file, key, phase)
    if receipt:
        return edits.with_value(file, (key, "receipt"), receipt)
    return _without(file, kind, "receipt")


def begun(file: Document, kind: Kind, to: Mapping[str, Json], phase: Phase, receipt: str = "") -> Document:
    """The file with a climb to `to`, which is laid over what somebody wrote there before."""
    key = _key(kind)
    if not isinstance(section_of(file, kind).get("to"), Mapping):
        file = edits.with_value(file, (key, "to"), dict(to))
    for name, value in to.items():
        if target_of(file, kind).get(name) != value:
            file = edits.with_value(file, (key, "to", name), value)
    return in_phase(file, kind, phase, receipt)


def ended(file: StackFile, kind: Kind, target: StoreArgs) -> Document:
    """The file at the end: the section as `to` made it, as short as it says the same."""
    section = section_of(file.document, kind)
    return _shortened(file, kind, _laid(file.document, kind, climbs.overlaid(section, backed_up=_backed(target))))


def turned(file: StackFile, kind: Kind, source: StoreArgs, target: StoreArgs, receipt: str) -> Document:
    """The file with its climb turned round: what was `to` is where the data is, and `to` is where it came from.

    Args:
        file: In phase `cutover`.
        kind: Of the store.
        source: Where it came from.
        target: Where it went.
        receipt: Proof that all of the data is there.
    """
    section = section_of(file.document, kind)
    there = cast("Mapping[str, Json]", climbs.overlaid(section, backed_up=_backed(target)))
    came = {key: value for key, value in section.items() if key not in climbs.OF_A_CLIMB}
    to: dict[str, Json] = {"backend": str(source.backend)}
    to |= {key: value for key, value in came.items() if there.get(key) != value}
    # What the target named and the source left to its default would else stay.
    for key in there.keys() - came.keys():
        if key in _RESOLVED and (value := getattr(source, key)) is not None:
            to[key] = value if isinstance(value, int) else str(value)
    file_ = _laid(file.document, kind, {**there, "to": to, "back": True})
    return in_phase(file_, kind, Phase.COPY, receipt)


def given_up(file: Document, kind: Kind) -> Document:
    """The file without its climb; what somebody wrote into `to` stays for the next one."""
    for name in ("receipt", "back", "phase"):
        file = _without(file, kind, name)
    left = [name for name in target_of(file, kind) if name not in {"backend", "stage"}]
    if not left:
        return _without(file, kind, "to")
    for name in ("backend", "stage"):
        if name in target_of(file, kind):
            file = edits.without_value(file, (_key(kind), "to", name))
    return file


def _laid(file: Document, kind: Kind, wanted: dict[str, object]) -> Document:
    """The file with exactly `wanted` in a section: what is the same is not touched."""
    key = _key(kind)
    # What is new comes first in its section: the last of it is written first.
    for name, value in reversed(wanted.items()):
        if section_of(file, kind).get(name) != value:
            file = edits.with_value(file, (key, name), cast("Json", value))
    for name in section_of(file, kind):
        if name not in wanted:
            file = edits.without_value(file, (key, name))
    return file


def _shortened(file: StackFile, kind: Kind, held: Document) -> Document:
    """Without the backend, or the stage, where the stack's own stage says the same."""
    for name in ("backend", "stage"):
        if name in section_of(held, kind):
            shorter = edits.without_value(held, (_key(kind), name))
            if _store(file.having(shorter), kind) == _store(file.having(held), kind):
                held = shorter
    return held


def _store(file: StackFile, kind: Kind) -> StoreArgs | None:
    try:
        return plan.read_settings(file).stores[kind]
    except SettingsError:
        return None


def _backed(store: StoreArgs) -> bool:
    """Whether its backend can be backed up: else the settings of backups do not go there."""
    return hooks.fit(store.kind, store.keeper)


def _without(file: Document, kind: Kind, name: str) -> Document:
    keys: Keys = (_key(kind), name)
    return edits.without_value(file, keys) if name in section_of(file, kind) else file


def _key(kind: Kind) -> str:
    return f"{PREFIX}{kind}"
