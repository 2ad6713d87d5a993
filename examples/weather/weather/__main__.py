"""`python3 -m weather`: serve until told to stop."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

import uvicorn

from weather.cache import Cache
from weather.favourites import Favourites
from weather.history import History
from weather.server import Asgi
from weather.service import CacheDriver, FavouritesDriver, HistoryDriver, Service, Stores
from weather.settings import Settings, SettingsError, Store
from weather.upstream import OpenMeteo
from weather.watch import Driver, Watch, log
from weather.web import Application

D = TypeVar("D", bound=Driver)


class _JsonLog(logging.Handler):
    """What libraries have to say, in the form of all other lines."""

    def emit(self, record: logging.LogRecord) -> None:
        log({"event": "log", "level": record.levelname, "logger": record.name, "text": record.getMessage()})


class _Server(uvicorn.Server):
    """Ends in two steps: unready at once, deaf some seconds later, when no proxy sends requests any more."""

    def __init__(self, config: uvicorn.Config, application: Application, drain_seconds: float) -> None:
        super().__init__(config)
        self._application = application
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called for SIGTERM and SIGINT; the second one does not wait. The exit status is 0."""
        if self._application.draining:
            self.should_exit = True
            return
        self._application.draining = True
        timer = threading.Timer(self._drain_seconds, self._stop_listening)
        timer.daemon = True
        timer.start()

    def _stop_listening(self) -> None:
        self.should_exit = True


def main() -> None:
    """Read the environment, watch the stores, serve."""
    try:
        settings = Settings.read(os.environ)
    except SettingsError as error:
        sys.exit(f"weather: {error}")
    logging.basicConfig(level=logging.WARNING, handlers=[_JsonLog()])
    logging.getLogger("psycopg.pool").disabled = True  # says every second, with addresses, what the watch says once
    stores = Stores(
        favourites=Watch[FavouritesDriver](Store.POSTGRES, _connect(settings, Store.POSTGRES, Favourites)),
        history=Watch[HistoryDriver](Store.MONGODB, _connect(settings, Store.MONGODB, History)),
        cache=Watch[CacheDriver](Store.REDIS, _connect(settings, Store.REDIS, Cache)),
    )
    application = Application(Service(stores=stores, upstream=OpenMeteo().report))
    config = uvicorn.Config(
        Asgi(application),
        host="0.0.0.0",  # noqa: S104 (a pod is reached by its address)
        port=settings.port,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=15,
    )
    stores.start()
    log({"event": "start", "port": settings.port, "stores": [store.value for store in settings.uris]})
    _Server(config, application, settings.drain_seconds).run()
    stores.stop()
    log({"event": "stop"})
    os._exit(0)  # a thread that hangs on a frozen store must not hold up the end; nothing else is left to do


def _connect(settings: Settings, store: Store, make: Callable[[str, Path | None], D]) -> Callable[[], D] | None:
    uri = settings.uris.get(store)
    return None if uri is None else lambda: make(uri, settings.ca)


if __name__ == "__main__":
    main()
