"""What was written differently in a stack's files: settings by their names, secrets only by their names."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from components.catalog import Kind
from components.store import StoreArgs
from infra.complaints import SECRET_FIELDS
from infra.settings import PREFIX, Settings, value
from ladder.diff.risks import Category, Risk
from ladder.plan import schedule
from ladder.stack.document import Json
from ladder.stack.stackfile import StackFile

UNSET = "unset"
_HIDDEN = "[not shown]"
_ENCRYPTION = ("secretsprovider", "encryptedkey", "encryptionsalt")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting that is written differently.

    Attributes:
        section: Its first key, without `ladder:` where that is its namespace.
        path: Below it; empty where it is a single value.
        before: As it was, in short.
        after: As it is.
    """

    section: str
    path: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """The whole key."""
        return ".".join(filter(None, (self.section, self.path)))


def settings(before: StackFile | None, after: StackFile | None) -> list[Setting]:
    """Every setting that differs, in the order of the keys; a section that came or went is one."""
    old, new = _config(before), _config(after)
    return [found for key in sorted({*old, *new}) for found in _section(key, old.get(key), new.get(key))]


def _config(file: StackFile | None) -> Mapping[str, Json]:
    return {key: cast(Json, value(text)) for key, text in file.config.items()} if file else {}


def _section(key: str, old: Json, new: Json) -> Iterator[Setting]:
    name = key.removeprefix(PREFIX)
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for path, before, after in _leaves(old, new, ()):
            yield Setting(section=name, path=".".join(path), before=_shown(path, before), after=_shown(path, after))
    else:
        yield Setting(section=name, path="", before=_whole(name, old), after=_whole(name, new))


def _leaves(
    old: Mapping[str, Json], new: Mapping[str, Json], at: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _leaves(before, after, (*at, key))
        elif before != after:
            yield (*at, key), before, after


def _shown(path: Sequence[str], value: Json) -> str:
    if value is None:
        return UNSET
    if SECRET_FIELDS.intersection(path):
        return _HIDDEN
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(name: str, value: Json) -> str:
    if isinstance(value, Mapping):
        return "set"
    return _shown((name,), value)


def risks(before: StackFile, after: StackFile) -> Iterator[Risk]:
    """Secrets of the files that are others now, or are encrypted by another key."""
    old, new = dict(_secrets(before.document.value, ())), dict(_secrets(after.document.value, ()))
    for path in sorted({*old, *new}):
        if path in old and path in new and old[path] != new[path]:
            yield Risk(
                category=Category.SECRET,
                part=_part(path),
                subject=".".join(path[1:]),
                would="another secret, or the same one encrypted anew",
            )
    for key in _ENCRYPTION:
        was, now = before.document.value.get(key), after.document.value.get(key)
        if was is not None and was != now:
            yield Risk(category=Category.SECRET, part="stack", subject=key, would="secrets get another key")


def _secrets(value: Json, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case {"secure": str(text)} if len(value) == 1:
            yield at, text
        case Mapping():
            for key, inner in value.items():
                yield from _secrets(inner, (*at, key))
        case list():
            for index, inner in enumerate(value):
                yield from _secrets(inner, (*at, str(index)))
        case _:
            return


def _part(path: Sequence[str]) -> str:
    section = path[1].removeprefix(PREFIX) if len(path) > 1 else ""
    return section if section in set(Kind) else "stack"


def agreed(before: Settings, after: Settings) -> Iterator[Risk]:
    """What was promised of backups, versions and TLS, and would be less or cannot be taken back."""
    for kind, old in before.stores.items():
        new = after.stores.get(kind)
        if new is None or new.name != old.name:
            continue
        if old.holds_data:
            yield from _of_backups(old, new)
            yield from _of_its_version(old, new)
        if old.pods.tls and not new.pods.tls:
            yield Risk(category=Category.NETWORK, part=old.name, subject=old.name, would="speaks without TLS")
    yield from _of_the_stack(before, after)


def _of_backups(old: StoreArgs, new: StoreArgs) -> Iterator[Risk]:
    at = Risk(category=Category.BACKUPS, part=old.name, subject=old.name, would="")
    if old.backup is None:
        return
    if new.backup is None:
        yield replace(at, would="backed up no more")
        return
    for count in ("hourly", "daily", "weekly", "monthly"):
        was, now = int(getattr(old.backup.keep, count)), int(getattr(new.backup.keep, count))
        if now < was:
            yield replace(at, would=f"fewer {count} runs are kept", before=str(was), after=str(now))
    for what, text, wanted in (
        ("backed up", old.backup.schedule, new.backup.schedule),
        ("proven to restore", old.backup.verify, new.backup.verify),
    ):
        was, now = schedule.longest_gap(text), schedule.longest_gap(wanted)
        if now > was:
            often = f"every {schedule.words(was)}", f"every {schedule.words(now)}"
            yield replace(at, would=f"{what} less often", before=often[0], after=often[1])


def _of_its_version(old: StoreArgs, new: StoreArgs) -> Iterator[Risk]:
    if old.version != new.version and old.engine is new.engine:
        would = "what the new version has written, the old one cannot read; back is by a restore"
        one_way = Risk(category=Category.ONE_WAY, part=old.name, subject=old.name, would=would)
        yield replace(one_way, before=old.version, after=new.version)


def _of_the_stack(before: Settings, after: Settings) -> Iterator[Risk]:
    stack = Risk(category=Category.BACKUPS, part="stack", subject="vault", would="")
    if before.vault and after.vault and before.vault != after.vault:
        would = "runs go to another vault; the old ones stay where they are"
        yield replace(stack, would=would, before=before.vault, after=after.vault)
    for name in sorted(before.alerts.addresses.keys() - after.alerts.addresses.keys()):
        yield replace(
            stack, category=Category.WATCHDOG, subject=f"alerts.{name}", would="nobody is told there any more"
        )
