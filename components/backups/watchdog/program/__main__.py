"""`python3 -m watchdog`: a look a minute, until somebody ends it."""

import os
import signal
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from . import deliver, serve, settings
from .cluster import Api
from .loop import EVERY_SECONDS, Watchdog, log
from .repository import Restic

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECRETS = Path("/run/ladder")
TOOLS = Path("/restic")


def cluster_trust(authority: Path) -> ssl.SSLContext:
    """Trust in the cluster's own authority: many were made without the extensions that Python 3.13 insists on."""
    trust = ssl.create_default_context(cafile=str(authority))
    trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return trust


def main() -> None:
    """Look, wait, look again."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    config = settings.read(Path("/etc/ladder/config.json"))
    board = serve.Board()
    threading.Thread(target=serve.server(board).serve_forever, daemon=True).start()
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    watchdog = Watchdog(
        config=config,
        api=Api(
            url=f"https://{f'[{host}]' if ':' in host else host}:{port}",
            token=ACCOUNT / "token",
            namespace=config.namespace,
            trust=cluster_trust(ACCOUNT / "ca.crt"),
        ),
        restic=Restic(
            binary=TOOLS / "restic",
            authorities=TOOLS / "ca-certificates.crt",
            work=Path("/work"),
            secrets=SECRETS / "repositories",
        ),
        addresses=settings.addresses(SECRETS / "alerts"),
        post=deliver.sender(ssl.create_default_context(cafile=str(TOOLS / "ca-certificates.crt"))),
        board=board,
    )
    log(f"watching {', '.join(store.kind for store in config.stores)} of {config.stack}")
    while not ended.is_set():
        watchdog.look(datetime.now(UTC))
        ended.wait(EVERY_SECONDS)


if __name__ == "__main__":
    main()
