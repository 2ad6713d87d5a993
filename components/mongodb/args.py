"""What a MongoDB store is asked for."""

from dataclasses import dataclass, field
from typing import Literal, TypeGuard, get_args

from components.catalog import Backend, Kind
from components.store import PodArgs, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=1024)
PORT = 27017

MongodbBackend = Literal[Backend.IN_CLUSTER, Backend.EXTERNAL]
"""What can run one."""


def runs(backend: Backend) -> TypeGuard[MongodbBackend]:
    """Whether `backend` can run one."""
    return backend in get_args(MongodbBackend)


@dataclass(frozen=True, kw_only=True)
class MongodbArgs(StoreArgs):
    """A store of kind `mongodb`: a replica set, from one member on."""

    kind: Kind = field(default=Kind.MONGODB, init=False)
    pods: PodArgs = DEFAULT_PODS
