"""What Ladder can run where: stages, clouds, stores, backends, versions, images and upgrade paths."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class Stage(StrEnum):
    """How far a stack has climbed."""

    BOOTSTRAP = "bootstrap"
    FUNDED = "funded"
    ENTERPRISE = "enterprise"


class Cloud(StrEnum):
    """Where a stack runs."""

    LOCAL = "local"
    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


class Kind(StrEnum):
    """One kind of data service; a stack has at most one store of each."""

    MONGODB = "mongodb"
    REDIS = "redis"
    POSTGRES = "postgres"
    MYSQL = "mysql"


class Backend(StrEnum):
    """One way to run a store."""

    IN_CLUSTER = "in_cluster"
    AWS_RDS = "aws_rds"
    AWS_ELASTICACHE = "aws_elasticache"
    MONGODB_ATLAS = "mongodb_atlas"
    GCP_CLOUD_SQL = "gcp_cloud_sql"
    GCP_MEMORYSTORE = "gcp_memorystore"
    EXTERNAL = "external"


class Keeper(StrEnum):
    """Who runs the server behind a backend, and so where the only copy of its data lies."""

    CLUSTER = "cluster"
    PROVIDER = "provider"
    OTHERS = "others"


def keeper(backend: Backend) -> Keeper:
    """Who keeps the data of a store on `backend`."""
    match backend:
        case Backend.IN_CLUSTER:
            return Keeper.CLUSTER
        case Backend.AWS_RDS | Backend.AWS_ELASTICACHE | Backend.MONGODB_ATLAS:
            return Keeper.PROVIDER
        case Backend.GCP_CLOUD_SQL | Backend.GCP_MEMORYSTORE:
            return Keeper.PROVIDER
        case Backend.EXTERNAL:
            return Keeper.OTHERS
        case _:
            assert_never(backend)


def has_disk(backend: Backend) -> bool:
    """Whether a store on `backend` has storage of a size that was asked for; else memory is all it has."""
    return backend not in {Backend.AWS_ELASTICACHE, Backend.GCP_MEMORYSTORE, Backend.EXTERNAL}


class Engine(StrEnum):
    """The server behind a store, where a kind has more than one."""

    MONGODB = "mongodb"
    VALKEY = "valkey"
    REDIS = "redis"
    POSTGRES = "postgres"
    MYSQL = "mysql"


class Role(StrEnum):
    """What a Redis-compatible store is for: a cache may forget, a store must not."""

    CACHE = "cache"
    STORE = "store"


SUPPORT: dict[tuple[Kind, Stage, Cloud], Backend] = {
    (kind, Stage.BOOTSTRAP, cloud): Backend.IN_CLUSTER for kind in Kind for cloud in Cloud
} | {
    (Kind.POSTGRES, Stage.FUNDED, Cloud.AWS): Backend.AWS_RDS,
    (Kind.REDIS, Stage.FUNDED, Cloud.AWS): Backend.AWS_ELASTICACHE,
    (Kind.MONGODB, Stage.FUNDED, Cloud.AWS): Backend.MONGODB_ATLAS,
    (Kind.MONGODB, Stage.FUNDED, Cloud.GCP): Backend.MONGODB_ATLAS,
    (Kind.POSTGRES, Stage.FUNDED, Cloud.GCP): Backend.GCP_CLOUD_SQL,
    (Kind.REDIS, Stage.FUNDED, Cloud.GCP): Backend.GCP_MEMORYSTORE,
}
"""The backend that a stage means for a store on a cloud. `external` fits everywhere beside it."""


def offers(kind: Kind, cloud: Cloud) -> tuple[Backend, ...]:
    """Every backend that `kind` can have on `cloud`, in the order of the stages, `external` last."""
    held = [SUPPORT[kind, stage, cloud] for stage in Stage if (kind, stage, cloud) in SUPPORT]
    return (*dict.fromkeys(held), Backend.EXTERNAL)


def stages(kind: Kind, cloud: Cloud) -> tuple[Stage, ...]:
    """The stages that the table holds for `kind` on `cloud`."""
    return tuple(stage for stage in Stage if (kind, stage, cloud) in SUPPORT)


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image and the user id that its server runs under.

    Attributes:
        ref: Name and tag, as a pod spells it.
        uid: Numeric user, and group, of the server; initdb wants it in the image's `/etc/passwd`.
        digest: `sha256:…` as read from a registry, never written by hand; absent until it was read.
    """

    ref: str
    uid: int
    digest: str | None = None

    @property
    def pinned(self) -> str:
        """The reference with its digest, where one is known."""
        return f"{self.ref}@{self.digest}" if self.digest else self.ref


IMAGES: dict[tuple[Engine, str], Image] = {
    (Engine.MONGODB, "7.0"): Image(ref="mongo:7.0", uid=999),
    (Engine.MONGODB, "8.0"): Image(ref="mongo:8.0", uid=999),
    (Engine.VALKEY, "8.0"): Image(ref="valkey/valkey:8.0", uid=999),
    (Engine.VALKEY, "8.1"): Image(ref="valkey/valkey:8.1", uid=999),
    (Engine.REDIS, "7.4"): Image(ref="redis:7.4", uid=999),
    (Engine.REDIS, "8.0"): Image(ref="redis:8.0", uid=999),
    (Engine.POSTGRES, "16"): Image(ref="postgres:16", uid=999),
    (Engine.POSTGRES, "17"): Image(ref="postgres:17", uid=999),
    (Engine.MYSQL, "8.4"): Image(ref="mysql:8.4", uid=999),
    (Engine.MYSQL, "9.7"): Image(ref="mysql:9.7", uid=999),
}
"""Official images (of MySQL on Oracle Linux, else on Debian or Ubuntu) per engine and version, under user 999."""


