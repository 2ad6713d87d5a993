"""What the watchdog serves: /healthz for the kubelet, /metrics for whoever scrapes."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

from .model import Config, Facts, Judgement

PORT = 9480
QUIET_SECONDS = 600
"""A loop that shows no sign of life for so long hangs: every step of it is bounded far below."""


@dataclass
class Board:
    """What the loop leaves for the server to show."""

    alive: float = field(default_factory=monotonic)
    metrics: str = ""

    def beat(self) -> None:
        """The loop is alive."""
        self.alive = monotonic()

    @property
    def healthy(self) -> bool:
        """Whether it was, lately."""
        return monotonic() - self.alive < QUIET_SECONDS


def metrics(config: Config, facts: Facts, judged: Judgement, sound: Mapping[str, bool], now: datetime) -> str:
    """Prometheus's text format."""
    return "\n".join([*_lines(config, facts, judged, sound, now), ""])


def _lines(config: Config, facts: Facts, judged: Judgement, sound: Mapping[str, bool], now: datetime) -> Iterator[str]:
    def gauge(name: str, words: str, samples: list[tuple[str, float]]) -> Iterator[str]:
        if samples:
            yield f"# HELP {name} {words}"
            yield f"# TYPE {name} gauge"
            yield from (f"{name}{{{labels}}} {value:.15g}" for labels, value in samples)

    stack = f'stack="{config.stack}"'
    last: list[tuple[str, float]] = []
    proven: list[tuple[str, float]] = []
    counts: list[tuple[str, float]] = []
    up: list[tuple[str, float]] = []
    shipped: list[tuple[str, float]] = []
    ships: list[tuple[str, float]] = []
    for store in config.stores:
        labels = f'{stack},store="{store.kind}"'
        known = judged.memory.known.get(store.kind)
        if known:
            last += [(labels, known.last.time.timestamp())] if known.last else []
            proven += (
                [(labels, known.verified.verified.timestamp())] if known.verified and known.verified.verified else []
            )
            counts.append((labels, known.runs))
        seen = facts.stores.get(store.kind)
        if seen and seen.repository:
            up.append((labels, float(seen.repository.trouble is None)))
        if seen and store.ships:
            shipped += [(labels, seen.log.until.timestamp())] if seen.log.until else []
            ships.append((labels, float(bool(seen.shipper and seen.shipper.ready))))
    yield from gauge("ladder_backup_last_timestamp_seconds", "Time of the last good run.", last)
    yield from gauge("ladder_backup_verified_timestamp_seconds", "Time of the last proof of restore.", proven)
    yield from gauge("ladder_backup_runs", "Complete runs in the repository.", counts)
    yield from gauge("ladder_repository_up", "Whether the repository can be read.", up)
    yield from gauge("ladder_shipped_timestamp_seconds", "Everything written before it is in the vault.", shipped)
    yield from gauge("ladder_shipper_up", "Whether what is written is shipped.", ships)
    used: list[tuple[str, float]] = []
    left: list[tuple[str, float]] = []
    for kind, volumes in judged.volumes.items():
        for one in volumes:
            labels = f'{stack},store="{kind}",volume="{one.claim}"'
            if one.size and one.used is not None:
                used.append((labels, one.used / one.size))
            if one.full_in_days is not None:
                left.append((labels, timedelta(days=one.full_in_days).total_seconds()))
    yield from gauge("ladder_volume_used_ratio", "Fill of a volume.", used)
    yield from gauge("ladder_volume_full_in_seconds", "Time until a volume is full, at the pace of its samples.", left)
    alerts = [
        (f'{stack},store="{one.store}",subject="{one.subject}",severity="{one.severity}"', 1.0)
        for one in judged.findings
    ]
    yield from gauge("ladder_alert", "What somebody should know.", alerts)
    yield from gauge("ladder_watchdog_look_timestamp_seconds", "Time of the last look.", [(stack, now.timestamp())])
    channels = [(f'{stack},channel="{name}"', float(good)) for name, good in sound.items()]
    yield from gauge("ladder_watchdog_sound", "Whether the watchdog reads, writes, and gets through.", channels)


def server(board: Board, port: int = PORT) -> ThreadingHTTPServer:
    """A server that shows the board; it is the caller's to run."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path:
                case "/healthz":
                    self._answer(200 if board.healthy else 503, "ok\n" if board.healthy else "the loop hangs\n")
                case "/metrics":
                    self._answer(200, board.metrics)
                case _:
                    self._answer(404, "/healthz or /metrics\n")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A probe every few seconds is no news."""

    return _Server(("", port), Handler)


class _Server(ThreadingHTTPServer):
    """Listens on both families, where a pod has both."""

    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self) -> None:
        """Not IPv6 alone."""
        if self.address_family is socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()
