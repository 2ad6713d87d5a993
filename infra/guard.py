"""The rules that compare what is held with what is wanted, and refuse what would lose data."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from components import catalog
from components.catalog import Keeper, Role
from components.store import StoreArgs
from infra import climb_guard, holding
from infra.ledger import Kept, Ledger, keeps
from infra.refusal import Reason, Refusal, Refused
from infra.settings import PREFIX, Settings

__all__ = ["Refusal", "Refused", "check", "enforce"]


def check(ledger: Ledger, settings: Settings, now: datetime | None = None) -> list[Refusal]:
    """Every store that the wanted settings would take data from.

    `protect: false` and phase `remove` change nothing here: the one lifts the engine's protection only, and a
    removal that is under way is no leave for another change.

    Args:
        ledger: What is held.
        settings: What is wanted.
        now: For the age of what was proven; the clock's, by default.
    """
    moment = now or datetime.now(UTC)
    found = ((kept.name, tuple(_reasons(kept, settings, moment))) for kept in ledger.stores)
    return [Refusal(store=name, reasons=reasons) for name, reasons in found if reasons]


def enforce(ledger: Ledger, settings: Settings) -> None:
    """Raise when `check` finds anything.

    Raises:
        Refused: With every refusal.
    """
    if refusals := check(ledger, settings):
        raise Refused(refusals)


def _reasons(kept: Kept, settings: Settings, now: datetime) -> Iterator[Reason]:
    """Worst first."""
    wanted = settings.stores.get(kept.kind)
    if wanted is None or wanted.name != kept.name:
        yield from _gone(kept, wanted, settings)
        return
    yield from climb_guard.check(kept, wanted, settings, now)
    for backend in climb_guard.kept_on(kept):
        here = kept.on(backend)
        if not here.holds_data:
            continue
        # What another backend would do to size, version and the rest says nothing about this one.
        stays = next((it for it in _places(wanted) if it.backend is backend), None)
        if stays:
            yield from _role(here, stays, settings)
            yield from _lost(here, settings)
        yield from _place(here, stays or wanted)
        if stays:
            yield from _storage_class(here, stays)
            yield from _pinned(here, stays)
            yield from _steered(here, stays)
            yield from _engine(here, stays)
            yield from _members(here, stays)
            yield from _size(here, stays)
            yield from _version(here, stays)


def _places(wanted: StoreArgs) -> tuple[StoreArgs, ...]:
    """Every backend that a store is wanted on."""
    return (wanted, wanted.climb.to) if wanted.climb else (wanted,)


def _gone(kept: Kept, wanted: StoreArgs | None, settings: Settings) -> Iterator[Reason]:
    """The store is no longer wanted: it was taken out, or its kind got another name."""
    if not kept.holds_data:
        return
    # Claims are named after their store alone, so a store of another kind would take over what is being deleted.
    for other in settings.stores.values():
        if other.name == kept.name:
            yield Reason(
                would=f"give its {holding.bearers(kept)} to another store",
                was=str(kept.kind),
                held=holding.held(kept),
                wanted=str(other.kind),
                setting=f'{PREFIX}{other.kind}.name = "{other.name}"',
                advice=f"Give {other.kind} another name. Names of stores that hold data stay with them.",
            )
    if kept.removed:
        return
    key = f"{PREFIX}{kept.kind}"
    renamed = wanted is not None
    yield Reason(
        would=f"delete its {holding.bearers(kept)}, and start another store empty"
        if renamed
        else f"delete the {holding.bearers(kept)} that hold its data",
        was=kept.name if wanted else str(kept.bearers[0].backend),
        held=holding.held(kept),
        wanted=wanted.name if wanted else "nothing",
        setting=f'{key}.name = "{wanted.name}"' if wanted else f"{key} is not set",
        advice=f'A store\'s name never changes. Set {key}.name back to "{kept.name}". To give the store up:'
        if renamed
        else f"Put {key} back. To give the store up with its data:",
        command=_remove(kept, settings),
    )


def _role(kept: Kept, wanted: StoreArgs, settings: Settings) -> Iterator[Reason]:
    """A cache has no volume. The other way round loses nothing: a cache holds none that could be lost."""
    if wanted.role is Role.CACHE:
        yield Reason(
            would=f"delete the {holding.bearers(kept)} that hold its data: a cache keeps none",
            was=str(Role.STORE),
            held=holding.held(kept),
            wanted=str(wanted.role),
            setting=f'{PREFIX}{kept.kind}.role = "{wanted.role}"',
            advice=f'Set {PREFIX}{kept.kind}.role back to "{Role.STORE}". If the data may go, give the store up, and '
            "write the cache anew:",
            command=_remove(kept, settings),
        )


def _lost(kept: Kept, settings: Settings) -> Iterator[Reason]:
    """A record without claims: they were taken out of the state, or a refresh found them deleted.

    Going on would start the store empty, and the application would fill it as if nothing had been there. Some
    claims missing is another thing: a replica set fills a new member from the others.
    """
    if not kept.leaves:
        yield Reason(
            would=f"start it empty: this stack's state knows none of its {holding.bearers(kept)}",
            was=holding.recorded(kept),
            held="as its ledger record says",
            wanted=f"new {holding.bearers(kept)}",
            setting=f"{PREFIX}{kept.kind}",
            advice="They were deleted, or taken out of the state by hand. Where they still exist, put back the state "
            "that knew them (`pulumi stack import`). Where they are gone, forget the record, run `pulumi up`, and "
            "restore the last backup:",
            command=f"pulumi state delete --force --stack {settings.stack}     # choose ladder-{kept.name}",
        )


def _place(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    """Where it lives. Naming a region or an account for the first time moves nothing: it was unsaid."""
    held, place = kept.bearers, wanted.placement
    for setting, olds, new in (
        ("cloud", {it.cloud for it in held}, place.cloud),
        ("cluster.identifier", {it.cluster for it in held}, place.cluster),
        ("cluster.account", {it.account for it in held}, place.account),
        ("cluster.region", {it.region for it in held}, place.region),
        ("namespace", {it.namespace for it in held}, place.namespace),
    ):
        for old in sorted(str(old) for old in olds - {None, new}):
            yield Reason(
                would="put it in another place, without its data",
                was=old,
                held=holding.held(kept),
                wanted=str(new) if new else "nothing",
                setting=f"{PREFIX}{setting}",
                advice=f'Data does not move along. Set {PREFIX}{setting} back to "{old}".',
            )


def _storage_class(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    setting = f"{PREFIX}cluster.storage_class"
    if wanted.keeper is not Keeper.CLUSTER:
        return
    for old in sorted({leaf.storage_class or "" for leaf in kept.leaves} - {wanted.pods.storage_class}):
        yield Reason(
            would="replace its volumes by empty ones",
            was=old or "no class",
            held=holding.held(kept),
            wanted=wanted.pods.storage_class or "no class",
            setting=setting,
            advice=f'The class of a volume never changes. Set {setting} back to "{old}".',
        )


def _pinned(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    """What a service makes anew, the instance or what it stands on. A key that is not named stays what it is."""
    for setting, new in wanted.pinned.items():
        for old in sorted({leaf.pinned[setting] for leaf in kept.leaves if setting in leaf.pinned} - {new}):
            key = f"{PREFIX}{kept.kind}.{setting}"
            yield Reason(
                would=f"make its {holding.noun(kept)}, or what that stands on, anew and empty",
                was=old or "the service's own",
                held=holding.held(kept),
                wanted=new,
                setting=key,
                advice="It never changes in place. "
                + (f'Set {key} back to "{old}", or take it out where it was not set.' if old else f"Take {key} out."),
            )


def _steered(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    """Nothing is lost, but nothing would be done either, without a word."""
    section = wanted.backend.partition("_")[2] if wanted.steered else ""
    for setting, new in wanted.steered.items():
        for old in sorted({leaf.pinned[setting] for leaf in kept.leaves if setting in leaf.pinned} - {new}):
            key = f"{PREFIX}{kept.kind}.{setting}"
            yield Reason(
                would="be passed over by a service that scales the store by itself",
                was=old,
                held=holding.held(kept),
                wanted=new,
                setting=key,
                advice=f"Set {key} back to {old}. To choose the size yourself, set {PREFIX}{kept.kind}.{section}."
                "autoscale to false beside it; taken out again after `pulumi up`, the service goes on from there.",
            )


def _engine(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    held, setting = kept.bearers[0].engine, f"{PREFIX}{kept.kind}.engine"
    if held is not wanted.engine:
        yield Reason(
            would="open its files with another server",
            was=str(held),
            held=holding.held(kept),
            wanted=str(wanted.engine),
            setting=f'{setting} = "{wanted.engine}"',
            advice=f'This version of Ladder does not move data between engines. Set {setting} back to "{held}".',
        )


def _members(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    held, setting = max((leaf.ordinal + 1 for leaf in kept.leaves), default=0), f"{PREFIX}{kept.kind}.replicas"
    if wanted.replicas < held:
        yield Reason(
            would=f"delete the {holding.bearers(kept)} of members that hold data",
            was=_count(held, "member"),
            held=holding.held(kept),
            wanted=_count(wanted.replicas, "member"),
            setting=f"{setting} = {wanted.replicas}",
            advice=f"This version of Ladder takes no member out. Set {setting} back to {held}.",
        )


def _size(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    """A volume that grew, grew by its setting. What a service let grow by itself may stand above its setting."""
    held, setting = max((leaf.gib for leaf in kept.leaves), default=Decimal(0)), f"{PREFIX}{kept.kind}.storage_gib"
    if wanted.keeper is Keeper.PROVIDER:
        yield from _ceiling(kept, wanted, held)
        held = Decimal(max((facts.storage_gib or 0 for facts in kept.bearers), default=0))
        if not catalog.has_disk(wanted.backend):
            return
    if wanted.storage_gib < held:
        yield Reason(
            would=f"shrink the {holding.bearers(kept)} that hold its data",
            was=f"{float(held):g} GiB",
            held=holding.held(kept),
            wanted=f"{wanted.storage_gib} GiB",
            setting=f"{setting} = {wanted.storage_gib}",
            advice=f"Storage only grows. Set {setting} to {math.ceil(held)} or more."
            if wanted.keeper is Keeper.PROVIDER
            else f"A volume only grows. Set {setting} to {math.ceil(held)} or more.",
        )


def _ceiling(kept: Kept, wanted: StoreArgs, held: Decimal) -> Iterator[Reason]:
    ceiling = wanted.ceiling_gib
    if ceiling is not None and ceiling < held:
        setting = f"{PREFIX}{kept.kind}.{wanted.placement.cloud}.storage_max_gib"
        yield Reason(
            would="put its storage's ceiling below what it has grown to, and end in the middle",
            was=f"{float(held):g} GiB",
            held=holding.held(kept),
            wanted=f"{ceiling} GiB",
            setting=setting,
            advice=f"Set {setting} above {math.ceil(held)}.",
        )


def _version(kept: Kept, wanted: StoreArgs) -> Iterator[Reason]:
    """Every version that may have written the files must lead to the wanted one.

    After an unfinished change the claims say the new version and the record the old one, and which of them wrote
    last is not known. Both are let in again. Forward is where the change was going. Back is the only way out when
    the new server never started (its image cannot be pulled, say), and it puts nothing at risk where it did: a
    server that finds files of a later format ends with an error and leaves them as they are.
    """
    engine = kept.bearers[0].engine
    if engine is None or wanted.engine is not engine:
        return
    record = (kept.record,) if kept.record and keeps(kept.record) else ()
    held = {facts.version for facts in (*kept.bearers, *record) if facts.version}

    def fits(version: str) -> bool:
        return version in held or all(catalog.upgrades_in_place(engine, old, version, wanted.backend) for old in held)

    if not fits(wanted.version):
        setting = f"{PREFIX}{kept.kind}.version"
        open_to = sorted(held | {version for version in catalog.versions(engine, wanted.backend) if fits(version)})
        yield Reason(
            would="open its files with a server that cannot read them",
            was=" or ".join(sorted(held)),
            held=holding.held(kept),
            wanted=wanted.version,
            setting=f'{setting} = "{wanted.version}"',
            advice=f"Set {setting} to {' or '.join(open_to)}; any other version wants a dump and a new store.",
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _remove(kept: Kept, settings: Settings) -> str:
    return f"ladder remove {kept.kind} --stack {settings.stack}"
