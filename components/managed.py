"""What a service that keeps a store's data must have, whatever the cloud: the list that every such backend answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.catalog import Backend, Kind
from components.store import PodArgs, Problem, StoreArgs

WAIT_MINUTES = 80
"""How long the engine waits for a service: making, and changing, an instance takes it tens of minutes. Source: the
defaults of the Terraform provider below pulumi-aws (`aws_db_instance`: 40 to make, 80 to change)."""

LEAST_DAYS, MOST_DAYS = 7, 35


class Property(StrEnum):
    """What people rely on when they hand their data to a service."""

    DELETION_PROTECTION = "deletion protection"
    FINAL_SNAPSHOT = "last snapshot"
    BACKUPS = "daily backups"
    POINT_IN_TIME = "back to any second"
    GROWTH = "storage that grows by itself"
    STANDBY = "standby in another zone"
    TLS = "TLS"
    PRIVATE = "not reachable from the internet"
    ENCRYPTION = "encrypted at rest"
    CUSTOMER_KEY = "a key of the customer's"
    ADMISSION = "only the cluster may connect"
    PARAMETERS = "parameters of its own"
    MAINTENANCE = "maintenance in a window"
    INSIGHT = "insight into slow work"
    APP_USER = "a user for the application that is not the administrator"
    ROTATION = "passwords that change when asked"
    READERS = "replicas for reading"


@dataclass(frozen=True, kw_only=True)
class Has:
    """How a backend has a property.

    Attributes:
        how: In a few words; what is off by default says by which setting it is had.
    """

    how: str


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Why a backend cannot have a property.

    Attributes:
        reason: What the service does not do, and what stands in its place.
        source: Who says so.
    """

    reason: str
    source: str


def has(how: str) -> Has:
    """Declare a property that a backend has."""
    return Has(how=how)


def absent(reason: str, source: str) -> Absent:
    """Declare a property that a service cannot have."""
    return Absent(reason=reason, source=source)


def answers(kind: Kind, backend: Backend) -> Mapping[Property, Has | Absent]:
    """How the service behind a backend has each property; nothing for what no service keeps.

    It loads the backend, and so its cloud's SDK.
    """
    match kind, backend:
        case Kind.POSTGRES, Backend.AWS_RDS:
            from components.postgres import aws_rds

            return aws_rds.PROPERTIES
        case Kind.POSTGRES, Backend.GCP_CLOUD_SQL:
            from components.postgres import gcp_cloud_sql

            return gcp_cloud_sql.PROPERTIES
        case Kind.REDIS, Backend.AWS_ELASTICACHE:
            from components.redis import aws_elasticache

            return aws_elasticache.PROPERTIES
        case Kind.REDIS, Backend.GCP_MEMORYSTORE:
            from components.redis import gcp_memorystore

            return gcp_memorystore.PROPERTIES
        case Kind.MONGODB, Backend.MONGODB_ATLAS:
            from components.mongodb import mongodb_atlas

            return mongodb_atlas.PROPERTIES
        case _:
            return {}


@dataclass(frozen=True, kw_only=True)
class ManagedArgs:
    """Of every store that a service keeps.

    Attributes:
        retention_days: How far back its own backups reach.
        passwords: Raise it to change every password; connections that are open stay.
    """

    retention_days: int = LEAST_DAYS
    passwords: int = 1


def problems(store: StoreArgs, args: ManagedArgs, section: str, size: str) -> Iterator[Problem]:
    """What no managed store can be, on any cloud.

    Args:
        store: As it was asked for.
        args: What its service is asked for.
        section: Of the stack file that holds `args`, for example `aws`.
        size: The setting that says how large its machine is.
    """
    if store.external is not None:
        fix = "remove it, or set backend: external"
        yield Problem(field="external", value="set", rule=f"the backend is {store.backend}", fix=fix)
    if store.replicas != 1:
        rule = f"{store.backend} is one server to its clients; a standby and readers are settings of their own"
        yield Problem(field="replicas", value=str(store.replicas), rule=rule, fix="set 1, and readers for more")
    if not 0 <= store.readers <= 5:
        rule = f"{store.backend} has up to 5 readers"
        yield Problem(field="readers", value=str(store.readers), rule=rule, fix="set a number from 0 to 5")
    if not LEAST_DAYS <= args.retention_days <= MOST_DAYS:
        field = f"{section}.retention_days"
        rule = f"its own backups reach {LEAST_DAYS} to {MOST_DAYS} days back"
        yield Problem(field=field, value=str(args.retention_days), rule=rule, fix=f"set {LEAST_DAYS} or more")
    if args.passwords < 1:
        rule = "counts how often passwords were changed"
        yield Problem(field=f"{section}.passwords", value=str(args.passwords), rule=rule, fix="raise what it was by 1")
    yield from _pods(store, size)


def _pods(store: StoreArgs, size: str) -> Iterator[Problem]:
    """Settings of pods, which a service would pass over without a word."""
    usual = type(store).__dataclass_fields__["pods"].default
    usual = usual if isinstance(usual, PodArgs) else PodArgs()
    rule = f"is for pods: {store.backend} has none"
    for field, value, default in (
        ("cpu", store.pods.cpu, usual.cpu),
        ("memory_mib", store.pods.memory_mib, usual.memory_mib),
        ("spread", store.pods.spread, usual.spread),
    ):
        if value != default:
            yield Problem(field=field, value=str(value), rule=rule, fix=f"leave it out; {size} says how large it is")
    if store.pods.unsafe_plaintext:
        rule = f"{store.backend} serves with TLS only"
        yield Problem(field="unsafe_plaintext", value="true", rule=rule, fix="leave it out")
