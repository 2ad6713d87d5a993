"""What the settings say about backups: what stores inherit, what they say themselves, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from components import catalog
from components.backups import cron, hooks
from components.backups.args import BackupArgs, Keep
from components.catalog import Image, Keeper, Kind, Role, Tool
from components.store import Problem, StoreArgs, StoreError
from infra import schema
from infra.complaints import Complaint

_BACKUPS = "ladder:backups"
_VAULT = "ladder:vault"
_MOVE = "ladder:move"


def added(store: StoreArgs, section: schema.StoreSection, sections: schema.Sections) -> StoreArgs:
    """The store with its backups: none without a vault, of what may be lost, and of what no job can read.

    Raises:
        StoreError: Something is said about backups that nobody takes.
    """
    if not hooks.fit(store.kind, store.keeper):
        if section.backup is not None:
            rule = f"this version of Ladder takes no backups of {store.kind} on {store.backend}"
            raise StoreError(store.name, [Problem(field="backup", value="set", rule=rule, fix="leave it out")])
        return store
    if sections.vault is None or not store.holds_data:
        return store
    inherited, own = sections.backups or schema.BackupsSection(), section.backup or schema.StoreBackupSection()
    wanted = {
        "schedule": own.schedule or inherited.schedule or _usual(store),
        "verify": own.verify or inherited.verify or cron.weekly(store.name, "verify"),
        "prune": own.prune or inherited.prune or cron.weekly(store.name, "prune"),
    }
    keep = own.keep or inherited.keep
    # What is wrong was said already; the store itself is looked at all the same.
    if any(map(cron.problem_with, wanted.values())) or not _keeps(keep):
        return store
    image = inherited.image
    return replace(
        store,
        backup=BackupArgs(
            **wanted,
            keep=Keep(hourly=keep.hourly, daily=keep.daily, weekly=keep.weekly, monthly=keep.monthly),
            point_in_time_days=own.point_in_time_days or 0,
            scratch_class=inherited.scratch_class,
            image=Image(ref=image.ref, uid=image.uid) if image else catalog.TOOLS[Tool.RESTIC],
        ),
    )


def _usual(store: StoreArgs) -> str:
    """A service has ways back of its own, to any moment: runs of it are the way out, and once a night is enough."""
    return cron.hourly(store.name) if store.keeper is Keeper.CLUSTER else cron.daily(store.name, "backup")


def complaints(sections: schema.Sections, stores: Mapping[Kind, schema.StoreSection]) -> list[Complaint]:
    """Everything that is wrong with backups."""
    found = list(_times(_BACKUPS, sections.backups)) if sections.backups else []
    for kind, section in stores.items():
        if section.backup is None:
            continue
        key = f"ladder:{kind}.backup"
        found += _times(key, section.backup)
        if isinstance(section, schema.RedisSection) and section.role is Role.CACHE:
            rule = "a cache is not kept"
            found.append(Complaint(key=key, value="set", rule=rule, fix='leave it out, or set role: "store"'))
        elif sections.vault is None:
            fix = f"set {_VAULT} to the name of a stack with ladder:kind: vault, or leave it out"
            found.append(Complaint(key=key, value="set", rule="there is no vault for the backups", fix=fix))
    if sections.vault is not None and not 1 <= len(sections.vault.split("/")) <= 3:
        found.append(_no_stack(sections.vault))
    return found


def move_complaints(sections: schema.Sections, stack: str) -> list[Complaint]:
    """What is wrong with `ladder:move`."""
    move = sections.move
    if move is None:
        return []
    value = f"{{from: {move.from_}, to: {move.to}}}"
    named = [name for name in (move.from_, move.to) if name is not None]
    found: list[Complaint] = []
    if len(named) != 1:
        rule = "an environment moves from one stack, or to one"
        found.append(Complaint(key=_MOVE, value=value, rule=rule, fix="set from, or to; `ladder move` does"))
    elif "/" in named[0] or named[0] == stack:
        rule = "must be another stack of this project, by its plain name"
        found.append(Complaint(key=_MOVE, value=named[0], rule=rule, fix="pulumi stack ls  lists them"))
    if sections.vault is None:
        rule = "what moves goes through the vault, and there is none"
        fix = f"set {_VAULT}, the same in both stacks"
        found.append(Complaint(key=_MOVE, value=value, rule=rule, fix=fix))
    return found


def move_warnings(move: schema.MoveSection | None) -> list[str]:
    """That the application does not run, said at every run."""
    if move is None:
        return []
    if move.to:
        return [f"this environment moved to {move.to}: its databases are frozen, its application does not run"]
    return [f"this environment waits for that of {move.from_}, without its application: end it with ladder move"]


def warnings(vault: str | None, stores: Mapping[Kind, StoreArgs]) -> list[str]:
    """What holds data and is not backed up, said at every run."""
    bare = [kind for kind, store in stores.items() if store.holds_data and store.backup is None]
    if not bare:
        return []
    if vault is None:
        names = ", ".join(bare)
        return [f"no backups of {names}: {_VAULT} is not set, so nothing of their data is kept anywhere else"]
    names = ", ".join(f"{kind} on {stores[kind].backend}" for kind in bare)
    return [f"no backups of {names}: this version of Ladder takes none there"]


def _times(key: str, section: schema.BackupsSection | schema.StoreBackupSection) -> Iterator[Complaint]:
    for name in ("schedule", "verify", "prune"):
        text: str | None = getattr(section, name)
        if text is not None and (broken := cron.problem_with(text)):
            fix = 'write five fields, for example "15 * * * *" (hourly) or "30 3 * * 0" (Sundays); times are UTC'
            yield Complaint(key=f"{key}.{name}", value=f'"{text}"', rule=broken, fix=fix)
    if section.keep is not None and not _keeps(section.keep):
        rule = "keeps no run at all"
        yield Complaint(key=f"{key}.keep", value="all 0", rule=rule, fix="set one of them above 0")


def _keeps(keep: schema.KeepSection) -> bool:
    return any(getattr(keep, one.name) for one in fields(keep))


def _no_stack(name: str) -> Complaint:
    rule = "must name a stack: <stack>, <project>/<stack> or <organization>/<project>/<stack>"
    return Complaint(key=_VAULT, value=f'"{name}"', rule=rule, fix="pulumi stack ls  lists them")


def full_name(stack: str, organization: str, project: str) -> str:
    """`<organization>/<project>/<stack>`; what is left out is the running stack's own."""
    parts = stack.split("/")
    return "/".join([*(organization, project)[: 3 - len(parts)], *parts])
