"""Whole looks against a cluster, a webhook and a receiver of pings on loopback."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from watchdog_fakes import Cluster, FakeRestic, Receiver, a_run, api, serving
from watchdog_world import CONFIG, NOW, at

from components.backups.watchdog.program import deliver, serve
from components.backups.watchdog.program.loop import Watchdog
from components.backups.watchdog.program.report import Addresses

MINUTE = timedelta(minutes=1)


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def a_job(name: str, finished: datetime) -> dict[str, object]:
    labels = {"app.kubernetes.io/instance": "postgres", "app.kubernetes.io/component": "backup"}
    done = {"type": "Complete", "status": "True", "lastTransitionTime": text(finished)}
    status = {"startTime": text(finished), "conditions": [done]}
    return {"metadata": {"name": name, "labels": labels}, "status": status}


class Stage:
    """All that a watchdog looks at, and a way to start one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster, self.webhook, self.pinged = Cluster(), Receiver(), Receiver()
        self.restic = FakeRestic(folder)
        self.lines: list[str] = []
        created = text(NOW - timedelta(days=30))
        last = {"backup": at(14), "verify": at(3) - timedelta(days=3), "prune": at(5) - timedelta(days=3)}
        self.cluster.objects["cronjobs"] = [
            {
                "metadata": {"name": f"postgres-{job}", "creationTimestamp": created},
                "status": {"lastScheduleTime": text(when)},
            }
            for job, when in last.items()
        ]
        self.well()
        self.fill(31, NOW)

    def well(self) -> None:
        runs = a_run(text(at(14)), "20260304T140000Z-aaaaaa", verified=text(at(14, 5)))
        self.restic.says("snapshots", json.dumps(runs))

    def fill(self, percent: int, now: datetime) -> None:
        line = {"time": text(now), "bytes": 10 * 2**30, "bytes_used": percent * 2**30 // 10}
        self.cluster.logs["postgres-0"] = f"{json.dumps(line)}\n"

    def watchdog(self, **changes: object) -> Watchdog:
        addresses = Addresses(webhook=f"{self.webhook.url}/hook-secret", ping=f"{self.pinged.url}/ping-secret")
        return Watchdog(
            config=replace(CONFIG, **changes),
            api=api(self.cluster, self.folder),
            restic=self.restic.restic,
            addresses=addresses,
            post=deliver.sender(None),
            board=serve.Board(),
            say=self.lines.append,
        )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    held = Stage(tmp_path)
    with serving(held.cluster, held.webhook, held.pinged):
        yield held


def test_a_stack_that_is_well_is_reported_pinged_for_and_not_spoken_of(stage: Stage):
    stage.watchdog().look(NOW)
    report = stage.cluster.report
    assert (report["schema"], report["stack"], report["at"], report["alerts"]) == (1, "prod", text(NOW), [])
    postgres = report["stores"]["postgres"]
    assert postgres["last"]["run"] == "20260304T140000Z-aaaaaa"
    assert postgres["verified"]["verified"] == text(at(14, 5))
    assert postgres["next"]["backup"] == text(at(15))
    assert (postgres["volumes"][0]["percent"], postgres["volumes"][0]["words"]) == (
        31,
        "no forecast: not enough data yet",
    )
    assert stage.webhook.asked == []
    assert stage.pinged.asked == [("GET", "/ping-secret", "")]


def test_a_missing_backup_is_told_once_and_its_end_too(stage: Stage):
    watchdog = stage.watchdog()
    stage.restic.says("snapshots", "[]")
    for minute in range(3):
        watchdog.look(NOW + minute * MINUTE)
    assert len(stage.webhook.texts) == 1
    assert "🔴 prod/postgres: there never was a backup" in stage.webhook.texts[0]
    assert {one["subject"] for one in stage.cluster.report["alerts"]} == {"backup", "verify"}
    assert stage.cluster.report["alerts"][0]["told"] == text(NOW)
    stage.well()
    watchdog.look(NOW + 6 * MINUTE)
    assert "🟢 prod/postgres: backups are taken again" in stage.webhook.texts[1]
    assert stage.cluster.report["alerts"] == []


def test_a_restart_tells_nothing_anew(stage: Stage):
    stage.restic.says("snapshots", "[]")
    stage.watchdog().look(NOW)
    for minute in range(1, 5):
        stage.watchdog().look(NOW + minute * MINUTE)
    assert len(stage.webhook.texts) == 1
    stage.watchdog().look(NOW + timedelta(hours=4))
    assert len(stage.webhook.texts) == 2


def test_a_restart_remembers_what_it_must_say_is_well(stage: Stage):
    stage.restic.says("snapshots", "[]")
    stage.watchdog().look(NOW)
    stage.well()
    stage.watchdog().look(NOW + MINUTE)
    assert "🟢" in stage.webhook.texts[1]


def test_a_store_that_is_watched_no_more_is_not_said_to_be_well(stage: Stage):
    stage.restic.says("snapshots", "[]")
    stage.watchdog().look(NOW)
    stage.watchdog(stores=[]).look(NOW + MINUTE)
    assert len(stage.webhook.texts) == 1
    assert stage.cluster.report["memory"]["told"] == {}


def test_a_watchdog_that_cannot_read_its_memory_keeps_silent_for_a_while(stage: Stage):
    stage.restic.says("snapshots", "[]")
    stage.cluster.broken = 500
    watchdog = stage.watchdog()
    watchdog.look(NOW)
    assert (stage.webhook.asked, stage.pinged.asked) == ([], [])
    watchdog.look(NOW + 11 * MINUTE)
    assert any("cannot read the cluster for 11 min" in one for one in stage.webhook.texts)
    assert stage.pinged.asked == []
    stage.cluster.broken = 0
    stage.fill(31, NOW + 12 * MINUTE)
    watchdog.look(NOW + 12 * MINUTE)
    assert any("the watchdog reads the cluster again" in one for one in stage.webhook.texts)
    assert len(stage.pinged.asked) == 1


def test_nothing_is_said_to_be_well_while_the_cluster_does_not_answer(stage: Stage):
    watchdog = stage.watchdog()
    stage.fill(95, NOW)
    watchdog.look(NOW)
    stage.cluster.broken = 500
    for minute in (1, 2):
        watchdog.look(NOW + minute * MINUTE)
    assert len(stage.webhook.texts) == 1
    stage.cluster.broken = 0
    stage.fill(50, NOW + 3 * MINUTE)
    watchdog.look(NOW + 3 * MINUTE)
    assert "🟢" in stage.webhook.texts[1]


def test_a_webhook_that_is_down_is_tried_again_shown_and_not_given_away(stage: Stage):
    stage.webhook.status = 503
    stage.restic.says("snapshots", "[]")
    watchdog = stage.watchdog()
    for minute in range(4):
        watchdog.look(NOW + minute * MINUTE)
    assert len(stage.webhook.asked) == 3
    held = stage.cluster.report["webhook"]
    assert (held["error"], held["bad"], held["tries"]) == ("http://127.0.0.1/… answered 503", text(NOW), 3)
    assert stage.cluster.report["alerts"][0]["told"] is None
    stage.webhook.status = 200
    watchdog.look(NOW + 8 * MINUTE)
    assert stage.cluster.report["webhook"]["bad"] is None
    assert stage.cluster.report["alerts"][0]["told"] == text(NOW + 8 * MINUTE)
    assert "secret" not in "".join(stage.lines) + json.dumps(stage.cluster.report)


def test_who_cannot_bark_stops_the_ping(stage: Stage):
    stage.webhook.status = 500
    stage.restic.says("snapshots", "[]")
    watchdog = stage.watchdog()
    for minute in range(0, 31, 5):
        stage.fill(31, NOW + minute * MINUTE)
        watchdog.look(NOW + minute * MINUTE)
    assert len(stage.pinged.asked) == 3


def test_the_ping_stops_with_a_report_that_cannot_be_written(stage: Stage):
    watchdog = stage.watchdog()
    watchdog.look(NOW)
    stage.cluster.data = None
    watchdog.look(NOW + 5 * MINUTE)
    watchdog.look(NOW + 10 * MINUTE)
    assert len(stage.pinged.asked) == 1
    assert any("the report cannot be written" in line for line in stage.lines)


def test_the_ping_comes_every_five_minutes(stage: Stage):
    watchdog = stage.watchdog()
    for minute in range(16):
        watchdog.look(NOW + minute * MINUTE)
    assert len(stage.pinged.asked) == 4


def test_a_ping_that_does_not_get_through_is_repeated(stage: Stage):
    stage.pinged.status = 500
    watchdog = stage.watchdog()
    watchdog.look(NOW)
    stage.pinged.status = 200
    watchdog.look(NOW + MINUTE)
    watchdog.look(NOW + 2 * MINUTE)
    assert len(stage.pinged.asked) == 2


def test_programs_may_ask_for_json(stage: Stage):
    stage.fill(95, NOW)
    stage.watchdog(format="json").look(NOW)
    [alert] = json.loads(stage.webhook.asked[0][2])["alerts"]
    assert (alert["subject"], alert["severity"]) == ("volume data-postgres-0", "critical")


def test_a_volume_that_fills_further_is_told_at_once(stage: Stage):
    watchdog = stage.watchdog()
    for minute, percent in enumerate((85, 86, 91, 89, 70)):
        stage.fill(percent, NOW + minute * MINUTE)
        watchdog.look(NOW + minute * MINUTE)
    marks = [one[0] for one in stage.webhook.texts]
    assert marks == ["🟡", "🔴", "🟢"]
    assert "volume data-postgres-0 has room again" in stage.webhook.texts[-1]


def test_the_repository_is_asked_every_five_minutes(stage: Stage):
    watchdog = stage.watchdog()
    for minute in range(6):
        watchdog.look(NOW + minute * MINUTE)
    assert sum("snapshots" in asked["args"] for asked in stage.restic.asked) == 2


def test_the_repository_is_asked_at_once_when_a_job_ended(stage: Stage):
    watchdog = stage.watchdog()
    stage.restic.says("snapshots", "[]")
    watchdog.look(NOW)
    assert stage.cluster.report["stores"]["postgres"]["last"] is None
    stage.well()
    stage.cluster.objects["jobs"] = [a_job("postgres-backup-1", NOW + MINUTE)]
    for minute in (1, 2, 3):
        watchdog.look(NOW + minute * MINUTE)
        assert stage.cluster.report["stores"]["postgres"]["last"]
    assert sum("snapshots" in asked["args"] for asked in stage.restic.asked) == 2


def test_a_repository_that_does_not_answer_is_not_asked_more_often(stage: Stage):
    watchdog = stage.watchdog()
    stage.restic.fails(1, "no route")
    watchdog.look(NOW)
    stage.cluster.objects["jobs"] = [a_job("postgres-backup-1", NOW + MINUTE)]
    watchdog.look(NOW + MINUTE)
    assert sum("snapshots" in asked["args"] for asked in stage.restic.asked) == 1


def test_metrics_tell_what_the_report_tells(stage: Stage):
    watchdog = stage.watchdog()
    stage.fill(95, NOW)
    watchdog.look(NOW)
    lines = watchdog.board.metrics.splitlines()
    labels = 'stack="prod",store="postgres"'
    assert f"ladder_backup_last_timestamp_seconds{{{labels}}} {at(14).timestamp():.0f}" in lines
    assert f'ladder_volume_used_ratio{{{labels},volume="data-postgres-0"}} 0.95' in lines
    assert f'ladder_alert{{{labels},subject="volume data-postgres-0",severity="critical"}} 1' in lines
    assert 'ladder_watchdog_sound{stack="prod",channel="cluster"} 1' in lines


@pytest.mark.parametrize(
    "data", ["", "{", '{"schema":2}', '{"schema":1,"memory":{"told":{"x":{"at":7}},"samples":{"a":[1]}}}']
)
def test_a_damaged_memory_is_a_fresh_start(stage: Stage, data: str):
    stage.cluster.data = {"report.json": data}
    stage.watchdog().look(NOW)
    assert stage.cluster.report["schema"] == 1
