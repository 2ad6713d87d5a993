"""The jobs of a climb: started once, taken up again where one still runs, and what they said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from ladder.backups import job
from ladder.backups.job import Following, Result
from ladder.backups.started import REAL, Clock, Cluster, Job, delete, started
from ladder.climb.progress import Progress
from ladder.errors import Exit, LadderError


class Step(StrEnum):
    """What a job of a climb does; `components/climb/scripts` has a script of each."""

    CHECK = "check"
    COPY = "copy"
    GATE = "gate"
    BACK = "back"
    END = "end"


class Proves(StrEnum):
    """What a receipt proves, and so which phase the guard lets in: `infra.climb_guard`."""

    COPY = "copy"
    CUTOVER = "cutover"
    GATE = "gate"
    RETIRE = "retire"
    BACK = "back"


class Copier(Protocol):
    """Runs the jobs of one store's climb."""

    def run(self, step: Step) -> Result:
        """Do a step to its end, or follow one that is under way.

        Raises:
            LadderError: It ended without a word, or there is nothing to start it from.
            ClusterError: The cluster does not answer; the job goes on.
        """
        ...

    def told(self, step: Step) -> Result | None:
        """What the last one of a step said that ended well; None where nobody knows any more."""
        ...

    def there(self) -> bool:
        """Whether jobs can be started."""
        ...


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """The same, in the cluster of a stack.

    Attributes:
        cluster: The one that the stack names.
        namespace: Of the stack.
        store: Name of the store.
        tell: Is given what goes on, a line at a time.
        limit: Seconds for which writers may be held; the job's own number by default.
        clock: Time.
    """

    cluster: Cluster
    namespace: str
    store: str
    tell: Callable[[str], None]
    limit: int | None = None
    clock: Clock = REAL

    @property
    def _cron_job(self) -> str:
        return f"{self.store}-climb"

    def run(self, step: Step) -> Result:
        """Do a step; one that a killed command left behind is followed, one of another step is out of the way first."""
        held: Job | None = None
        for it in started(self.cluster, self.namespace, self._cron_job):
            if it.ended or it.deleted:
                continue
            if it.env.get("STEP") == step:
                held = it
            elif it.env.get("STEP") == Step.GATE:
                # It holds writers: it ends by itself within a minute, one way or the other.
                self._following(it).result()
            else:
                delete(self.cluster, self.namespace, it.name, self.clock)
        told = Progress(tell=self.tell, now=self.clock.now)
        going = self._following(held) if held else self._start(step)
        return replace(going, tell=told.line).result()[0]

    def told(self, step: Step) -> Result | None:
        """What the newest good one said, as long as its pod is there."""
        for it in reversed(started(self.cluster, self.namespace, self._cron_job)):
            if it.env.get("STEP") == step and it.ended and it.ended.type == "Complete":
                return self._following(it).told()
        return None

    def there(self) -> bool:
        """Whether the stack holds what jobs are started from."""
        path = f"/apis/batch/v1/namespaces/{self.namespace}/cronjobs/{self._cron_job}"
        return self.cluster.get(path, Job) is not None

    def _following(self, held: Job) -> Following:
        return Following(
            cluster=self.cluster,
            namespace=self.namespace,
            name=held.name,
            container=held.container,
            tell=self.tell,
            clock=self.clock,
        )

    def _start(self, step: Step) -> Following:
        return job.start(
            self.cluster,
            self.namespace,
            self._cron_job,
            {"STEP": str(step), **({"LIMIT_SECONDS": str(self.limit)} if self.limit else {})},
            self.tell,
            self.clock,
            missing=f"no climb of {self.store} is under way",
            fix=f"ladder climb {self.store} --status",
        )


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Stands where nothing is to be copied: a cache starts empty."""

    def run(self, step: Step) -> Result:
        """Done."""
        return Result(ok=True, open=step is not Step.COPY)

    def told(self, step: Step) -> Result | None:
        """Nothing."""
        return None

    def there(self) -> bool:
        """There is no need."""
        return False


def receipt_of(found: Result, proves: Proves) -> str:
    """The receipt that a job gave.

    Raises:
        LadderError: There is none that proves it: the job is of another version.
    """
    if found.receipt.startswith(f"{proves}."):
        return found.receipt
    raise LadderError(
        Exit.FAILED,
        f'a job ended well, and gave no receipt that proves "{proves}" ({found.receipt or "none"}): the stack '
        "was brought up by another version of Ladder\n    fix: pulumi up, then the same command again",
    )
