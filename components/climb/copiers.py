"""Which stores can be copied from one backend to another: of a kind that has the scripts `components/<kind>/climb/`."""

from components import catalog
from components.backups import hooks
from components.catalog import Backend, Keeper, Kind
from components.kubernetes import scripts

COPIERS: dict[Kind, str] = {
    Kind.REDIS: "components.redis",
    Kind.POSTGRES: "components.postgres",
}
"""By kind, the package that holds the folder `climb`. What is not here stays on the backend that it has."""


def fits(kind: Kind, source: Backend, target: Backend) -> bool:
    """Whether the data of a store can be copied from one backend to the other."""
    in_cluster = [catalog.keeper(it) is Keeper.CLUSTER for it in (source, target)]
    return kind in COPIERS and source is not target and not all(in_cluster)


def known(kind: Kind) -> str:
    """What can be copied, in words."""
    if kind not in COPIERS:
        return f"leave the backend as it is; what can be copied: {', '.join(COPIERS) or 'nothing'}"
    return "name a backend that the store is not on"


def files(kind: Kind) -> dict[str, str]:
    """Everything that the jobs of a climb of `kind` mount: what jobs of backups share, the steps, the kind's own.

    Raises:
        KeyError: When the kind has none.
    """
    return hooks.files(kind) | scripts.read("components.climb") | scripts.read(COPIERS[kind], "climb")
