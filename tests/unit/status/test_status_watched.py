"""What `ladder status` tells of backups, proofs and alerts: the watchdog's own report, as its program writes it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from unit.preflight.cluster_fake import FakeCluster, stack
from unit.status.test_status import (
    CLAIMS,
    NOW,
    PODS,
    SETS,
    SPACE,
    claim,
    fill,
    items,
    pod,
    row,
    running,
    screen,
    workload,
)
from unit.watchdog.watchdog_world import CONFIG, STORE

from components.backups.watchdog.program import report as written
from components.backups.watchdog.program.deliver import Channel
from components.backups.watchdog.program.judge import judge
from components.backups.watchdog.program.model import (
    CronFact,
    Facts,
    FillFact,
    Job,
    JobFact,
    JobState,
    LogFact,
    Memory,
    RepositoryFact,
    Run,
    ShipperFact,
    StoreFacts,
)
from components.backups.watchdog.program.report import Addresses
from ladder.status import health
from ladder.status.report import StatusReport

MINUTE = timedelta(minutes=1)
LAST = Run(id="20260301T135100Z-abcdef", time=NOW - 12 * MINUTE, lines=41, verified=NOW - timedelta(days=2))
HEALTH = f"{SPACE}/configmaps/ladder-health"


def told(
    *runs: Run,
    jobs: tuple[JobFact, ...] = (),
    age: timedelta = MINUTE,
    channel: Channel | None = None,
    grown: int = 0,
    shipper: ShipperFact | None = None,
    log: LogFact | None = None,
) -> str:
    """A report; `grown` percent of the volume a day."""
    then = NOW - age
    crons = {job: CronFact(created=then - timedelta(days=30), scheduled=then) for job in Job}
    size = 10 * 2**30
    now = FillFact(time=then, size=size, used=size * 87 // 100)
    samples = [
        (int((then - timedelta(hours=h)).timestamp()), size * (87 - grown * h // 24) // 100) for h in range(96, 0, -1)
    ]
    config = replace(CONFIG, stores=[replace(STORE, ships=shipper is not None)])
    facts = Facts(
        stores={
            "postgres": StoreFacts(
                shipper=shipper,
                log=log or LogFact(),
                cron_jobs=crons,
                jobs=jobs,
                repository=RepositoryFact(runs=list(runs)),
                fills={"postgres-0": now},
            )
        }
    )
    memory = Memory(samples={"data-postgres-0": samples} if grown else {})
    judged = judge(config, facts, memory, then)
    addresses = Addresses(webhook="https://hooks.example.com/test-secret")
    return written.write(config, facts, judged, {}, {"webhook": channel or Channel()}, addresses, then)


def look(report: str | None, *, percent: int = 31, **sections: object) -> StatusReport:
    cluster: dict[str, Mapping[str, object]] = running()
    if report is not None:
        cluster[HEALTH] = {"data": {"report.json": report}} if report else {}
    given = {"vault": "acme-vault", **sections}
    return health.look(FakeCluster(cluster, {"postgres-0/fill": fill(percent)}), stack(**given), NOW)


def test_a_backup_and_its_proof_are_told_by_their_age():
    report = look(told(LAST))
    held = row(report, "postgres").backup
    assert (held.words, held.proof) == ("12 min ago ✓", "2 days ago ✓  41 lines")
    assert (held.last, held.run, held.runs) == ("2026-03-01T13:51:22Z", LAST.id, 1)
    assert report.exit_code == 0
    assert "12 min ago ✓" in screen(report)
    assert "2 days ago ✓  41 lines" in screen(report)
    assert max(map(len, screen(report).splitlines())) <= 100


@pytest.mark.parametrize(
    ("shipper", "log", "words"),
    [
        (True, LogFact(until=NOW - MINUTE, since=NOW - timedelta(days=2)), "all since 27 Feb 14:03 ✓"),
        (True, LogFact(until=NOW - MINUTE), "no base yet"),
        (False, LogFact(until=NOW - 9 * MINUTE), "shipped until 13:54 ✗"),
        (False, LogFact(), "nothing shipped ✗"),
    ],
)
def test_what_can_be_had_to_the_second_is_told_below_the_last_backup(shipper: bool, log: LogFact, words: str):
    fact = ShipperFact(ready=shipper, since=NOW - 2 * MINUTE)
    report = look(told(LAST, shipper=fact, log=log), postgres={"backup": {"point_in_time_days": 7}})
    held = row(report, "postgres").backup
    assert held.words == f"12 min ago ✓\n{words}"
    assert held.until == (f"{log.until:%Y-%m-%dT%H:%M:%SZ}" if log.until else None)
    assert words in screen(report)
    assert max(map(len, screen(report).splitlines())) <= 100


def test_a_late_backup_is_marked_explained_and_unhealthy():
    late = replace(LAST, time=NOW - timedelta(hours=5))
    failed = JobFact(
        job=Job.BACKUP,
        name="postgres-backup-1",
        state=JobState.FAILED,
        started=NOW - 20 * MINUTE,
        finished=NOW - 19 * MINUTE,
        why="S3 answered 403",
        fix="look at the vault",
    )
    report = look(told(late, jobs=(failed,)))
    held = row(report, "postgres").backup
    assert (held.words, held.late, held.unproven) == ("5 h ago ✗", True, False)
    [alert] = report.alerts
    assert alert == (
        "postgres: no backup for 4 h 59 min (every hour expected) "
        "(last job postgres-backup-1 failed: S3 answered 403) → look at the vault"
    )
    assert report.exit_code == 1
    assert json.loads(json.dumps(report.as_json()))["alerts"] == [alert]


def test_a_backup_that_never_came_says_so():
    report = look(told())
    assert (row(report, "postgres").backup.words, row(report, "postgres").backup.proof) == ("none yet ✗", "none yet ✗")
    assert any("there never was a backup" in words for words in report.alerts)


def test_a_warning_is_a_note():
    report = look(told(replace(LAST, time=NOW - timedelta(hours=2, minutes=30))))
    assert any("no backup for 2 h 29 min" in words for words in report.notes)
    assert (report.alerts, report.exit_code) == ((), 0) or (report.alerts, report.exit_code) == ([], 0)


def test_a_volume_tells_when_it_will_be_full_and_is_told_once():
    report = look(told(LAST, grown=2), percent=87)
    [note] = report.notes
    assert note.startswith("postgres: volume 87 % full, full in about ")
    assert note.endswith("at this week's pace → ladder:postgres.storage_gib: 20")


def test_a_volume_without_a_forecast_is_told_without():
    assert look(told(LAST), percent=87).notes == ["postgres: volume 87 % full → ladder:postgres.storage_gib: 20"]


def test_a_watchdog_that_is_silent_is_spoken_of():
    [note] = look(told(LAST, age=11 * MINUTE)).notes
    assert note.startswith("the watchdog's report is 11 min old")


def test_a_webhook_that_gets_nothing_is_spoken_of_without_its_secret():
    channel = Channel(bad=NOW - 20 * MINUTE, error="https://hooks.example.com/… answered 503")
    report = look(told(LAST, channel=channel))
    assert report.notes == [
        "ladder:alerts.webhook gets nothing since 13:43 UTC: https://hooks.example.com/… answered 503"
    ]
    assert "test-secret" not in json.dumps(report.as_json())


def test_a_report_that_is_not_there_or_not_understood_is_not_known():
    for report in (None, "", "{", '{"schema":2,"at":"2026-03-01T14:00:00Z"}'):
        found = look(report)
        assert row(found, "postgres").backup.words == "not known"
        assert found.notes == ["the watchdog has not reported yet → kubectl logs deployment/ladder-watchdog"]
        assert found.exit_code == 0


def test_without_a_vault_no_report_is_asked_for():
    cluster = FakeCluster(running(), {"postgres-0/fill": fill(31)})
    report = health.look(cluster, stack(), NOW)
    assert HEALTH not in cluster.asked
    assert row(report, "postgres").backup.words == "none: no vault"


def test_a_kind_that_is_not_backed_up_says_so():
    assert STORE.kind == "postgres"
    changes = {
        SETS: items(workload("mongodb", 1)),
        CLAIMS: items(claim("data-mongodb-0", "10Gi")),
        PODS: items(pod("mongodb-0", "mongodb")),
    }
    settings = stack(postgres=None, redis=None, app=None, mongodb={}, vault="acme-vault")
    store = settings.stores[next(iter(settings.stores))]
    settings = replace(settings, stores={store.kind: replace(store, backup=None)})
    report = health.look(FakeCluster({**running(), **changes}), settings, NOW)
    assert row(report, "mongodb").backup.words == "none: mongodb is not backed up"
