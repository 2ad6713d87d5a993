"""What a store on Atlas is asked for, and the rules that hold for it. Knows no SDK."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components import managed
from components.atlas import offers
from components.catalog import Cloud
from components.managed import ManagedArgs
from components.store import Problem, StoreArgs

LEAST_GIB = 10
"""Of a node's disk; below it Atlas takes this. Source: its Administration API, `diskSizeGB`."""

LONGEST_NAME = 63
"""Of a cluster, and of its address on Google Cloud. Atlas itself takes one more.

Source: https://www.mongodb.com/docs/atlas/reference/atlas-limits/, "Label Limits".
"""

_PROJECT = re.compile(r"[0-9a-f]{24}")
_NAME = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
_TAG = re.compile(r"[A-Za-z0-9 ;@_.+-]+")
"""What a tag may hold, which carries facts of the store. Source: https://www.mongodb.com/docs/atlas/tags/."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WINDOW = re.compile(rf"(?P<day>{'|'.join(_DAYS)}):(?P<hour>[01]\d|2[0-3])")
_KEYS = {
    Cloud.AWS: (re.compile(r"arn:aws[-a-z]*:kms:[-a-z0-9]+:\d{12}:key/.+"), "arn:aws:kms:<region>:<account>:key/…"),
    Cloud.GCP: (
        re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/cryptoKeyVersions/\d+"),
        "projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>/cryptoKeyVersions/1",
    ),
}


@dataclass(frozen=True, kw_only=True)
class AtlasArgs(ManagedArgs):
    """`atlas` of a MongoDB store.

    Attributes:
        project: Id of its project in Atlas: of this store alone, because users, the way in and the maintenance window
            belong to a project. Never changes.
        instance_size: Tier of every node, at first where Atlas scales.
        instance_max: Tier up to which Atlas may go by itself, and back; absent means that it stays.
        autoscale: Whether storage, and with `instance_max` the tier, follow the load. While they do, Atlas passes over
            other sizes that it is told.
        nodes: That can become primary: 3, 5 or 7, each in a zone of its own as far as there are zones.
        kms_key: The customer's key: its ARN on AWS, the name of a version of it on Google Cloud; absent means Atlas's
            own.
        identifier: Its name in the project; absent means `<namespace>-<name>`. Never changes.
        maintenance_window: Weekly, `ddd:hh`, in the time zone of the project, UTC unless somebody chose another.
    """

    project: str = ""
    instance_size: str = "M10"
    instance_max: str | None = None
    autoscale: bool = True
    nodes: int = 3
    kms_key: str | None = None
    identifier: str | None = None
    maintenance_window: str = "sun:03"

    @property
    def window(self) -> tuple[int, int]:
        """Day, 1 for Sunday, and hour of the maintenance window."""
        day, _, hour = self.maintenance_window.partition(":")
        return _DAYS.index(day) + 1, int(hour)


def identifier(store: StoreArgs, args: AtlasArgs) -> str:
    """Its name in the project."""
    return args.identifier or f"{store.placement.namespace}-{store.name}"


def problems(store: StoreArgs, args: AtlasArgs) -> Iterator[Problem]:
    """What no store on Atlas can be."""
    yield from managed.problems(store, args, "atlas", "atlas.instance_size")
    yield from _place(store, args)
    yield from _size(store, args)
    name = identifier(store, args)
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        rule = (
            f"takes 1 to {LONGEST_NAME} letters, digits and single inner dashes, a letter first; this has {len(name)}"
        )
        fix = "set atlas.identifier to such a name; it never changes"
        yield Problem(field="atlas.identifier", value=name, rule=rule, fix=fix)
    if not _WINDOW.fullmatch(args.maintenance_window):
        rule, fix = "is no day and hour", 'for example "sun:03"'
        yield Problem(field="atlas.maintenance_window", value=args.maintenance_window, rule=rule, fix=fix)


def _place(store: StoreArgs, args: AtlasArgs) -> Iterator[Problem]:
    place = store.placement
    regions = offers.REGIONS.get(place.cloud, {})
    if place.region not in regions:
        rule = f"{store.backend} needs a region of {place.cloud} that Atlas has"
        fix = f"one of: {', '.join(regions)}"
        yield Problem(field="region", value=place.region or "absent", rule=rule, fix=fix)
    if not place.account:
        rule = f"{store.backend} is let in from the one account that is named, and from no other"
        yield Problem(
            field="account", value="absent", rule=rule, fix="name the account, or the project of Google Cloud"
        )
    if not _TAG.fullmatch(place.cluster):
        rule = "the tags of Atlas carry it, and take letters, digits, blanks and ; @ _ - . + alone"
        yield Problem(field="identifier", value=place.cluster, rule=rule, fix="name the cluster by such characters")
    for text in (part for tag in store.tags.items() for part in tag):
        if not _TAG.fullmatch(text):
            rule = "the tags of Atlas take letters, digits, blanks and ; @ _ - . + alone"
            yield Problem(field="tags", value=text, rule=rule, fix="write it in such characters")
    if not _PROJECT.fullmatch(args.project):
        rule = "is no id of a project of Atlas, and nothing is made in another one than is named"
        fix = "the 24 digits and letters in the address of the project in Atlas; one that this store has for itself"
        yield Problem(field="atlas.project", value=args.project or "absent", rule=rule, fix=fix)
    key, example = _KEYS.get(place.cloud, (None, ""))
    if key and args.kms_key and not key.fullmatch(args.kms_key):
        rule = f"names no key of {place.cloud} as Atlas takes it"
        yield Problem(field="atlas.kms_key", value=args.kms_key, rule=rule, fix=f"for example {example}")


def _size(store: StoreArgs, args: AtlasArgs) -> Iterator[Problem]:
    tiers = ", ".join(offers.TIERS)
    for field, value in (("instance_size", args.instance_size), ("instance_max", args.instance_max)):
        if value is not None and value not in offers.TIERS:
            yield Problem(field=f"atlas.{field}", value=value, rule="is no tier", fix=f"one of: {tiers}")
    if args.instance_max in offers.TIERS and args.instance_size in offers.TIERS:
        if offers.TIERS.index(args.instance_max) <= offers.TIERS.index(args.instance_size):
            rule = f"must be above atlas.instance_size ({args.instance_size})"
            yield Problem(
                field="atlas.instance_max", value=args.instance_max, rule=rule, fix="raise it, or leave it out"
            )
        elif not args.autoscale:
            rule = "is how far Atlas may go by itself, and atlas.autoscale is false"
            fix = "leave it out, or set atlas.autoscale: true"
            yield Problem(field="atlas.instance_max", value=args.instance_max, rule=rule, fix=fix)
    if args.nodes not in {3, 5, 7}:
        rule = "an election needs a majority, and Atlas has at most 7 that can be elected"
        yield Problem(field="atlas.nodes", value=str(args.nodes), rule=rule, fix="set 3, 5 or 7")
    if store.storage_gib < LEAST_GIB:
        rule = f"Atlas has {LEAST_GIB} GiB or more"
        yield Problem(field="storage_gib", value=str(store.storage_gib), rule=rule, fix=f"set {LEAST_GIB} or more")
