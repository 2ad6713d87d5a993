"""What a Redis-compatible store is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeGuard, get_args

from components import managed
from components.aws import args as aws
from components.aws import offers
from components.catalog import Backend, Kind, Role
from components.gcp import args as gcp
from components.gcp import offers as gcp_offers
from components.store import PodArgs, Problem, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=256)
PORT = 6379

RedisBackend = Literal[Backend.IN_CLUSTER, Backend.AWS_ELASTICACHE, Backend.GCP_MEMORYSTORE, Backend.EXTERNAL]
"""What can run one."""

ELASTICACHE_LONGEST_NAME = 32
"""Of the 40 characters that a replication group's name has, less `-default`, which its users' names end in."""

MEMORYSTORE_PORT = 6378
"""Of Memorystore for Redis with TLS. Source: "Enable in-transit encryption", Memorystore for Redis."""

MEMORYSTORE_LONGEST_NAME = 40
MEMORYSTORE_MOST_GIB = 300
MEMORYSTORE_LEAST_GIB_WITH_READERS = 5
"""Sources: "Redis tier capabilities" and "About read replicas", Memorystore for Redis."""


def runs(backend: Backend) -> TypeGuard[RedisBackend]:
    """Whether `backend` can run one."""
    return backend in get_args(RedisBackend)


@dataclass(frozen=True, kw_only=True)
class ElasticacheArgs(aws.AwsArgs):
    """`aws` of a Redis-compatible store.

    Attributes:
        node_type: Of the primary, its standby and its readers; its memory is the store's size.
    """

    node_type: str = "cache.t4g.small"


@dataclass(frozen=True, kw_only=True)
class MemorystoreArgs(gcp.GcpArgs):
    """`gcp` of a Redis-compatible store.

    Attributes:
        memory_gib: Of the primary, its standby and its readers: the store's size. Changed in place.
    """

    memory_gib: int = 1


@dataclass(frozen=True, kw_only=True)
class RedisArgs(StoreArgs):
    """A store of kind `redis`; engine `valkey` or `redis`.

    Attributes:
        role: `cache` (no volume, evicts when full) or `store` (a volume, refuses writes when full).
        aws: Of ElastiCache.
        gcp: Of Memorystore for Redis.
    """

    OF_SERVICES: ClassVar = {"aws": Backend.AWS_ELASTICACHE}

    kind: Kind = field(default=Kind.REDIS, init=False)
    role: Role = Role.STORE
    pods: PodArgs = DEFAULT_PODS
    aws: ElasticacheArgs = ElasticacheArgs()
    gcp: MemorystoreArgs = MemorystoreArgs()

    @property
    def pinned(self) -> Mapping[str, str]:
        """What the service never changes."""
        match self.backend:
            case Backend.AWS_ELASTICACHE:
                key = {"aws.kms_key": self.aws.kms_key} if self.aws.kms_key else {}
                return {"aws.identifier": aws.identifier(self, self.aws), **key}
            case Backend.GCP_MEMORYSTORE:
                key = {"gcp.kms_key": self.gcp.kms_key} if self.gcp.kms_key else {}
                return {"gcp.identifier": gcp.identifier(self, self.gcp), **key}
            case _:
                return {}

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of the service that it breaks."""
        match self.backend:
            case Backend.AWS_ELASTICACHE:
                return list(_of_elasticache(self))
            case Backend.GCP_MEMORYSTORE:
                return list(_of_memorystore(self))
            case _:
                return ()


def _of_elasticache(store: RedisArgs) -> Iterator[Problem]:
    args = store.aws
    yield from managed.problems(store, args, "aws", "aws.node_type")
    yield from aws.problems(store, args, ELASTICACHE_LONGEST_NAME)
    if refused := offers.refuses(offers.Service.ELASTICACHE, args.node_type, store.placement.region or ""):
        yield Problem(field="aws.node_type", value=args.node_type, rule=refused.rule, fix=refused.fix)
    yield from _in_memory(store, "aws.node_type")
    if store.role is Role.STORE and not args.multi_az:
        yield _forgets("aws.multi_az", "ElastiCache writes nothing to disk")


def _of_memorystore(store: RedisArgs) -> Iterator[Problem]:
    args = store.gcp
    yield from managed.problems(store, args, "gcp", "gcp.memory_gib")
    yield from gcp.problems(store, args, MEMORYSTORE_LONGEST_NAME)
    yield from _in_memory(store, "gcp.memory_gib")
    if store.placement.region in gcp_offers.WITHOUT_MEMORYSTORE:
        rule, fix = "has no Memorystore for Redis", "set another, or redis: {backend: in_cluster}"
        yield Problem(field="region", value=store.placement.region or "", rule=rule, fix=fix)
    least = MEMORYSTORE_LEAST_GIB_WITH_READERS if store.readers else 1
    if not least <= args.memory_gib <= MEMORYSTORE_MOST_GIB:
        of = "with readers " if store.readers else ""
        rule = f"{of}Memorystore for Redis has {least} to {MEMORYSTORE_MOST_GIB} GiB"
        yield Problem(field="gcp.memory_gib", value=str(args.memory_gib), rule=rule, fix=f"set {least} or more")
    if store.role is Role.STORE and not args.standby:
        yield _forgets("gcp.standby", "a single node of Memorystore may come back empty")
    if store.readers and not args.standby:
        rule, fix = "readers are of the tier that has a standby", "set true, or readers: 0"
        yield Problem(field="gcp.standby", value="false", rule=rule, fix=fix)
    if args.retention_days != managed.LEAST_DAYS:
        rule = "Memorystore for Redis keeps no backups of its own for any number of days"
        yield Problem(field="gcp.retention_days", value=str(args.retention_days), rule=rule, fix="leave it out")
    if args.passwords != 1:
        rule = "Memorystore makes the password, and another one only when AUTH is switched off and on by hand"
        yield Problem(field="gcp.passwords", value=str(args.passwords), rule=rule, fix="leave it out")


def _in_memory(store: RedisArgs, size: str) -> Iterator[Problem]:
    if store.storage_gib != StoreArgs.storage_gib:
        rule = f"{store.backend} has no disk: the memory of its nodes is the store's size"
        fix = f"leave it out, and set {size}"
        yield Problem(field="storage_gib", value=str(store.storage_gib), rule=rule, fix=fix)


def _forgets(field: str, why: str) -> Problem:
    rule = f"a store must not forget, and {why}: with its only node goes all of it"
    return Problem(field=field, value="false", rule=rule, fix='set true, or role: "cache"')
