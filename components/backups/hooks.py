"""Which stores can be backed up: of a kind that has hooks, the scripts in `components/<kind>/backup/`."""

from typing import assert_never

from components.catalog import Keeper, Kind
from components.kubernetes import scripts

HOOKS: dict[Kind, str] = {
    Kind.MONGODB: "components.mongodb",
    Kind.REDIS: "components.redis",
    Kind.POSTGRES: "components.postgres",
}
"""By kind, the package that holds the folder `backup`. A kind that is not here has no schedules, and says so."""

LOADS = frozenset({Kind.MONGODB, Kind.REDIS})
"""Kinds whose manifest is told of the dump itself, by a server of the job's own that has loaded it."""

FREEZES = frozenset({Kind.POSTGRES, Kind.REDIS})
"""Kinds whose hooks can end all writing to the server, and keep it ended: without that no environment can move."""

OF_SERVICES = frozenset({Kind.POSTGRES})
"""Kinds whose hooks read the server of a service as well: they ask for nothing that its administrator cannot give."""


def fit(kind: Kind, keeper: Keeper) -> bool:
    """Whether the jobs can take runs of a store of this kind, kept by whom."""
    match keeper:
        case Keeper.CLUSTER:
            return kind in HOOKS
        case Keeper.PROVIDER:
            return kind in HOOKS and kind in OF_SERVICES
        case Keeper.OTHERS:
            return False
        case _:
            assert_never(keeper)


def files(kind: Kind) -> dict[str, str]:
    """Everything that the jobs of `kind` mount: Ladder's scripts and the hooks of the kind.

    Raises:
        KeyError: When the kind has none.
    """
    return scripts.read("components.backups") | scripts.read(HOOKS[kind], "backup")
