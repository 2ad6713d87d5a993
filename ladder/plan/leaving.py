"""Lock-in: what it takes to leave a backend with the data."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.catalog import Engine, Kind
from components.store import StoreArgs

MIB_A_SECOND = 95
"""How fast a PostgreSQL database went out and in again.

Measured 2026-11-25, PostgreSQL 15.14, two cores, local disk and socket: `pg_dump -Fc -Z0` and `pg_restore` of 904 MiB
(pgbench, scale 60, indexes included) took 9.3 s in the slowest of three runs. A network makes it slower.
"""

_MYSQL = "https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html"
_PG = "https://www.postgresql.org/docs/17/app-pgdump.html"
_RDB = "https://github.com/valkey-io/valkey/pull/1604"
_USERS = "https://github.com/mongodb/mongo-tools/pull/500"


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """How data leaves.

    Attributes:
        protocol: What applications speak to it: what another service must speak.
        dump: The format in which data leaves.
        tools: What writes and reads it.
        into: Which servers read it.
        stays: What does not come along.
        source: Address that says so.
        minutes: How long it takes at the fastest, by the rule at `MIB_A_SECOND`; absent where nothing was measured.
    """

    protocol: str
    dump: str
    tools: str
    into: str
    stays: str
    source: str | None
    minutes: float | None = None

    @property
    def words(self) -> str:
        """In one line."""
        return f"{self.tools} into {self.into}" if self.into else self.tools


@dataclass(frozen=True, kw_only=True)
class _Way:
    """What a backend adds to how a kind of store leaves."""

    tools: str
    stays: str
    source: str | None = None


_WAYS: Mapping[tuple[Kind, str], _Way] = {
    (Kind.POSTGRES, "in_cluster"): _Way(tools="pg_dump and pg_restore", stays="roles: made anew"),
    (Kind.POSTGRES, "aws_rds"): _Way(
        tools="pg_dump and pg_restore", stays="snapshots and point-in-time logs; roles: made anew"
    ),
    (Kind.POSTGRES, "gcp_cloud_sql"): _Way(
        tools="pg_dump and pg_restore", stays="backups and point-in-time logs; roles: made anew"
    ),
    (Kind.MYSQL, "in_cluster"): _Way(tools="mysqldump and mysql", stays="users: made anew"),
    (Kind.REDIS, "in_cluster"): _Way(tools="valkey-cli --rdb", stays="nothing"),
    (Kind.REDIS, "aws_elasticache"): _Way(
        tools="a snapshot exported as RDB",
        stays="other snapshots",
    ),
    (Kind.REDIS, "gcp_memorystore"): _Way(
        tools="an export as RDB",
        stays="snapshots: for the service's own recovery only",
        source="https://docs.cloud.google.com/memorystore/docs/redis/general-best-practices",
    ),
    (Kind.MONGODB, "in_cluster"): _Way(tools="mongodump and mongorestore", stays="users: made anew"),
    (Kind.MONGODB, "mongodb_atlas"): _Way(
        tools="mongodump and mongorestore", stays="snapshots and the oplog behind them; users: made anew"
    ),
}


def covers(kind: Kind, backend: str) -> bool:
    """Whether the table says how a store of `kind` leaves `backend`."""
    return backend == "external" or (kind, backend) in _WAYS


def of(store: StoreArgs) -> Leaving:
    """What it takes to leave the backend that `store` is on."""
    if store.backend == "external":
        return Leaving(
            protocol=_PROTOCOLS[store.kind],
            dump="",
            tools="whatever its keeper offers",
            into="",
            stays="not known",
            source=None,
        )
    way = _WAYS[store.kind, str(store.backend)]
    dump, into, source = _format(store)
    return Leaving(
        protocol=_PROTOCOLS[store.kind],
        dump=dump,
        tools=way.tools,
        into=into,
        stays=way.stays,
        source=way.source or source,
        minutes=store.storage_gib * 1024 / MIB_A_SECOND / 60 if store.kind is Kind.POSTGRES else None,
    )


_PROTOCOLS = {Kind.POSTGRES: "PostgreSQL", Kind.REDIS: "Redis", Kind.MONGODB: "MongoDB", Kind.MYSQL: "MySQL"}


def _format(store: StoreArgs) -> tuple[str, str, str]:
    """The format of the dump, who reads it, and who says so."""
    match store.kind:
        case Kind.POSTGRES:
            return "pg_dump archive", f"PostgreSQL {store.version} or later", _PG
        case Kind.MYSQL:
            return "SQL text", f"MySQL {store.version} or later", _MYSQL
        case Kind.MONGODB:
            return "mongodump archive", f"MongoDB {store.version}", _USERS
        case Kind.REDIS:
            # Valkey up to 8 and Redis 7.2 write version 11, Redis from 7.4 on version 12; each server reads its own and
            # older ones, and Valkey refuses 12.
            if store.engine is Engine.VALKEY:
                return "RDB 11", "Valkey or Redis 7.2 or later", _RDB
            if store.version in {"7.0", "7.1", "7.2"}:
                return "RDB 11 or older", "Valkey or Redis 7.2 or later", _RDB
            return "RDB 12", "Redis 7.4 or later, never Valkey", _RDB
