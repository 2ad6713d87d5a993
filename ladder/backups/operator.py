"""What a person does with the backups of a stack: take, prove, list and restore runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.store import StoreArgs
from infra.settings import PREFIX, Settings
from ladder.backups.job import Result, Run, Stretch, runs, start, stretches, written
from ladder.backups.started import REAL, Clock, Cluster
from ladder.errors import Exit, LadderError

NO_REPOSITORY = 10
"""Exit code of jobs, and of restic: there is none yet."""

REFUSALS = frozenset({23, 40, 50})
"""Exit codes of jobs that say: data is, or would be, at risk."""


_SHIP = f"restore a run that `ladder backups` lists; to ship from now on: set {PREFIX}<store>.backup.point_in_time_days"


def moment(text: str) -> str:
    """A time as people write it (ISO 8601; UTC where no zone is named), as jobs take it.

    Raises:
        LadderError: It is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fix = "write it like 2026-01-31T23:59:59, which is UTC, or 2026-01-31T23:59:59.5+01:00"
        raise LadderError(Exit.WRONG, f'--at "{text}" is no time\n    fix: {fix}') from None
    return written(found if found.tzinfo else found.replace(tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a vault holds of a store, oldest first.

    Attributes:
        runs: Every complete one.
        moments: What can be had to the moment.
    """

    runs: Sequence[Run]
    moments: Sequence[Stretch]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Works on the stores of one stack.

    Attributes:
        cluster: The one that the stack names.
        wanted: The stack's settings.
        tell: Is given what goes on, a line at a time.
        clock: Time.
    """

    cluster: Cluster
    wanted: Settings
    tell: Callable[[str], None]
    clock: Clock = REAL

    def stores(self) -> list[StoreArgs]:
        """Those that are backed up, in the catalogue's order."""
        return [store for store in self.wanted.stores.values() if store.backup]

    def store(self, name: str) -> StoreArgs:
        """The store of this kind or name.

        Raises:
            LadderError: There is none, or it is not backed up.
        """
        for kind, store in self.wanted.stores.items():
            if name in (kind, store.name):
                if store.backup is None:
                    raise LadderError(Exit.WRONG, f"{name}: {_why_not(store)}")
                return store
        held = ", ".join(self.wanted.stores) or "none"
        raise LadderError(Exit.WRONG, f"{name}: {self.wanted.stack} has no such store\n    fix: one of: {held}")

    def backup(self, store: StoreArgs, *, accept_empty: bool = False) -> Result:
        """Take a run.

        Raises:
            LadderError: There is none now.
        """
        return self._do(store, "backup", {"ACCEPT_EMPTY": str(int(accept_empty))})

    def verify(self, store: StoreArgs, run: str = "") -> Result:
        """Restore a run (the newest by default) into a throwaway server, and compare.

        Raises:
            LadderError: It is not proven.
        """
        return self._do(store, "verify", {"RUN": run})

    def list(self, store: StoreArgs) -> Held:
        """What the vault holds of a store; nothing where nothing was ever backed up.

        Raises:
            LadderError: The repository cannot be read.
        """
        _, log = self._follow(store, "list", {}, but=NO_REPOSITORY)
        return Held(runs=runs(log), moments=stretches(log))

    def restore(
        self, store: StoreArgs, *, run: str = "", at: str = "", into: str = "", overwrite: bool = False
    ) -> Result:
        """Put a run back, or what the store was at a moment.

        Args:
            store: Of which.
            run: The newest good one by default.
            at: The moment, as `moment` writes it.
            into: Beside the live data, under this name.
            overwrite: In the place of live data, after a backup of it.

        Raises:
            LadderError: Nothing was put back.
        """
        if at and not (store.backup and store.backup.point_in_time_days):
            raise LadderError(
                Exit.WRONG, f"{store.name}: its writes are not shipped, only runs are kept\n    fix: {_SHIP}"
            )
        moment = {"AT": at} if at else {}
        return self._do(store, "restore", {"RUN": run, "INTO": into, "OVERWRITE": str(int(overwrite)), **moment})

    def receive(self, store: StoreArgs, *, run: str = "", check: bool = False) -> Result:
        """Put a run of the stack back that this one's environment comes from.

        Args:
            store: Into which.
            run: The newest good one by default.
            check: Only look whether all is ready for it.

        Raises:
            LadderError: Nothing was put back.
        """
        return self._do(store, "receive", {"RUN": run, "CHECK": str(int(check))})

    def freeze(self, store: StoreArgs, *, thaw: bool = False) -> Result:
        """End all writing to a store until it is thawed.

        Raises:
            LadderError: It is not frozen; with `thaw`, it may be still.
        """
        return self._do(store, "freeze", {"THAW": str(int(thaw))})

    def _do(self, store: StoreArgs, job: str, env: Mapping[str, str]) -> Result:
        return self._follow(store, job, env)[0]

    def _follow(self, store: StoreArgs, job: str, env: Mapping[str, str], but: int = 0) -> tuple[Result, Sequence[str]]:
        """Run a job to its end; a failure with the code `but` is none."""
        namespace = store.placement.namespace
        going = start(self.cluster, namespace, f"{store.name}-{job}", env, self.tell, self.clock)
        result, log = going.result()
        if not result.ok and result.code != but:
            code = Exit.REFUSED if result.code in REFUSALS else Exit.FAILED
            raise LadderError(code, f"{store.name}: {result.why}\n    fix: {result.fix}")
        return result, log


def _why_not(store: StoreArgs) -> str:
    if not store.holds_data:
        return "not backed up: it is a cache, or somebody else runs it; there is nothing to restore"
    return f"not backed up: this stack names no vault\n    fix: set {PREFIX}vault, and run pulumi up"
