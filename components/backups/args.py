"""What a store's backups are asked for, and how a backend lets the jobs in."""

from dataclasses import dataclass, field, fields

import pulumi

from components import catalog
from components.backups import cron
from components.catalog import Image, Tool


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How many runs stay: the newest of each of the last so many hours, days, weeks and months that had one."""

    hourly: int = 24
    daily: int = 14
    weekly: int = 8
    monthly: int = 12

    def __post_init__(self) -> None:
        """Refuse a policy that keeps nothing.

        Raises:
            ValueError: With the rule and the fix.
        """
        counts = [getattr(self, one.name) for one in fields(self)]
        if min(counts) < 0 or max(counts) == 0:
            raise ValueError(f"keep {counts}: each must be 0 or more, and one above 0; set for example daily to 14")


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """What is asked of a store's backups.

    Attributes:
        schedule: When a run is taken, a cron text in UTC.
        verify: When the newest run is restored and compared.
        prune: When runs are forgotten.
        keep: Which stay.
        point_in_time_days: So many days back every moment can be had again; 0 means that runs alone are kept.
        scratch_class: Storage class of the volume on which a run is restored for a proof; absent means the node's
            disk.
        image: Of restic; its binary and authorities are copied into the jobs.
    """

    schedule: str
    verify: str
    prune: str
    keep: Keep = Keep()
    point_in_time_days: int = 0
    scratch_class: str | None = None
    image: Image = catalog.TOOLS[Tool.RESTIC]

    def __post_init__(self) -> None:
        """Refuse times that no cluster reads.

        Raises:
            ValueError: With the field, the rule and the fix.
        """
        for name, text in (("schedule", self.schedule), ("verify", self.verify), ("prune", self.prune)):
            if broken := cron.problem_with(text):
                raise ValueError(f'{name} = "{text}": {broken}; write for example "15 * * * *"')


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user of the database; the password is secret."""

    user: str
    password: pulumi.Input[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class BackupAccess:
    """How the jobs reach a store's server; what a backend offers beside its endpoint where backups are asked for.

    Attributes:
        host: Name of the server that is read.
        port: TCP port of it.
        database: The application's database; empty where a protocol has none.
        ca: PEM of the authority that signed its certificate; empty without TLS.
        backup: Reads everything, writes nothing.
        restore: Makes, fills and exchanges what the application uses.
        ship: Receives every write, where they are shipped.
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    database: pulumi.Input[str]
    ca: pulumi.Input[str]
    backup: Login
    restore: Login
    ship: Login | None = None
