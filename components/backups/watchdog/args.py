"""What a watchdog is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi

from components import catalog
from components.backups.repository import Repository
from components.catalog import Image, Keeper, Tool
from components.store import StoreArgs


class Format(StrEnum):
    """What the webhook takes: Slack's messages, which others imitate, or plain JSON."""

    SLACK = "slack"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Whom the watchdog tells.

    Attributes:
        webhook: Where messages are posted; who has this address may write in the company's name. Secret.
        format: Of the messages.
        ping: Asked every five minutes while all is watched. Secret.
        ports: TCP ports of both.
        image: Of the watchdog: any with Python 3.11 or newer.
    """

    webhook: pulumi.Input[str] | None = field(default=None, repr=False)
    format: Format = Format.SLACK
    ping: pulumi.Input[str] | None = field(default=None, repr=False)
    ports: Sequence[int] = ()
    image: Image = catalog.TOOLS[Tool.PYTHON]

    @property
    def addresses(self) -> dict[str, pulumi.Input[str]]:
        """Those that are named, by name."""
        return {name: url for name, url in (("webhook", self.webhook), ("ping", self.ping)) if url}


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A store that is watched.

    Attributes:
        store: It holds data.
        repository: Where its runs lie; absent where none are taken, so that its volumes alone are watched.
    """

    store: StoreArgs
    repository: Repository | None = None

    @property
    def members(self) -> range:
        """Ordinals of its pods, each with a volume; none of a store that a service keeps."""
        return range(self.store.replicas if self.store.keeper is Keeper.CLUSTER else 0)


@dataclass(frozen=True, kw_only=True)
class WatchdogArgs:
    """What a watchdog is asked for.

    Attributes:
        stack: Name of the stack, as messages show it.
        namespace: Of the stack.
        stores: That are watched.
        alerts: Whom it tells.
        wait_minutes: How long an update waits for it.
    """

    stack: str
    namespace: str
    stores: Sequence[Watched]
    alerts: AlertsArgs = AlertsArgs()
    wait_minutes: int = 10

    @property
    def repositories(self) -> list[Repository]:
        """Those of the stores that have one; all lie in one vault."""
        return [watched.repository for watched in self.stores if watched.repository]

    @property
    def restic(self) -> Image:
        """The image that the binary is copied from: as for the jobs."""
        images = [watched.store.backup.image for watched in self.stores if watched.store.backup]
        return images[0] if images else catalog.TOOLS[Tool.RESTIC]
