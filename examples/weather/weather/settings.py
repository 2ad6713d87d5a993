"""What the environment says: the connection Secret and the port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Store(StrEnum):
    """The stores that this application uses."""

    POSTGRES = "postgres"
    MONGODB = "mongodb"
    REDIS = "redis"


KEYS = {Store.POSTGRES: "DATABASE_URL", Store.MONGODB: "MONGODB_URI", Store.REDIS: "REDIS_URL"}


class SettingsError(Exception):
    """A setting that breaks its rule; names the setting, the value, the rule and the fix."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the process was told. `ca` is None where no file lies: drivers then use their own trust."""

    port: int
    drain_seconds: float
    ca: Path | None
    uris: Mapping[Store, str] = field(repr=False)  # they hold passwords

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the process environment. Raises SettingsError."""
        ca = Path(environment.get("LADDER_CONNECTIONS", "/etc/ladder")) / "ca.crt"
        return cls(
            port=int(_number(environment, "PORT", default=8080, least=1, most=65535)),
            drain_seconds=_number(environment, "DRAIN_SECONDS", default=3, least=0, most=60),
            ca=ca if ca.is_file() else None,
            uris={store: uri for store, key in KEYS.items() if (uri := environment.get(key, "").strip())},
        )


def _number(environment: Mapping[str, str], key: str, *, default: int, least: int, most: int) -> int:
    text = environment.get(key, "").strip() or str(default)
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{key}={text!r}: must be a whole number from {least} to {most}; unset it for {default}")
