"""What a MongoDB store is asked for."""

from dataclasses import dataclass, field

from components.catalog import Kind
from components.store import PodArgs, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=1024)
PORT = 27017


@dataclass(frozen=True, kw_only=True)
class MongodbArgs(StoreArgs):
    """A store of kind `mongodb`: a replica set, from one member on."""

    kind: Kind = field(default=Kind.MONGODB, init=False)
    pods: PodArgs = DEFAULT_PODS
