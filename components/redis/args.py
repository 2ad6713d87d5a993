"""What a Redis-compatible store is asked for."""

from dataclasses import dataclass, field

from components.catalog import Kind, Role
from components.store import PodArgs, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=256)
PORT = 6379


@dataclass(frozen=True, kw_only=True)
class RedisArgs(StoreArgs):
    """A store of kind `redis`; engine `valkey` or `redis`.

    Attributes:
        role: `cache` (no volume, evicts when full) or `store` (a volume, refuses writes when full).
    """

    kind: Kind = field(default=Kind.REDIS, init=False)
    role: Role = Role.STORE
    pods: PodArgs = DEFAULT_PODS
