"""What a look at a stack's health comes to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from components.catalog import Backend, Kind, Role
from infra.cluster_api import Finding


@dataclass(frozen=True, kw_only=True)
class Volume:
    """The fullest volume of a store.

    Attributes:
        claim: Its name.
        size_gib: As claimed, GiB.
        percent: How full its file system is; None when nothing recent is known.
        shared: Whether that file system is the node's own disk, where a larger claim makes no room.
        inodes_percent: How many of its files are used up; None where the file system does not count.
    """

    claim: str
    size_gib: float
    percent: int | None = None
    shared: bool = False
    inodes_percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Backups:
    """What is known of a store's backups.

    Attributes:
        words: The last backup, as a person reads it.
        proof: The last proof of restore, likewise; None where there is nothing to prove.
        last: Time of the last good run.
        run: That run.
        verified: Time of the last proof.
        runs: How many there are.
        late: Whether something speaks against the last backup.
        unproven: Whether something speaks against the last proof.
        since: From here on every moment can be had, where every write is shipped.
        until: Up to here, when the watchdog looked last.
    """

    words: str
    proof: str | None = None
    last: str | None = None
    run: str | None = None
    verified: str | None = None
    runs: int | None = None
    late: bool = False
    unproven: bool = False
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoreStatus:
    """One row.

    Attributes:
        ready: Members that can serve; None where nobody asked (external).
        wanted: Members that the settings name.
        backup: What is known of its backups.
        troubles: What keeps it from being healthy.
    """

    kind: Kind
    name: str
    backend: Backend
    role: Role | None
    wanted: int
    ready: int | None
    volume: Volume | None
    backup: Backups
    troubles: Sequence[str] = ()

    @property
    def healthy(self) -> bool:
        """Whether all members serve."""
        return self.ready is None or (self.ready >= self.wanted and not self.troubles)


@dataclass(frozen=True, kw_only=True)
class AppStatus:
    """The application's row; `cpu_percent` of what was requested, None while no metrics are seen."""

    ready: int
    wanted: int
    least: int
    most: int
    cpu_percent: int | None
    troubles: Sequence[str] = ()

    @property
    def healthy(self) -> bool:
        """Whether it serves, and no replica is in trouble."""
        return self.ready >= self.least and not self.troubles


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """What was seen.

    Attributes:
        problem: Why nothing could be seen; the rest is empty then.
        rendered: Whether the namespace was applied as rendered manifests: no ledger and no guard there.
        alerts: What the watchdog says cannot wait.
        notes: What will need somebody soon.
    """

    project: str
    stack: str
    stage: str
    cloud: str
    cluster: str
    namespace: str
    at: datetime
    rendered: bool = False
    stores: Sequence[StoreStatus] = ()
    app: AppStatus | None = None
    alerts: Sequence[str] = ()
    notes: Sequence[str] = ()
    problem: Finding | None = field(default=None)

    @property
    def exit_code(self) -> int:
        """0 when everything is healthy and nothing cannot wait, else 1."""
        rows = [*self.stores, *([self.app] if self.app else [])]
        return 0 if self.problem is None and not self.alerts and all(row.healthy for row in rows) else 1

    def as_json(self) -> dict[str, object]:
        """The report as JSON values."""
        rows = {
            "stores": [{**asdict(row), "healthy": row.healthy} for row in self.stores],
            "app": {**asdict(self.app), "healthy": self.app.healthy} if self.app else None,
        }
        return {**asdict(self), **rows, "at": self.at.isoformat(timespec="seconds"), "healthy": self.exit_code == 0}
