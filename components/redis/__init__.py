"""A Redis-compatible store: Valkey or Redis, as a cache that may forget or a store that must not."""

from components.redis.args import RedisArgs
from components.redis.component import Redis

__all__ = ["Redis", "RedisArgs"]