class Tool(StrEnum):
    """A program that jobs bring along, beside the servers' own."""

    RESTIC = "restic"
    VERSITYGW = "versitygw"
    PYTHON = "python"


TOOLS: dict[Tool, Image] = {
    Tool.RESTIC: Image(ref="restic/restic:0.18.0", uid=999),
    Tool.VERSITYGW: Image(ref="ghcr.io/versity/versitygw:v1.8.0", uid=999),
    Tool.PYTHON: Image(ref="python:3.13-slim", uid=999),
}
"""Images of tools. None of them needs its user to be known to the image."""


def engines(kind: Kind) -> tuple[Engine, ...]:
    """The engines that speak the protocol of `kind`; the first is the default."""
    match kind:
        case Kind.MONGODB:
            return (Engine.MONGODB,)
        case Kind.REDIS:
            return (Engine.VALKEY, Engine.REDIS)
        case Kind.POSTGRES:
            return (Engine.POSTGRES,)
        case Kind.MYSQL:
            return (Engine.MYSQL,)
        case _:
            assert_never(kind)


MANAGED: dict[tuple[Backend, Engine], tuple[str, ...]] = {
    (Backend.AWS_RDS, Engine.POSTGRES): ("16", "17"),
    (Backend.AWS_ELASTICACHE, Engine.VALKEY): ("7.2", "8.0", "8.1", "8.2"),
    (Backend.AWS_ELASTICACHE, Engine.REDIS): ("7.0", "7.1"),
    (Backend.MONGODB_ATLAS, Engine.MONGODB): ("7.0", "8.0"),
    (Backend.GCP_CLOUD_SQL, Engine.POSTGRES): ("16", "17"),
    (Backend.GCP_MEMORYSTORE, Engine.REDIS): ("7.0", "7.2"),
}
"""The versions that a service runs of an engine, oldest first; an engine without a row is one it does not have.

Sources: of AWS, PyPI cfn-lint 1.58.0, "Automatically updated using aws api"; of Cloud SQL, "Database versions and
version policies"; both read 2026-11-25; of Memorystore, the API's description (redis v1, revision 20261016, in PyPI
google-api-python-client 2.202). Of PostgreSQL the majors for which `IMAGES` has the client programs. Valkey 9
is left out: what it dumps, only Valkey 9 reads, so there is no way back. Of Atlas, which runs every version that
MongoDB supports, those that the cluster runs too: the way back.
"""


def engines_of(kind: Kind, backend: Backend) -> tuple[Engine, ...]:
    """The engines of `kind` that `backend` runs."""
    return tuple(engine for engine in engines(kind) if versions(engine, backend))


def versions(engine: Engine, backend: Backend = Backend.IN_CLUSTER) -> tuple[str, ...]:
    """The versions of `engine` that `backend` runs, oldest first."""
    if keeper(backend) is Keeper.PROVIDER:
        return MANAGED.get((backend, engine), ())
    return tuple(version for held, version in IMAGES if held is engine)


def usual_version(engine: Engine, backend: Backend) -> str:
    """The version of a store that names none: the newest that can go everywhere; empty where `backend` runs none.

    MySQL 9.7 has no way back to 8.4, which is the newest on RDS. Source: as of `MANAGED`.
    """
    held = versions(engine, backend)
    return "8.4" if engine is Engine.MYSQL and "8.4" in held else next(reversed(held), "")


def image(engine: Engine, version: str) -> Image:
    """The image that runs `version`, or, for a version that only a service runs, the newest: its client programs."""
    return IMAGES.get((engine, version)) or IMAGES[engine, versions(engine)[-1]]


def upgrades_in_place(engine: Engine, old: str, new: str, backend: Backend = Backend.IN_CLUSTER) -> bool:
    """Whether a store that `old` wrote can be run by `new` where it is.

    Sources: PostgreSQL "Upgrading a Cluster" (a new major wants pg_upgrade or a dump; RDS user guide, "Choosing a major
    version upgrade"; Cloud SQL, "Upgrade the database major version in-place": the service runs pg_upgrade itself,
    forward only), MongoDB release notes (one major step at a time, never back), MySQL "Upgrade Paths" (from one LTS
    series to the next, never back), Redis and Valkey (a server reads older
    dump formats, not newer ones).
    """
    if old == new:
        return True
    match engine:
        case Engine.POSTGRES:
            return keeper(backend) is Keeper.PROVIDER and _number(new) > _number(old)
        case Engine.MONGODB | Engine.MYSQL:
            held = versions(engine)
            return old in held and new in held and held.index(new) - held.index(old) == 1
        case Engine.VALKEY | Engine.REDIS:
            return _number(new) > _number(old)
        case _:
            assert_never(engine)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
