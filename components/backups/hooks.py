"""Which kinds of stores can be backed up: those that have hooks, the scripts in `components/<kind>/backup/`."""

from components.catalog import Kind
from components.kubernetes import scripts

HOOKS: dict[Kind, str] = {Kind.POSTGRES: "components.postgres"}
"""By kind, the package that holds the folder `backup`. A kind that is not here has no schedules, and says so."""


def files(kind: Kind) -> dict[str, str]:
    """Everything that the jobs of `kind` mount: Ladder's scripts and the hooks of the kind.

    Raises:
        KeyError: When the kind has none.
    """
    return scripts.read("components.backups") | scripts.read(HOOKS[kind], "backup")
