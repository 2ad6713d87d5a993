"""What a MongoDB store is asked for."""

from dataclasses import dataclass, field

from components.catalog import Kind
from components.store import StoreArgs

PORT = 27017


@dataclass(frozen=True, kw_only=True)
class MongodbArgs(StoreArgs):
    """A store of kind `mongodb`: a replica set, from one member on."""

    kind: Kind = field(default=Kind.MONGODB, init=False)
    memory_mib: int = 1024
