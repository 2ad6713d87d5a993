"""What a MongoDB store is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeGuard, get_args

from components.atlas import args as atlas
from components.atlas.args import AtlasArgs
from components.catalog import Backend, Kind
from components.store import PodArgs, Problem, StoreArgs

DEFAULT_PODS = PodArgs(memory_mib=1024)
DEFAULT_ATLAS = AtlasArgs()
PORT = 27017

MongodbBackend = Literal[Backend.IN_CLUSTER, Backend.MONGODB_ATLAS, Backend.EXTERNAL]
"""What can run one."""


def runs(backend: Backend) -> TypeGuard[MongodbBackend]:
    """Whether `backend` can run one."""
    return backend in get_args(MongodbBackend)


@dataclass(frozen=True, kw_only=True)
class MongodbArgs(StoreArgs):
    """A store of kind `mongodb`: a replica set, from one member on.

    Attributes:
        atlas: Of Atlas.
    """

    OF_SERVICES: ClassVar = {"atlas": Backend.MONGODB_ATLAS}

    kind: Kind = field(default=Kind.MONGODB, init=False)
    pods: PodArgs = DEFAULT_PODS
    atlas: AtlasArgs = DEFAULT_ATLAS

    @property
    def pinned(self) -> Mapping[str, str]:
        """What Atlas never changes."""
        if self.backend is not Backend.MONGODB_ATLAS:
            return {}
        return {"atlas.project": self.atlas.project, "atlas.identifier": atlas.identifier(self, self.atlas)}

    @property
    def steered(self) -> Mapping[str, str]:
        """What Atlas passes over while it scales."""
        if self.backend is not Backend.MONGODB_ATLAS or not self.atlas.autoscale:
            return {}
        return {"atlas.instance_size": self.atlas.instance_size, "storage_gib": str(self.storage_gib)}

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of Atlas that it breaks."""
        return list(atlas.problems(self, self.atlas)) if self.backend is Backend.MONGODB_ATLAS else ()
