"""What the settings say about climbs: the same store on another backend, laid over the section that it has."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from pydantic import TypeAdapter, ValidationError

from components.backups import hooks
from components.catalog import Keeper, Kind, Role
from components.climb import copiers
from components.store import CLIMBING, Climb, StoreArgs, StoreError
from infra import backups, receipts, schema, store_settings
from infra.complaints import Complaint, from_validation
from infra.schema import PREFIX
from infra.store_settings import Ground

OF_A_CLIMB = ("phase", "to", "receipt", "fall_back_to_run", "back")
"""Settings that go when a climb is over."""

_OF_A_BACKEND = ("backend", "stage", "external", "readers", "aws", "gcp", "atlas")
"""Settings of the backend before; the new one has them only where `to` names them."""

_STAYS = ("name", "role", "protect", *OF_A_CLIMB)
"""Settings that a climb does not change."""


def overlaid(section: Mapping[str, object], *, backed_up: bool = True) -> dict[str, object]:
    """A section as it is when its climb is over.

    Args:
        section: As written, with `to`.
        backed_up: Whether Ladder takes backups there.
    """
    new = cast("Mapping[str, object]", section.get("to") or {})
    gone = {*_OF_A_BACKEND, *OF_A_CLIMB, *(() if backed_up else ("backup",))}
    return {**{key: value for key, value in section.items() if key not in gone}, **new}


def added(
    kind: Kind, store: StoreArgs, values: Mapping[str, object], sections: schema.Sections, ground: Ground
) -> tuple[StoreArgs, list[Complaint]]:
    """The store with its climb, and what is wrong with that.

    Args:
        kind: Of the store.
        store: On the backend that it has.
        values: All sections, as written.
        sections: The same, as they were read.
        ground: What stores share.
    """
    section = store_settings.configured(sections)[kind]
    key = f"{PREFIX}{kind}"
    found = [replace(it, key=f"{key}.{it.key}") for it in _complaints(kind, store, section, sections)]
    if section.to is None or section.phase not in CLIMBING:
        return store, found
    written = cast("Mapping[str, object]", values[kind])
    try:
        target, backed = _target(kind, section, written, sections, ground)
    except ValidationError as error:
        values = overlaid(written)
        return store, [*found, *from_validation(error, values, type(section), f"{key}.to.")]
    except StoreError as error:
        wrong = (store_settings.complaint(kind, section, it) for it in error.problems)
        return store, [*found, *(replace(it, key=it.key.replace(key, f"{key}.to", 1)) for it in wrong)]
    if target.backend is store.backend:
        rule = f"the store runs on {store.backend} already"
        fix = "name another backend, or take phase and to out"
        found.append(Complaint(key=f"{key}.to", value=str(target.backend), rule=rule, fix=fix))
    elif not copiers.fits(kind, store.backend, target.backend):
        rule = f"this version of Ladder does not copy {kind} from {store.backend} to {target.backend}"
        found.append(Complaint(key=f"{key}.to", value=str(target.backend), rule=rule, fix=copiers.known(kind)))
    if target.keeper is Keeper.CLUSTER and backed.backup is None:
        rule = "what Ladder keeps is backed up from its first day on, and there is no vault"
        found.append(Complaint(key=f"{key}.to", value=str(target.backend), rule=rule, fix=f"set {PREFIX}vault"))
    climb = Climb(to=backed, receipt=section.receipt, fall_back_to_run=section.fall_back_to_run)
    return replace(store, climb=climb), found


def _target(
    kind: Kind,
    section: schema.StoreSection,
    written: Mapping[str, object],
    sections: schema.Sections,
    ground: Ground,
) -> tuple[StoreArgs, StoreArgs]:
    """The store where its data goes, without and with its backups."""
    shape = TypeAdapter(type(section))

    def read(values: Mapping[str, object]) -> schema.StoreSection:
        return replace(shape.validate_json(json.dumps(values)), phase=section.phase)

    new = read(overlaid(written))
    target = store_settings.store(kind, new, ground, arriving=True)
    if not hooks.fit(kind, target.keeper):
        new = read(overlaid(written, backed_up=False))
    return target, backups.added(target, new, sections)


def _complaints(
    kind: Kind, store: StoreArgs, section: schema.StoreSection, sections: schema.Sections
) -> Iterator[Complaint]:
    """Keys are those below the store's own."""
    to, phase = section.to, section.phase
    if phase in CLIMBING and to is None:
        fix = f"set to: {{backend: …}}, or take phase out;  ladder climb {kind} --to BACKEND  writes both"
        yield Complaint(key="phase", value=f'"{phase}"', rule="a climb needs to know where to", fix=fix)
    if phase not in CLIMBING:
        # `to` may wait for its climb: the secrets of a place are written before anything goes there.
        for name in ("receipt", "fall_back_to_run", "back"):
            if getattr(section, name):
                rule = "belongs to a climb, and none is under way"
                fix = f"set phase: copy, or take it out;  ladder climb {kind} --to BACKEND  writes it"
                yield Complaint(key=name, value="set", rule=rule, fix=fix)
        return
    for name in _STAYS:
        if name in (to or {}):
            rule = "does not change in a climb"
            yield Complaint(key=f"to.{name}", value="set", rule=rule, fix="take it out of to")
    if store.role is Role.CACHE:
        rule = "a cache holds nothing that would have to be copied"
        fix = "take phase and to out; take the section out, run  pulumi up, and write it with the new backend"
        yield Complaint(key="phase", value=f'"{phase}"', rule=rule, fix=fix)
    elif store.keeper is not Keeper.OTHERS and (sections.vault is None or not hooks.fit(kind, store.keeper)):
        rule = "data is not moved without a backup to fall back to, and none is taken of this store"
        fix = f"set {PREFIX}vault" if sections.vault is None else "take phase and to out"
        yield Complaint(key="phase", value=f'"{phase}"', rule=rule, fix=fix)
    if sections.move is not None:
        rule = f"the whole environment is on the move ({PREFIX}move)"
        yield Complaint(key="phase", value=f'"{phase}"', rule=rule, fix="end that first; ladder move")
    if section.receipt is not None and receipts.parse(section.receipt) is None:
        rule = "is no receipt: <phase>.<run>.<time>.<seal>"
        yield Complaint(
            key="receipt", value=section.receipt, rule=rule, fix="take it out; jobs of ladder climb give it"
        )
    if section.fall_back_to_run is not None and not re.fullmatch(receipts.RUN, section.fall_back_to_run):
        rule = "is no run of backups"
        fix = f"ladder backups {kind}  lists them"
        yield Complaint(key="fall_back_to_run", value=section.fall_back_to_run, rule=rule, fix=fix)
