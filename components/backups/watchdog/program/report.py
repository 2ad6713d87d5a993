"""The report: what `ladder status` and the guard read, and the watchdog's own memory, as one JSON text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import loose, times, words
from .deliver import Channel, place
from .model import Config, Facts, Finding, Forecast, Judgement, Known, Memory, Run, Severity, Store, StoreFacts, Told

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Whom the watchdog speaks to; empty where nobody was named. Secret, both."""

    webhook: str = ""
    ping: str = ""


def write(
    config: Config,
    facts: Facts,
    judged: Judgement,
    told: Mapping[str, Told],
    channels: Mapping[str, Channel],
    addresses: Addresses,
    now: datetime,
) -> str:
    """The report of one look."""
    memory = judged.memory
    return json.dumps(
        {
            "schema": SCHEMA,
            "stack": config.stack,
            "at": times.stamp(now),
            "unseen": words.shortened(facts.unseen),
            "stores": {
                store.kind: _store(store, facts, memory.known.get(store.kind), judged.volumes.get(store.kind, ()), now)
                for store in config.stores
            },
            "alerts": [_alert(found, told.get(found.key)) for found in judged.findings],
            "webhook": _channel(addresses.webhook, channels.get("webhook", Channel())),
            "ping": _channel(addresses.ping, channels.get("ping", Channel())),
            "memory": {
                "told": {
                    key: {
                        "store": one.store,
                        "subject": one.subject,
                        "severity": one.severity,
                        "since": times.stamp(one.since),
                        "at": times.stamp(one.at),
                    }
                    for key, one in told.items()
                },
                "seen": {key: times.stamp(at) for key, at in memory.seen.items()},
                "samples": memory.samples,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _store(
    store: Store,
    facts: Facts,
    known: Known | None,
    forecasts: Sequence[Forecast],
    now: datetime,
) -> dict[str, object]:
    known = known or Known()
    seen = facts.stores.get(store.kind)
    repository = seen.repository if seen else None
    return {
        "name": store.name,
        "backups": bool(store.schedules),
        "runs": known.runs,
        "last": _run(known.last),
        "verified": _run(known.verified),
        "next": {job: stamp for job, cron in store.schedules.items() if (stamp := _stamp(times.after(cron, now)))},
        "repository": {
            "trouble": repository.trouble if repository else None,
            "words": words.shortened(repository.words) if repository else "",
        },
        "shipping": _shipping(seen) if store.ships else None,
        "volumes": [vars(forecast) for forecast in forecasts],
    }


def _shipping(seen: StoreFacts | None) -> dict[str, object]:
    """`since` and `until`: between them every moment can be had."""
    seen = seen or StoreFacts()
    return {
        "ready": bool(seen.shipper and seen.shipper.ready),
        "since": _stamp(seen.log.since),
        "until": _stamp(seen.log.until),
        "base": _stamp(seen.log.base),
    }


def _run(run: Run | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {
        "run": run.id,
        "time": times.stamp(run.time),
        "bytes": run.bytes,
        "lines": run.lines,
        "verified": _stamp(run.verified),
    }


def _alert(found: Finding, told: Told | None) -> dict[str, object]:
    return {
        "store": found.store,
        "subject": found.subject,
        "severity": found.severity,
        "since": times.stamp(found.since),
        "told": _stamp(told.at if told else None),
        **words.details(found),
    }


def _channel(url: str, channel: Channel) -> dict[str, object] | None:
    if not url:
        return None
    return {
        "to": place(url),
        "good": _stamp(channel.good),
        "bad": _stamp(channel.bad),
        "error": channel.error,
        "tries": channel.tries,
        "next": _stamp(channel.next),
    }


def _stamp(at: datetime | None) -> str | None:
    return times.stamp(at) if at else None


def remember(text: str) -> tuple[Memory, dict[str, Channel]]:
    """What an earlier report remembers; of another schema, or damaged, as much as can be read, down to nothing."""
    whole = loose.parse(text)
    if loose.number(whole, "schema") != SCHEMA:
        return Memory(), {}
    memory = loose.mapping(whole, "memory")
    return Memory(
        told={key: told for key, value in loose.mapping(memory, "told").items() if (told := _told(value))},
        seen={
            key: at for key, value in loose.mapping(memory, "seen").items() if (at := loose.moment({"at": value}, "at"))
        },
        samples={key: _samples(value) for key, value in loose.mapping(memory, "samples").items()},
        known={
            kind: Known(
                last=_known_run(loose.mapping(value, "last")),
                verified=_known_run(loose.mapping(value, "verified")),
                runs=loose.whole(value, "runs") or 0,
            )
            for kind, value in loose.mapping(whole, "stores").items()
        },
    ), {name: _known_channel(loose.mapping(whole, name)) for name in ("webhook", "ping")}


def _told(value: object) -> Told | None:
    since, at, severity = loose.moment(value, "since"), loose.moment(value, "at"), loose.text(value, "severity")
    if since is None or at is None or severity not in list(Severity):
        return None
    return Told(
        store=loose.text(value, "store"),
        subject=loose.text(value, "subject"),
        severity=Severity(severity),
        since=since,
        at=at,
    )


def _samples(value: object) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for pair in loose.values({"pair": value}, "pair"):
        numbers = [
            held for one in loose.values({"one": pair}, "one") if (held := loose.whole({"n": one}, "n")) is not None
        ]
        if len(numbers) == 2:
            found.append((numbers[0], numbers[1]))
    return sorted(found)


def _known_run(value: object) -> Run | None:
    time = loose.moment(value, "time")
    if time is None:
        return None
    return Run(
        id=loose.text(value, "run"),
        time=time,
        bytes=loose.whole(value, "bytes"),
        lines=loose.whole(value, "lines"),
        verified=loose.moment(value, "verified"),
    )


def _known_channel(value: object) -> Channel:
    return Channel(
        good=loose.moment(value, "good"),
        bad=loose.moment(value, "bad"),
        error=loose.text(value, "error"),
        tries=loose.whole(value, "tries") or 0,
        next=loose.moment(value, "next"),
    )
