"""What a MySQL store is asked for."""

from dataclasses import dataclass, field
from typing import Literal, TypeGuard, get_args

from components.catalog import Backend, Kind
from components.store import PodArgs, StoreArgs

PORT = 3306
DEFAULT_PODS = PodArgs(memory_mib=768)

MysqlBackend = Literal[Backend.IN_CLUSTER, Backend.EXTERNAL]
"""What can run one."""


def runs(backend: Backend) -> TypeGuard[MysqlBackend]:
    """Whether `backend` can run one."""
    return backend in get_args(MysqlBackend)


@dataclass(frozen=True, kw_only=True)
class MysqlArgs(StoreArgs):
    """A store of kind `mysql`."""

    kind: Kind = field(default=Kind.MYSQL, init=False)
    pods: PodArgs = DEFAULT_PODS
