"""Shipping, as a table: what is seen of its pod and its repository, and what is said."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from watchdog_fakes import Cluster, FakeRestic, api, serving, snapshot
from watchdog_world import CONFIG, NOW, STORE, WATCHED, WELL, only

from components.backups.watchdog.program import cluster, repository
from components.backups.watchdog.program.judge import judge
from components.backups.watchdog.program.model import (
    CronFact,
    Facts,
    Finding,
    Job,
    LogFact,
    Memory,
    Severity,
    ShipperFact,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHIPS = replace(STORE, ships=True, schedules={**STORE.schedules, Job.BASE: "3 * * * *", Job.TRIM: "40 2 * * *"})
READY = ShipperFact(ready=True, since=NOW - 9 * HOUR)
LOG = LogFact(until=NOW - MINUTE, since=NOW - 100 * HOUR, base=NOW - 9 * HOUR)
CRON = {
    **WELL.cron_jobs,
    Job.BASE: CronFact(created=NOW - 99 * HOUR, scheduled=NOW.replace(minute=3)),
    Job.TRIM: CronFact(created=NOW - 99 * HOUR, scheduled=NOW.replace(hour=2, minute=40)),
}
LONG_WATCHED = replace(WATCHED, seen={**WATCHED.seen, "postgres/ship watched": NOW - 99 * HOUR})


def findings(memory: Memory = LONG_WATCHED, **seen: Any) -> list[Finding]:
    facts = replace(WELL, **{"cron_jobs": CRON, "shipper": READY, "log": LOG, **seen})
    config = replace(CONFIG, stores=[SHIPS])
    return list(judge(config, Facts(stores={"postgres": facts}), memory, NOW).findings)


def down(ago: timedelta, **more: str) -> ShipperFact:
    return ShipperFact(ready=False, since=NOW - ago, **more)


def test_what_is_shipped_is_not_spoken_of() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("seen", "severity", "words"),
    [
        ({"shipper": down(4 * MINUTE)}, None, ""),
        ({"shipper": down(6 * MINUTE)}, Severity.WARNING, "what is written is not shipped since 14:11 UTC"),
        ({"shipper": down(31 * MINUTE)}, Severity.CRITICAL, "what is written is not shipped"),
        ({"log": replace(LOG, until=NOW - 19 * MINUTE)}, None, ""),
        ({"log": replace(LOG, until=NOW - 21 * MINUTE)}, Severity.WARNING, "nothing has been shipped for 21 min"),
        ({"log": replace(LOG, until=NOW - 2 * HOUR)}, Severity.CRITICAL, "nothing has been shipped for 2 h"),
        ({"log": replace(LOG, lost=NOW - HOUR)}, Severity.CRITICAL, "the server dropped writes"),
        ({"log": replace(LOG, lost=NOW - 10 * HOUR)}, None, ""),
        ({"log": replace(LOG, base=NOW - 47 * HOUR)}, None, ""),
        ({"log": replace(LOG, base=NOW - 49 * HOUR)}, Severity.WARNING, "the newest base is 2 days old"),
        ({"log": replace(LOG, base=None)}, Severity.WARNING, "no base has been taken"),
        ({"log": LogFact()}, None, ""),
    ],
)
def test_what_is_said_of_shipping(seen: dict[str, Any], severity: Severity | None, words: str) -> None:
    found = findings(**seen)
    if severity is None:
        assert found == []
        return
    assert (only(found).subject, only(found).severity) == ("ship", severity)
    assert only(found).title.startswith(words)
    assert only(found).runbook == "docs/runbooks/dead-shipper.md"


def test_a_pod_that_is_not_there_is_spoken_of_after_a_while() -> None:
    assert findings(shipper=None) == []
    gone = replace(LONG_WATCHED, seen={**LONG_WATCHED.seen, "postgres/ship absent": NOW - 10 * MINUTE})
    assert only(findings(gone, shipper=None)).why == "there is no pod of postgres-ship"


def test_a_store_that_was_just_told_to_ship_has_time_for_its_first_base() -> None:
    assert findings(WATCHED, log=replace(LOG, base=None)) == []


def test_one_finding_tells_all_that_is_wrong_the_worst_first() -> None:
    found = only(findings(shipper=down(6 * MINUTE, why="S3 answered 403"), log=replace(LOG, lost=NOW - HOUR)))
    assert (found.severity, found.since) == (Severity.CRITICAL, NOW - HOUR)
    assert "what is written is not shipped" in found.why


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000000Z"


def wal(at: datetime, system: str = "7") -> dict[str, object]:
    return snapshot(text(at), kind="wal", system=system, until=text(at - MINUTE))


def label(at: datetime, system: str = "7") -> dict[str, object]:
    return snapshot(text(at), kind="label", system=system, at=text(at - MINUTE))


def test_the_log_tells_what_can_be_had_of_the_server_that_ships() -> None:
    old = [
        label(NOW - 90 * HOUR, "6"),
        wal(NOW - 80 * HOUR, "6"),
        snapshot(text(NOW - 81 * HOUR), kind="gap", system="6"),
    ]
    own = [label(NOW - 30 * HOUR), label(NOW - 6 * HOUR), wal(NOW - HOUR), wal(NOW - MINUTE)]
    assert repository.log_of([*old, *own]) == LogFact(
        until=NOW - 2 * MINUTE, since=NOW - 30 * HOUR - MINUTE, base=NOW - 6 * HOUR - MINUTE
    )
    broken = snapshot(text(NOW - 7 * HOUR), kind="gap", system="7")
    found = repository.log_of([*old, *own, broken])
    assert (found.since, found.lost) == (NOW - 6 * HOUR - MINUTE, NOW - 7 * HOUR)
    assert repository.log_of([]) == LogFact()


def test_a_log_that_does_not_answer_tells_nothing(tmp_path: Any) -> None:
    fake = FakeRestic(tmp_path, "postgres-wal")
    fake.fails(1, "no route")
    assert repository.read_log(fake.restic, "postgres-wal") == LogFact()


def test_the_newest_pod_tells_whether_it_ships_and_its_last_words(tmp_path: Any) -> None:
    def pod(created: datetime, ready: str, **container: Any) -> dict[str, Any]:
        labels = {"app.kubernetes.io/instance": "postgres", "app.kubernetes.io/component": "ship"}
        condition = {"type": "Ready", "status": ready, "lastTransitionTime": text(created + MINUTE)}
        status = {"phase": "Running", "conditions": [condition], "containerStatuses": [container]}
        return {"metadata": {"labels": labels, "creationTimestamp": text(created)}, "status": status}

    fake = Cluster()
    words = '{"ok":false,"code":30,"why":"the repository refused","fix":"look at the vault"}'
    ended = {"terminated": {"exitCode": 1, "message": words}}
    fake.objects["pods"] = [
        pod(NOW - HOUR, "False", name="ship", state={"running": {}}, lastState=ended),
        pod(NOW - 2 * HOUR, "True"),
        {"metadata": {"labels": {"app.kubernetes.io/component": "backup"}, "creationTimestamp": text(NOW)}},
    ]
    with serving(fake):
        found = cluster.shippers(api(fake, tmp_path))
    assert found == {
        "postgres": ShipperFact(
            ready=False, since=NOW - 59 * MINUTE, why="the repository refused", fix="look at the vault"
        )
    }
