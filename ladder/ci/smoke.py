"""The smoke test: what a stack runs serves, and goes on doing so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.app import AppArgs
from infra.cluster_api import ClusterError, Forbidden
from infra.settings import Settings
from ladder.backups.started import REAL, Clock, Cluster
from ladder.errors import Exit, LadderError
from ladder.status import health
from ladder.status.report import StatusReport

PAUSE_SECONDS = 5
LOOKS = 3
"""So many in a row must be good: what ends a moment after it began does not pass."""


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """One test.

    Attributes:
        cluster: The one that the stack names.
        settings: The stack's.
        paths: What the application is asked for, through the cluster's API: no address of its own is needed.
        seconds: For how long it may still be getting ready.
        clock: Time.
    """

    cluster: Cluster
    settings: Settings
    paths: Sequence[str]
    seconds: float
    clock: Clock = REAL

    def run(self) -> list[str]:
        """Look until it is good, and stays so.

        Returns:
            What was seen.

        Raises:
            LadderError: It did not become good in time.
        """
        end = self.clock.now() + self.seconds
        good = 0
        while True:
            wrong = [*self._look()]
            good = 0 if wrong else good + 1
            if good == LOOKS:
                return [*self._seen()]
            if wrong and self.clock.now() >= end:
                lines = "\n".join(f"  {it}" for it in wrong)
                raise LadderError(
                    Exit.FAILED,
                    f"{self.settings.stack}: the smoke test failed, for {self.seconds:.0f} s\n{lines}\n"
                    f"    fix: ladder status --stack {self.settings.stack}",
                )
            self.clock.sleep(PAUSE_SECONDS)

    def _look(self) -> Iterator[str]:
        """What is wrong now."""
        try:
            yield from _unhealthy(health.look(self.cluster, self.settings, datetime.now(UTC)))
            if self.settings.app:
                yield from filter(None, map(self._ask, self.paths))
        except ClusterError as error:
            yield error.finding.rule
        except Forbidden as error:
            yield f"these credentials may not {error}"

    def _ask(self, path: str) -> str | None:
        """Why the application does not answer; never with its own words, which may be anybody's."""
        service = f"/api/v1/namespaces/{self.settings.placement.namespace}/services/{AppArgs.name}:http/proxy"
        try:
            status, _ = self.cluster.send("GET", f"{service}{path}", {})
        except ClusterError as error:
            return f"{AppArgs.name}: GET {path}: {error.finding.rule}"
        return None if status < 400 else f"{AppArgs.name}: GET {path}: answered {status}"

    def _seen(self) -> Iterator[str]:
        held = self.settings
        yield f"✓ {held.stack}: {', '.join(it.name for it in held.stores.values()) or 'no store'}: every member serves"
        if held.app:
            yield f"✓ {held.stack}: {AppArgs.name} answers {', '.join(self.paths)}"


def _unhealthy(found: StatusReport) -> Iterator[str]:
    if found.problem:
        yield str(found.problem.rule)
    for row in found.stores:
        if not row.healthy:
            yield f"{row.name}: {row.ready} of {row.wanted} ready"
            yield from row.troubles
    if found.app and not found.app.healthy:
        yield f"{AppArgs.name}: {found.app.ready} of {found.app.least} ready"
        yield from found.app.troubles
