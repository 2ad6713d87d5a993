"""The repository of a store, as restic tells: what is in it is listed, and nothing is ever written."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path

from . import loose
from .model import LogFact, RepositoryFact, Run, Trouble

TIMEOUT_SECONDS = 60


class Exit(IntEnum):
    """Exit codes of restic 0.17 and newer."""

    NO_REPOSITORY = 10
    WRONG_PASSWORD = 12


UNRENEWED = timedelta(minutes=30)
"""A running restic renews its lock every five minutes. Source: restic, internal/restic/lock.go (staleLockTimeout)."""

LOCKS = 3
"""So many are looked at: each is an opening of the repository, and one that nobody renews is enough to speak of."""

CERTIFICATE = "ca.crt"


@dataclass(frozen=True, kw_only=True)
class Restic:
    """How restic is run.

    Attributes:
        binary: Its file.
        authorities: PEM of the authorities of the world.
        work: Where files may be written: its cache, and each store's authorities.
        secrets: A folder per store: files named as restic's environment, beside `ca.crt`.
    """

    binary: Path
    authorities: Path
    work: Path
    secrets: Path


class _ResticError(Exception):
    """restic ended badly; None is its status where it did not end in time."""

    def __init__(self, status: int | None, words: str) -> None:
        super().__init__(words)
        self.status = status


def read(restic: Restic, store: str, now: datetime) -> RepositoryFact:
    """Everything that a store's repository tells."""
    try:
        snapshots = loose.parse(_run(restic, store, "snapshots", "--json"))
        runs = runs_of(loose.values({"snapshots": snapshots}, "snapshots"))
        return RepositoryFact(runs=runs, stale=_stale(restic, store, now))
    except _ResticError as error:
        return RepositoryFact(trouble=_trouble(error.status), words=str(error))
    except OSError as error:
        return RepositoryFact(trouble=Trouble.UNREACHABLE, words=f"restic cannot be run: {error.strerror or error}")


def read_log(restic: Restic, store: str) -> LogFact:
    """What the repository of a store's shipped writes tells; nothing where it does not answer."""
    try:
        snapshots = loose.parse(_run(restic, store, "snapshots", "--json"))
    except (_ResticError, OSError):
        return LogFact()
    return log_of(loose.values({"snapshots": snapshots}, "snapshots"))


def log_of(snapshots: Iterable[object]) -> LogFact:
    """What is shipped, of the server that shipped last: another one has a log of its own."""
    held = [(at, _tags(one)) for one in snapshots if (at := loose.moment(one, "time"))]
    newest = max(((at, tags) for at, tags in held if tags.get("kind") == "wal"), key=lambda it: it[0], default=None)
    if newest is None:
        return LogFact()
    own = [(at, tags) for at, tags in held if tags.get("system") == newest[1].get("system")]
    lost = max((at for at, tags in own if tags.get("kind") == "gap"), default=None)
    bases = [(at, made) for at, tags in own if tags.get("kind") == "label" and (made := loose.moment(tags, "at"))]
    return LogFact(
        until=loose.moment(newest[1], "until"),
        since=min((made for at, made in bases if lost is None or at > lost), default=None),
        base=max((made for _, made in bases), default=None),
        lost=lost,
    )


def _tags(snapshot: object) -> dict[str, str]:
    pairs = (tag.partition("=") for tag in loose.values(snapshot, "tags") if isinstance(tag, str))
    return {name: value for name, _, value in pairs}


def _trouble(status: int | None) -> Trouble:
    match status:
        case Exit.NO_REPOSITORY:
            return Trouble.ABSENT
        case Exit.WRONG_PASSWORD:
            return Trouble.PASSWORD
        case _:
            return Trouble.UNREACHABLE


def runs_of(snapshots: Iterable[object]) -> list[Run]:
    """The runs among snapshots: what has a manifest, and every part that the manifest's tags name."""
    held: dict[str, dict[str, tuple[datetime, Mapping[str, str]]]] = {}
    for one in snapshots:
        tags = _tags(one)
        at, run, kind = loose.moment(one, "time"), tags.get("run"), tags.get("kind")
        if at and run and kind and not (kind == "verified" and tags.get("result") != "ok"):
            held.setdefault(run, {})[kind] = (at, tags)
    return [_of(run, kinds) for run, kinds in held.items() if _whole(kinds)]


def _whole(kinds: Mapping[str, tuple[datetime, Mapping[str, str]]]) -> bool:
    if "manifest" not in kinds:
        return False
    parts = kinds["manifest"][1].get("parts")
    return all(part in kinds for part in (parts.split("+") if parts else ()))


def _of(run: str, kinds: Mapping[str, tuple[datetime, Mapping[str, str]]]) -> Run:
    at, tags = kinds["manifest"]
    return Run(
        id=run,
        time=at,
        good=tags.get("state", "ok") == "ok",
        bytes=loose.whole(tags, "bytes"),
        lines=loose.whole(tags, "lines"),
        verified=kinds["verified"][0] if "verified" in kinds else None,
    )


def _stale(restic: Restic, store: str, now: datetime) -> datetime | None:
    """The time of the oldest lock that nobody renews."""
    found: list[datetime] = []
    for lock in _run(restic, store, "list", "locks").split()[:LOCKS]:
        try:
            at = loose.moment(loose.parse(_run(restic, store, "cat", "lock", lock)), "time")
        except _ResticError:
            continue  # it was released meanwhile
        if at and now - at > UNRENEWED:
            found.append(at)
    return min(found, default=None)


def _run(restic: Restic, store: str, *command: str) -> str:
    """What restic prints.

    Raises:
        _ResticError: It ended badly, or not in time.
    """
    restic.work.mkdir(parents=True, exist_ok=True)
    secrets = {
        path.name: path.read_text().rstrip("\n")
        for path in (restic.secrets / store).iterdir()
        if path.is_file() and path.name != CERTIFICATE
    }
    authorities = restic.work / f"{store}.crt"
    own = restic.secrets / store / CERTIFICATE
    authorities.write_text(restic.authorities.read_text() + (own.read_text() if own.exists() else ""))
    environment = {
        **os.environ,
        **secrets,
        "HOME": str(restic.work),
        "RESTIC_CACHE_DIR": str(restic.work / "cache"),
        "SSL_CERT_FILE": str(authorities),
        # A list of snapshots needs little; what it does not need stays the node's.
        "GOGC": "20",
        "GOMAXPROCS": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 (the binary beside it, and words of its own)
            [str(restic.binary), *command, "--no-lock", "--quiet"],
            env=environment,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired:
        raise _ResticError(None, f"it did not answer within {TIMEOUT_SECONDS} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        words = " ".join(lines[-2:]).removeprefix("Fatal: ")
        raise _ResticError(done.returncode, words or f"restic ended with {done.returncode}")
    return done.stdout
