"""Keeps one store under observation, so that no visitor waits for a database that is known to be down.

A thread asks each configured store every few seconds. A request that meets a dead store marks it at once;
until the thread reaches it again, further requests fail in microseconds instead of after a timeout each.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from weather.settings import Store

_EVERY_S = 3.0
_EVERY_WHILE_LOST_S = 1.0
_SILENT_AFTER_S = 12.0


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The encryption of a connection; `verified` means chain *and* host name."""

    version: str
    verified: bool


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a store told about itself when it was last connected. `tls` is None on a plain connection."""

    version: str = ""
    tls: Tls | None = None


@dataclass(frozen=True, kw_only=True)
class Status:
    """One store, as last seen. `reason` says why it is not reached, without names, addresses or secrets."""

    store: Store
    configured: bool
    reached: bool = False
    reason: str = ""
    latency_ms: float | None = None
    facts: Facts = Facts()

    def to_json(self) -> dict[str, object]:
        """The form of `/api/stores`."""
        tls = self.facts.tls
        return {
            "store": self.store.value,
            "configured": self.configured,
            "reached": self.reached,
            "reason": self.reason,
            "latency_ms": None if self.latency_ms is None else round(self.latency_ms, 2),
            "version": self.facts.version,
            "tls": None if tls is None else {"version": tls.version, "verified": tls.verified},
        }


class StoreError(Exception):
    """An operation that a store did not carry out; `lost` when the store as a whole is out of reach."""

    def __init__(self, reason: str, *, lost: bool) -> None:
        """`reason` is shown to people: no names, addresses or secrets."""
        super().__init__(reason)
        self.reason = reason
        self.lost = lost


class Driver(Protocol):
    """What a watch needs; every failure is a StoreError."""

    def prepare(self) -> Facts:
        """Make what the application needs; safe to repeat, and for several replicas at once."""
        ...

    def ping(self) -> None:
        """One cheap question that proves the store answers."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...


D = TypeVar("D", bound=Driver)
T = TypeVar("T")


class Watch(Generic[D]):
    """One store. `connect` is None where the connection Secret lacks its key; it may raise StoreError."""

    def __init__(
        self, store: Store, connect: Callable[[], D] | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Asks nobody anything yet; see `look` and `start`."""
        self._connect = connect
        self._monotonic = monotonic
        self._driver: D | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._seen = monotonic()
        reason = "not configured" if connect is None else "not asked yet"
        self._status = Status(store=store, configured=connect is not None, reason=reason)

    @property
    def status(self) -> Status:
        """As last seen; a store whose answer is overdue is not called reached."""
        status, silent = self._status, self._monotonic() - self._seen
        if status.reached and silent > _SILENT_AFTER_S:
            return replace(status, reached=False, reason=f"no answer for {silent:.0f} s")
        return status

    def run(self, operation: Callable[[D], T]) -> T:
        """Do it, or raise StoreError: at once when the store is known to be out of reach."""
        status, driver = self.status, self._driver
        if driver is None or not status.reached:
            raise StoreError(status.reason, lost=True)
        try:
            return operation(driver)
        except StoreError as error:
            if error.lost:
                self._note(replace(status, reached=False, reason=error.reason, latency_ms=None))
            raise

    def look(self) -> None:
        """Ask the store once and remember the answer."""
        if self._connect is None:
            return
        status = self._status
        try:
            driver = self._driver = self._driver or self._connect()
            facts = status.facts if status.reached else driver.prepare()
            start = self._monotonic()
            driver.ping()
            took_ms = (self._monotonic() - start) * 1000
        except Exception as error:  # a watch that ended would show its last answer for ever
            reason = error.reason if isinstance(error, StoreError) else explain(error)
            self._note(replace(status, reached=False, reason=reason, latency_ms=None))
        else:
            self._note(replace(status, reached=True, reason="", latency_ms=took_ms, facts=facts))

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        if self._connect is not None:
            threading.Thread(target=self._keep_looking, name=f"watch-{self._status.store}", daemon=True).start()

    def stop(self) -> None:
        """Look no more and close the connections."""
        self._stop.set()
        if self._driver is not None:
            self._driver.close()

    def _keep_looking(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(_EVERY_S if self._status.reached else _EVERY_WHILE_LOST_S)

    def _note(self, status: Status) -> None:
        with self._lock:
            changed = (status.reached, status.reason) != (self._status.reached, self._status.reason)
            self._status, self._seen = status, self._monotonic()
        if changed:
            log({"event": "store", **status.to_json()})


def ready(statuses: list[Status]) -> bool:
    """Whether this pod should get traffic.

    Every pod sees the same databases, so calling a pod unready because one of them is down would take all
    pods away and turn a degraded page into no page. A pod is unready only when *nothing* it was told to use
    answers: then the fault is likely its own (a wrong Secret, a closed network policy), and a rollout must
    stop. A cache that is the only store decides nothing: the page is whole without it.
    """
    configured = [status for status in statuses if status.configured]
    if all(status.store is Store.REDIS for status in configured):
        return True
    return any(status.reached for status in configured)


# What drivers say, and what may be shown. A driver's own text can hold addresses or parts of a URI, so only
# the right-hand side ever leaves this process. First match wins: a timeout often mentions the refusal behind.
_REASONS = (
    ("certificate verify failed", "certificate not trusted"),
    ("certificate is not valid for", "certificate is for another host"),
    ("does not match host name", "certificate is for another host"),
    ("password authentication failed", "user or password refused"),
    ("authentication failed", "user or password refused"),
    ("wrongpass", "user or password refused"),
    ("invalid username-password", "user or password refused"),
    ("noauth", "asks for a password"),
    ("noperm", "permission denied"),
    ("permission denied", "permission denied"),
    ("not authorized", "permission denied"),
    ("read-only", "is read-only"),
    ("readonly", "is read-only"),
    ("starting up", "is starting"),
    ("shutting down", "is shutting down"),
    ("loading the dataset", "is starting"),
    ("does not support ssl", "speaks no TLS"),
    ("wrong version number", "speaks no TLS"),
    ("connection refused", "connection refused"),
    ("name or service not known", "host name not found"),
    ("could not translate host name", "host name not found"),
    ("failed to resolve host", "host name not found"),
    ("no such host", "host name not found"),
    ("no address associated", "host name not found"),
    ("temporary failure in name resolution", "host name not found"),
    ("no route to host", "no route to host"),
    ("statement timeout", "too slow"),
    ("timed out", "timed out"),
    ("couldn't get a connection", "timed out"),
    ("timeout", "timed out"),
    ("terminating connection", "connection closed by the server"),
    ("connection closed", "connection closed by the server"),
    ("closed the connection", "connection closed by the server"),
    ("connection reset", "connection closed by the server"),
)


def explain(error: BaseException) -> str:
    """A short reason that is safe to show: known words, else the kind of error."""
    text = str(error).lower()
    return next((reason for needle, reason in _REASONS if needle in text), type(error).__name__)


def log(line: dict[str, object]) -> None:
    """One JSON line on stdout, in one write so that threads do not mix theirs."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"at": stamp, **line}, ensure_ascii=False), flush=True)  # noqa: T201 (stdout is the log)
