"""What a failure costs: how much is lost at worst, how long until it is back, and how far back one can go."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.catalog import Role
from components.store import StoreArgs
from ladder.engine.properties import Properties
from ladder.plan import schedule
from ladder.prices import Resource
from ladder.prices.inputs import flag, number, text

_RDS_FAILOVER = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html"
_RDS_BACKUP = "https://aws.amazon.com/rds/details/backup/"
_SQL_STANDBY = "https://cloud.google.com/sql/docs/high-availability"
_CACHE_FAILOVER = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html"
_MEMORYSTORE = "https://docs.cloud.google.com/memorystore/docs/redis/general-best-practices"
_ELECTION = "https://www.mongodb.com/docs/manual/replication/#automatic-failover"
_ATLAS_BACKUP = "https://www.mongodb.com/docs/atlas/architecture/current/backups/"
_SEEN = "docs/seen.md"
_SNAPSHOTS = ("policyDetails", "schedules", "retainRule", "count")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A claim and who says so: a page, or what Ladder's own tests saw; without either it is not measured."""

    text: str
    source: str | None = None


NOT_MEASURED = Fact(text="not measured")
NOT_KNOWN = Fact(text="not known: somebody else runs it")
NOTHING_TO_GO_BACK_TO = Fact(text="no way back: no backups yet")


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """What a failure costs.

    Attributes:
        lost: Of acknowledged writes, when the machine or the disk under it dies.
        back: When it serves again after that.
        undo: How far back one can go after a wrong DELETE.
    """

    lost: Fact
    back: Fact
    undo: Fact


def of(store: StoreArgs, resources: Sequence[Resource], around: Sequence[Resource] = ()) -> Recovery:
    """What a failure of `store` costs, as its resources are registered.

    Args:
        store: As it is wanted.
        resources: Its own.
        around: Those of the whole stack.

    Raises:
        KeyError: When the table does not hold the backend.
    """
    match str(store.backend):
        case "external":
            return Recovery(lost=NOT_KNOWN, back=NOT_KNOWN, undo=NOT_KNOWN)
        case "in_cluster":
            return _in_cluster(store, around)
        case "aws_rds":
            return _rds(resources)
        case "aws_elasticache":
            return _elasticache(store, resources)
        case "gcp_cloud_sql":
            return _cloud_sql(resources)
        case "gcp_memorystore":
            return _memorystore(store, resources)
        case "mongodb_atlas":
            return _atlas(resources)
        case unknown:
            raise KeyError(unknown)


def _forgets(back: Fact) -> Recovery:
    nothing = Fact(text="nothing to go back to: a cache")
    return Recovery(lost=Fact(text="everything in it: a cache may forget"), back=back, undo=nothing)


def _in_cluster(store: StoreArgs, around: Sequence[Resource]) -> Recovery:
    if store.role is Role.CACHE:
        return _forgets(Fact(text="when its pod runs again, empty", source=_SEEN))
    snapshots = number(_inputs(around, "aws:dlm/lifecyclePolicy"), *_SNAPSHOTS)
    if snapshots:
        return Recovery(
            lost=Fact(text="machine: nothing; disk: up to a day of writes"),
            back=Fact(text="when a new machine runs: not measured"),
            undo=_days(snapshots, "to a daily snapshot of the disk", None),
        )
    if store.replicas > 1:
        return Recovery(
            lost=Fact(text="nothing that a majority has", source=_ELECTION),
            back=Fact(text="election, in the median at most 12 s", source=_ELECTION),
            undo=_to_a_run(store),
        )
    return Recovery(
        lost=_with_the_volume(store),
        back=Fact(text="when its pod runs elsewhere: not measured"),
        undo=_to_a_run(store),
    )


def _with_the_volume(store: StoreArgs) -> Fact:
    if store.backup is None:
        return Fact(text="with the volume: all of it, no backups yet", source=_SEEN)
    if store.backup.point_in_time_days:
        return Fact(text="with the volume: at most a minute of writes", source=_SEEN)
    return Fact(text=f"with the volume: up to {schedule.words(schedule.longest_gap(store.backup.schedule))} of writes")


def _to_a_run(store: StoreArgs) -> Fact:
    """The runs that are kept, and any moment of the last days where every write is shipped."""
    if store.backup is None:
        return NOTHING_TO_GO_BACK_TO
    counts = ((getattr(store.backup.keep, it), it) for it in ("hourly", "daily", "weekly", "monthly"))
    kept = ", ".join(f"{count} {it}" for count, it in counts if count)
    days = store.backup.point_in_time_days
    moment = f"to any moment of the last {days} days, or " if days else ""
    return Fact(text=f"{moment}to a run: {kept}")


