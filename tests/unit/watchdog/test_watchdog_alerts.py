"""Who is told what, when, and in which words."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from watchdog_world import NOW, at

from components.backups.watchdog.program import words
from components.backups.watchdog.program.alerts import Alert, State, Telling, telling
from components.backups.watchdog.program.model import Finding, Severity, Told

LATE = Finding(
    store="mongodb",
    subject="backup",
    severity=Severity.CRITICAL,
    title="no backup for 3 h 12 min (every hour expected)",
    why="last job mongodb-backup-29384756 failed: S3 answered 403 AccessDenied on PutObject (bucket acme-prod-backups)",
    since=at(11),
    next_try=at(15),
    runbook="docs/runbooks/failed-backup.md",
)
KEY = "mongodb/backup"


def told(ago: timedelta, severity: Severity = Severity.CRITICAL) -> dict[str, Told]:
    return {KEY: Told(store="mongodb", subject="backup", severity=severity, since=at(11), at=NOW - ago)}


def states(found: Telling) -> list[State]:
    return [alert.state for alert in found.alerts]


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ({}, State.FIRING),
        (told(timedelta(minutes=1)), None),
        (told(timedelta(hours=3, minutes=59)), None),
        (told(timedelta(hours=4)), State.REPEATED),
        (told(timedelta(minutes=1), Severity.WARNING), State.WORSE),
    ],
)
def test_people_are_told_at_once_every_four_hours_and_when_it_is_worse(before: dict[str, Told], state: State | None):
    found = telling([LATE], before, NOW)
    assert states(found) == ([state] if state else [])
    assert found.delivered[KEY].at == (NOW if state else before[KEY].at)
    assert found.failed == before


def test_what_is_less_bad_is_not_told_anew():
    better = replace(LATE, severity=Severity.WARNING)
    found = telling([better], told(timedelta(minutes=1)), NOW)
    assert states(found) == []
    assert found.delivered[KEY].at == NOW - timedelta(minutes=1)
    assert states(telling([LATE], found.delivered, NOW)) == [State.WORSE]


def test_what_is_well_again_is_told_once():
    found = telling([], told(timedelta(minutes=1)), NOW)
    assert states(found) == [State.RESOLVED]
    assert found.delivered == {}
    assert telling([], found.delivered, NOW).alerts == []


def test_what_could_not_be_told_stays_to_be_told():
    found = telling([], told(timedelta(minutes=1)), NOW)
    assert states(telling([], found.failed, NOW)) == [State.RESOLVED]
    assert states(telling([LATE], telling([LATE], {}, NOW).failed, NOW)) == [State.FIRING]


def test_nothing_is_well_while_the_cluster_is_not_seen():
    found = telling([], told(timedelta(minutes=1)), NOW, unseen=True)
    assert (states(found), found.delivered) == ([], found.failed)


def test_the_message_is_the_one_that_was_agreed():
    alert = telling([LATE], {}, NOW).alerts[0]
    assert words.text("prod", alert, NOW) == (
        "🔴 prod/mongodb: no backup for 3 h 12 min (every hour expected)\n"
        "   last job mongodb-backup-29384756 failed: S3 answered 403 AccessDenied on PutObject "
        "(bucket acme-prod-backups)\n"
        "   since 11:00 UTC · next try 15:00 · runbook docs/runbooks/failed-backup.md"
    )


def test_what_is_well_again_says_for_how_long_it_was_not():
    alert = telling([], told(timedelta(minutes=1)), NOW).alerts[0]
    assert words.text("prod", alert, NOW) == "🟢 prod/mongodb: backups are taken again (after 3 h 12 min)"


def test_a_slack_message_holds_all_worst_first_and_recoveries_last():
    volume = replace(LATE, store="postgres", subject="volume data-postgres-0", severity=Severity.WARNING, title="80 %")
    held = {"redis/backup": Told(store="redis", subject="backup", severity=Severity.CRITICAL, since=at(9), at=at(9))}
    text = json.loads(words.slack("prod", telling([volume, LATE], held, NOW).alerts, NOW))["text"]
    assert [line[0] for line in text.splitlines() if not line.startswith(" ")] == ["🔴", "🟡", "🟢"]


def test_words_of_others_cannot_call_the_channel_or_grow_without_end():
    rude = replace(LATE, why="<!channel> & " + "x" * 1000 + "\nsecond line")
    text = json.loads(words.slack("prod", telling([rude], {}, NOW).alerts, NOW))["text"]
    assert "<" not in text
    assert "&lt;!channel&gt; &amp; xxx" in text
    assert max(map(len, text.splitlines())) < 450


def test_a_stack_in_flames_has_one_message_of_bearable_length():
    many = [replace(LATE, store=f"s{number}") for number in range(13)]
    text = json.loads(words.slack("prod", telling(many, {}, NOW).alerts, NOW))["text"]
    assert text.count("🔴") == 10
    assert text.endswith("and 3 more: ladder status --stack prod")


def test_programs_get_the_same_as_fields():
    said = json.loads(words.plain("prod", telling([LATE], {}, NOW).alerts, NOW))
    assert (said["schema"], said["stack"], said["at"]) == (1, "prod", "2026-03-04T14:12:00Z")
    [alert] = said["alerts"]
    assert alert["key"] == "prod/mongodb/backup"
    assert (alert["state"], alert["severity"], alert["since"]) == ("firing", "critical", "2026-03-04T11:00:00Z")
    assert (alert["next_try"], alert["runbook"]) == ("2026-03-04T15:00:00Z", "docs/runbooks/failed-backup.md")
    [well] = json.loads(words.plain("prod", telling([], told(timedelta(0)), NOW).alerts, NOW))["alerts"]
    assert (well["state"], "title" in well) == ("resolved", False)


def test_what_concerns_the_whole_stack_names_no_store():
    alert = Alert(
        state=State.FIRING,
        store="",
        subject="cluster",
        severity=Severity.CRITICAL,
        since=NOW,
        finding=replace(LATE, store="", title="the watchdog cannot read the cluster"),
    )
    assert words.text("prod", alert, NOW).startswith("🔴 prod: the watchdog cannot read")
