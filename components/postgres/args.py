"""What a PostgreSQL store is asked for."""

from dataclasses import dataclass, field

from components.catalog import Kind
from components.store import StoreArgs

PORT = 5432


@dataclass(frozen=True, kw_only=True)
class PostgresArgs(StoreArgs):
    """A store of kind `postgres`."""

    kind: Kind = field(default=Kind.POSTGRES, init=False)
