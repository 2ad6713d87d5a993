"""What a Redis-compatible store is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeGuard, get_args

from components import managed
from components.aws import args as aws
from components.aws import offers
from components.catalog import Backend, Kind, Role
from components.store import PodArgs, Problem, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=256)
PORT = 6379

RedisBackend = Literal[Backend.IN_CLUSTER, Backend.AWS_ELASTICACHE, Backend.EXTERNAL]
"""What can run one."""

ELASTICACHE_LONGEST_NAME = 32
"""Of the 40 characters that a replication group's name has, less `-default`, which its users' names end in."""


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
class RedisArgs(StoreArgs):
    """A store of kind `redis`; engine `valkey` or `redis`.

    Attributes:
        role: `cache` (no volume, evicts when full) or `store` (a volume, refuses writes when full).
        aws: Of ElastiCache.
    """

    kind: Kind = field(default=Kind.REDIS, init=False)
    role: Role = Role.STORE
    pods: PodArgs = DEFAULT_PODS
    aws: ElasticacheArgs = ElasticacheArgs()

    @property
    def pinned(self) -> Mapping[str, str]:
        """What ElastiCache never changes."""
        if self.backend is not Backend.AWS_ELASTICACHE:
            return {}
        key = {"aws.kms_key": self.aws.kms_key} if self.aws.kms_key else {}
        return {"aws.identifier": aws.identifier(self, self.aws), **key}

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of ElastiCache that it breaks."""
        return list(_of_elasticache(self)) if self.backend is Backend.AWS_ELASTICACHE else ()


def _of_elasticache(store: RedisArgs) -> Iterator[Problem]:
    args = store.aws
    yield from managed.problems(store, args, "aws", "aws.node_type")
    yield from aws.problems(store, args, ELASTICACHE_LONGEST_NAME)
    if refused := offers.refuses(offers.Service.ELASTICACHE, args.node_type, store.placement.region or ""):
        yield Problem(field="aws.node_type", value=args.node_type, rule=refused.rule, fix=refused.fix)
    if store.storage_gib != StoreArgs.storage_gib:
        rule = "ElastiCache has no disk: the memory of its nodes is the store's size"
        fix = "leave it out, and set aws.node_type"
        yield Problem(field="storage_gib", value=str(store.storage_gib), rule=rule, fix=fix)
    if store.role is Role.STORE and not args.multi_az:
        rule = "a store must not forget, and ElastiCache writes nothing to disk: with its only node goes all of it"
        yield Problem(field="aws.multi_az", value="false", rule=rule, fix='set true, or role: "cache"')
