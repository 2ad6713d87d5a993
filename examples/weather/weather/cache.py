"""Weather reports that are still fresh, in Redis or Valkey."""

import json
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from weather.report import Report
from weather.tls import handshake
from weather.watch import Facts, StoreError, explain

_TIMEOUT_S = 2.0


class Cache:
    """Reports by city, each with its time to live. Raises StoreError, also when made."""

    def __init__(self, uri: str, ca: Path | None) -> None:
        """Connects at first use; `ca` is the trust for `rediss`."""
        parts = urlsplit(uri)
        self._ca = ca
        self._encrypted = parts.scheme == "rediss"
        self._verified = parse_qs(parts.query).get("ssl_cert_reqs", ["required"]) == ["required"]
        trust: dict[str, object] = {}
        if self._encrypted:
            # As in tls.handshake: on Python 3.13 this driver alone would refuse CAs that all others accept.
            trust["ssl_exclude_verify_flags"] = [ssl.VerifyFlags.VERIFY_X509_STRICT]
            if ca is not None:
                trust["ssl_ca_certs"] = str(ca)
        try:
            self._client = redis.Redis.from_url(
                uri,
                socket_timeout=_TIMEOUT_S,
                socket_connect_timeout=_TIMEOUT_S,
                health_check_interval=5,
                max_connections=8,
                retry=Retry(NoBackoff(), 1),  # one: a connection that died while it lay idle
                **trust,
            )
            self._host = str(self._client.connection_pool.connection_kwargs.get("host", "localhost"))
            self._port = int(self._client.connection_pool.connection_kwargs.get("port", 6379))
        except ValueError as error:
            raise StoreError("REDIS_URL is not a valid Redis URI", lost=True) from error

    def prepare(self) -> Facts:
        """A cache needs nothing made; HELLO tells the version, and unlike INFO every user may say it."""
        with _errors():
            hello = cast("dict[object, object] | list[object]", self._client.execute_command("HELLO"))
        pairs = hello.items() if isinstance(hello, dict) else zip(hello[::2], hello[1::2], strict=True)
        about = {_text(key): _text(value) for key, value in pairs}
        version = f"{about.get('server', '')} {about.get('version', '')}".strip()
        tls = handshake(self._host, self._port, self._ca, verify=self._verified) if self._encrypted else None
        return Facts(version=version, tls=tls)

    def ping(self) -> None:
        """See Driver."""
        with _errors():
            self._client.ping()

    def get(self, city: str) -> tuple[Report, int] | None:
        """A report and the seconds it stays fresh; None when there is none that this version can read."""
        pipeline = self._client.pipeline(transaction=False)
        with _errors():
            pipeline.get(_key(city))
            pipeline.ttl(_key(city))
            text, left_s = cast("tuple[bytes | None, int]", tuple(pipeline.execute()))
        try:
            return None if text is None else (Report.from_json(json.loads(text)), max(0, left_s))
        except ValueError:
            return None

    def put(self, city: str, report: Report, *, fresh_s: int) -> None:
        """Keep a report for some seconds."""
        with _errors():
            self._client.set(_key(city), json.dumps(report.to_json()), ex=fresh_s)

    def close(self) -> None:
        """See Driver."""
        self._client.close()


def _key(city: str) -> str:
    return f"weather:1:{city.casefold()}"  # 1: the form of the value


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except redis.RedisError as error:
        lost = isinstance(error, redis.ConnectionError | redis.TimeoutError)
        raise StoreError(explain(error), lost=lost) from error
