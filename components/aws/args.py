"""What the managed stores of AWS are asked for alike, and the rules that hold for all of them. Knows no SDK."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components.aws import offers
from components.managed import ManagedArgs
from components.store import Problem, StoreArgs

_ARN = re.compile(r"arn:aws[-a-z]*:kms:[-a-z0-9]+:\d{12}:(key|alias)/.+")
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_ACCOUNT = re.compile(r"\d{12}")
_TIME, _DAY = r"(?:[01]\d|2[0-3]):[0-5]\d", "(?:mon|tue|wed|thu|fri|sat|sun)"
_HOURS = re.compile(f"{_TIME}-{_TIME}")
_WEEK = re.compile(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}")


@dataclass(frozen=True, kw_only=True)
class AwsArgs(ManagedArgs):
    """Of every managed store of AWS.

    Attributes:
        multi_az: Keep a standby in another zone, to which the service fails over by itself; the name stays.
        kms_key: ARN of the customer's key; absent means AWS's own.
        identifier: Its name in the account; absent means `<namespace>-<name>`. Never changes.
        backup_window: Daily, UTC, `hh:mm-hh:mm`.
        maintenance_window: Weekly, UTC, `ddd:hh:mm-ddd:hh:mm`.
    """

    multi_az: bool = True
    kms_key: str | None = None
    identifier: str | None = None
    backup_window: str = "02:00-03:00"
    maintenance_window: str = "sun:03:30-sun:04:30"


def identifier(store: StoreArgs, args: AwsArgs) -> str:
    """Its name in the account and region."""
    return args.identifier or f"{store.placement.namespace}-{store.name}"


def problems(store: StoreArgs, args: AwsArgs, longest: int) -> Iterator[Problem]:
    """What no managed store of AWS can be.

    Args:
        store: As it was asked for.
        args: Its section `aws`.
        longest: Characters that the service leaves for the name, suffixes of ours taken off.
    """
    yield from _place(store)
    name = identifier(store, args)
    if len(name) > longest or not _NAME.fullmatch(name):
        yield Problem(
            field="aws.identifier",
            value=name,
            rule=f"{store.backend} takes 1 to {longest} lowercase letters, digits and single inner dashes, "
            f"a letter first; this has {len(name)}",
            fix="set aws.identifier to a shorter name; it never changes",
        )
    if args.kms_key and not _ARN.fullmatch(args.kms_key):
        fix = "for example arn:aws:kms:eu-central-1:123456789012:key/…"
        yield Problem(field="aws.kms_key", value=args.kms_key, rule="is no ARN of a KMS key", fix=fix)
    if not _HOURS.fullmatch(args.backup_window):
        rule, fix = "is no daily window in UTC", 'for example "02:00-03:00"'
        yield Problem(field="aws.backup_window", value=args.backup_window, rule=rule, fix=fix)
    if not _WEEK.fullmatch(args.maintenance_window):
        rule, fix = "is no weekly window in UTC", 'for example "sun:03:30-sun:04:30"'
        yield Problem(field="aws.maintenance_window", value=args.maintenance_window, rule=rule, fix=fix)
    elif _HOURS.fullmatch(args.backup_window) and _overlap(args.backup_window, args.maintenance_window):
        rule = f"overlaps aws.backup_window ({args.backup_window}), which AWS refuses"
        fix = "let the one begin after the other ends"
        yield Problem(field="aws.maintenance_window", value=args.maintenance_window, rule=rule, fix=fix)


def _place(store: StoreArgs) -> Iterator[Problem]:
    place = store.placement
    if place.region not in offers.REGIONS:
        yield Problem(
            field="region",
            value=place.region or "absent",
            rule=f"{store.backend} needs a region that the catalogue holds",
            fix=f"one of: {', '.join(offers.REGIONS)}",
        )
    if not place.account or not _ACCOUNT.fullmatch(place.account):
        yield Problem(
            field="account",
            value=place.account or "absent",
            rule=f"{store.backend} is made in the one account that is named, and in no other",
            fix='the 12 digits of the account, in quotes: "123456789012"',
        )


def _overlap(daily: str, weekly: str) -> bool:
    """Whether a daily window and a weekly one share a minute."""
    day = 24 * 60
    start, end = map(_minutes, daily.split("-"))
    length = (end - start) % day
    first, last = (part[4:] for part in (weekly[:9], weekly[10:]))
    begin = _minutes(first)
    lasts = (_minutes(last) - begin) % day if weekly[:3] == weekly[10:13] else day
    return (start - begin) % day < lasts or (begin - start) % day < length


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