def _rds(resources: Sequence[Resource]) -> Recovery:
    inputs = _inputs(resources, "aws:rds/instance")
    undo = _days(number(inputs, "backupRetentionPeriod"), "to any second until 5 min ago", _RDS_BACKUP)
    if flag(inputs, "multiAz"):
        return Recovery(
            lost=Fact(text="nothing: the standby has every commit", source=_RDS_FAILOVER),
            back=Fact(text="failover, typically 60 to 120 s", source=_RDS_FAILOVER),
            undo=undo,
        )
    return Recovery(
        lost=Fact(text="typically up to 5 min of writes", source=_RDS_BACKUP),
        back=Fact(text="restore into a new server: not measured"),
        undo=undo,
    )


def _elasticache(store: StoreArgs, resources: Sequence[Resource]) -> Recovery:
    inputs = _inputs(resources, "aws:elasticache/replicationGroup")
    standby = flag(inputs, "automaticFailoverEnabled")
    failover = Fact(text="failover to a replica: AWS names no time", source=_CACHE_FAILOVER)
    if store.role is Role.CACHE:
        return _forgets(failover if standby else Fact(text="a new node, empty: not measured"))
    kept = number(inputs, "snapshotRetentionLimit")
    return Recovery(
        lost=Fact(text="what a replica had not received: AWS names no amount", source=_CACHE_FAILOVER)
        if standby
        else Fact(text="everything since the last snapshot" if kept else "everything"),
        back=failover if standby else Fact(text="restore from a snapshot: not measured"),
        undo=_days(kept, "to a daily snapshot", None),
    )


def _cloud_sql(resources: Sequence[Resource]) -> Recovery:
    inputs = _inputs(resources, "gcp:sql/databaseInstance")
    backup = ("settings", "backupConfiguration")
    days = number(inputs, *backup, "transactionLogRetentionDays")
    undo = (
        _days(days or 7, "to any second of the log", None)
        if flag(inputs, *backup, "pointInTimeRecoveryEnabled")
        else _days(number(inputs, *backup, "backupRetentionSettings", "retainedBackups"), "to a daily backup", None)
    )
    if text(inputs, "settings", "availabilityType") == "REGIONAL":
        return Recovery(
            lost=Fact(text="nothing: both zones have every commit", source=_SQL_STANDBY),
            back=Fact(text="failover: not measured"),
            undo=undo,
        )
    return Recovery(lost=Fact(text="what the last backup and log lack"), back=NOT_MEASURED, undo=undo)


def _memorystore(store: StoreArgs, resources: Sequence[Resource]) -> Recovery:
    inputs = _inputs(resources, "gcp:redis/instance")
    standby = text(inputs, "tier") == "STANDARD_HA"
    failover = Fact(text="failover to a replica: not measured")
    if store.role is Role.CACHE:
        return _forgets(failover if standby else Fact(text="a new node, empty: not measured"))
    snapshots = text(inputs, "persistenceConfig", "persistenceMode") == "RDB"
    return Recovery(
        lost=Fact(text="what a replica had not received: Google names no amount", source=_MEMORYSTORE)
        if standby
        else Fact(text="everything since the last snapshot" if snapshots else "everything"),
        back=failover if standby else NOT_MEASURED,
        undo=Fact(text="no way back: its snapshots are the service's own", source=_MEMORYSTORE),
    )


def _atlas(resources: Sequence[Resource]) -> Recovery:
    inputs = _inputs(resources, "mongodbatlas:index/advancedCluster")
    return Recovery(
        lost=Fact(text="nothing that a majority has", source=_ELECTION),
        back=Fact(text="election, in the median at most 12 s", source=_ELECTION),
        undo=Fact(text="to any minute of the log that is kept", source=_ATLAS_BACKUP)
        if flag(inputs, "pitEnabled")
        else Fact(text="to a snapshot" if flag(inputs, "backupEnabled") else "no way back: no backups"),
    )


def _days(days: float, how: str, source: str | None) -> Fact:
    if not days:
        return Fact(text="no way back: no automatic backups")
    return Fact(text=f"{how}, {days:.0f} days back", source=source)


def _inputs(resources: Sequence[Resource], type_: str) -> Properties:
    nothing: Properties = {}
    return next((it.inputs for it in resources if it.type == type_), nothing)
