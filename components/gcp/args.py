"""What the managed stores of Google Cloud are asked for alike, and the rules that hold for all of them. No SDK."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components import record
from components.gcp import labels, offers
from components.managed import ManagedArgs
from components.store import Problem, StoreArgs

PROJECT = r"[a-z][-a-z0-9]{4,28}[a-z0-9]"
"""The id of a project. Source: "Creating and managing projects", Resource Manager."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_WEEK = re.compile(rf"({'|'.join(DAYS)}):([01]\d|2[0-3])")


@dataclass(frozen=True, kw_only=True)
class GcpArgs(ManagedArgs):
    """Of every managed store of Google Cloud.

    Attributes:
        standby: Keep a standby in another zone, to which the service fails over by itself; the address stays.
        kms_key: Full name of the customer's key, in the same region; absent means Google's own.
        identifier: Its name in the project; absent means `<namespace>-<name>`. Never changes.
        maintenance_window: When its weekly hour begins, UTC, `ddd:hh`.
    """

    standby: bool = True
    kms_key: str | None = None
    identifier: str | None = None
    maintenance_window: str = "sun:03"

    @property
    def maintenance(self) -> tuple[int, int]:
        """Day of the week, Monday is 1, and hour."""
        day, _, hour = self.maintenance_window.partition(":")
        return DAYS.index(day) + 1, int(hour)


def identifier(store: StoreArgs, args: GcpArgs) -> str:
    """Its name in the project."""
    return args.identifier or f"{store.placement.namespace}-{store.name}"


def problems(store: StoreArgs, args: GcpArgs, longest: int) -> Iterator[Problem]:
    """What no managed store of Google Cloud can be.

    Args:
        store: As it was asked for.
        args: Its section `gcp`.
        longest: Characters that the service leaves for the name, suffixes of ours taken off.
    """
    yield from _place(store)
    name = identifier(store, args)
    if len(name) > longest or not _NAME.fullmatch(name):
        yield Problem(
            field="gcp.identifier",
            value=name,
            rule=f"{store.backend} takes 1 to {longest} lowercase letters, digits and single inner dashes, "
            f"a letter first; this has {len(name)}",
            fix="set gcp.identifier to a shorter name; it never changes",
        )
    region = store.placement.region or "<region>"
    key = rf"projects/[^/]+/locations/{re.escape(region)}/keyRings/[^/]+/cryptoKeys/[^/]+"
    if args.kms_key and not re.fullmatch(key, args.kms_key):
        rule = "is no full name of a key in the store's region"
        fix = f"projects/<project>/locations/{region}/keyRings/<ring>/cryptoKeys/<key>"
        yield Problem(field="gcp.kms_key", value=args.kms_key, rule=rule, fix=fix)
    if not _WEEK.fullmatch(args.maintenance_window):
        rule, fix = "is no day and hour in UTC", 'for example "sun:03"'
        yield Problem(field="gcp.maintenance_window", value=args.maintenance_window, rule=rule, fix=fix)


def _place(store: StoreArgs) -> Iterator[Problem]:
    place = store.placement
    if place.region not in offers.REGIONS:
        yield Problem(
            field="region",
            value=place.region or "absent",
            rule=f"{store.backend} needs a region that the catalogue holds",
            fix=f"one of: {', '.join(offers.REGIONS)}",
        )
    if not place.account or not re.fullmatch(PROJECT, place.account):
        yield Problem(
            field="account",
            value=place.account or "absent",
            rule=f"{store.backend} is made in the one project that is named, and in no other",
            fix="the id of the project, for example acme-prod-1",
        )
    if len(record.encoded(place.cluster)) > labels.LONGEST:
        yield Problem(
            field="identifier",
            value=place.cluster,
            rule=f"stands in a label, which takes {labels.LONGEST} characters; what is no small letter, digit or dash "
            "counts three times",
            fix="set a shorter name; it never changes",
        )
