"""What facts come to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from watchdog_world import (
    LONG_AGO,
    NOW,
    SUNDAY,
    WATCHED,
    at,
    cron_jobs,
    fill,
    job,
    look,
    only,
    repository,
    run,
)

from components.backups.watchdog.program.model import (
    CronFact,
    Job,
    JobState,
    Known,
    Memory,
    RepositoryFact,
    Severity,
    Trouble,
)

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
PROOF = SUNDAY.replace(hour=4)


def test_nothing_is_said_where_all_is_well():
    assert look().findings == []
    assert look(Memory()).findings == []


@pytest.mark.parametrize(
    ("hour", "minute", "severity"),
    [(12, 13, None), (12, 11, WARNING), (11, 13, WARNING), (11, 11, CRITICAL), (3, 0, CRITICAL)],
)
def test_a_backup_is_late_after_two_intervals_and_pages_after_three(hour: int, minute: int, severity: Severity | None):
    found = look(**repository(run(at(hour, minute), verified=PROOF))).findings
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_late_backup_says_how_old_the_last_is_since_when_and_when_the_next_comes():
    found = only(look(**repository(run(at(11), verified=PROOF))))
    assert (found.store, found.subject) == ("postgres", "backup")
    assert found.title == "no backup for 3 h 12 min (every hour expected)"
    assert (found.since, found.next_try) == (at(11), at(15))
    assert found.runbook == "docs/runbooks/failed-backup.md"


@pytest.mark.parametrize(
    ("age", "severity"), [(timedelta(hours=2), None), (timedelta(minutes=121), WARNING), (timedelta(hours=4), CRITICAL)]
)
def test_a_first_backup_that_never_came_is_late_like_any_other(age: timedelta, severity: Severity | None):
    fresh = {name: CronFact(created=NOW - age, scheduled=at(14)) for name in ("backup", "verify", "prune")}
    absent = RepositoryFact(trouble=Trouble.ABSENT, words="Is there a repository at the following location?")
    found = look(Memory(), cron_jobs=cron_jobs(**fresh), repository=absent).findings
    assert [one.severity for one in found] == ([severity] if severity else [])
    if severity:
        assert "there never was a backup" in found[0].title


def test_a_run_that_is_not_good_does_not_count():
    assert only(look(**repository(run(at(11), verified=PROOF), run(at(14), good=False)))).subject == "backup"


def test_a_run_from_the_future_is_not_counted_and_is_spoken_of():
    ahead = run(NOW + timedelta(hours=5))
    found = look(**repository(run(at(11), verified=PROOF), ahead)).findings
    assert {one.subject for one in found} == {"clock", "backup"}
    assert look(**repository(run(NOW + timedelta(minutes=5), verified=PROOF))).findings == []


def test_a_proof_that_is_late_is_told_by_its_own_schedule():
    old = NOW - timedelta(days=15)
    found = only(look(**repository(run(at(14), verified=old))))
    assert (found.subject, found.severity) == ("verify", WARNING)
    assert found.title == "no proof of restore for 15 days (every week expected)"
    never = only(look(**repository(run(at(14)))))
    assert "there never was a proof of restore" in never.title
    assert never.severity is CRITICAL


def test_a_failed_job_is_told_in_its_own_words():
    words = {"why": "S3 answered 403 AccessDenied", "fix": "look at the vault", "code": 30}
    found = only(look(jobs=[job(14, **words)], **repository(run(at(13), verified=PROOF))))
    assert (found.severity, found.title) == (WARNING, "last job postgres-backup-14 failed")
    assert (found.why, found.fix, found.since) == (words["why"], words["fix"], at(14, 1))


def test_a_failed_job_and_a_late_backup_are_one_finding():
    found = only(look(jobs=[job(12), job(13), job(14, why="403")], **repository(run(at(11), verified=PROOF))))
    assert found.title == "no backup for 3 h 12 min (every hour expected)"
    assert found.why == "last job postgres-backup-14 failed: 403"


def test_a_later_good_job_or_run_mends_a_failed_one():
    assert look(jobs=[job(13), job(14, JobState.GOOD)]).findings == []
    assert look(jobs=[job(13)]).findings == []
    assert only(look(jobs=[job(13, JobState.GOOD), job(14)], **repository(run(at(13), verified=PROOF))))


@pytest.mark.parametrize(("code", "severity"), [(30, WARNING), (23, CRITICAL), (40, CRITICAL), (None, WARNING)])
def test_what_says_that_data_cannot_be_trusted_pages_at_once(code: int | None, severity: Severity):
    failed = job(14, kind=Job.VERIFY, code=code)
    assert only(look(jobs=[failed])).severity is severity


def test_a_failed_prune_is_spoken_of():
    assert only(look(jobs=[job(6, kind=Job.PRUNE)])).subject == "prune"


@pytest.mark.parametrize(("minutes", "told"), [(5, 0), (11, 1)])
def test_a_job_whose_pod_does_not_start_is_told_with_the_clusters_words(minutes: int, told: int):
    stuck = job(14, JobState.ACTIVE, started=NOW - timedelta(minutes=minutes), waiting="ImagePullBackOff: no such host")
    found = look(jobs=[stuck]).findings
    assert len(found) == told
    if told:
        assert (found[0].title, found[0].why) == (
            "job postgres-backup-14 cannot start for 11 min",
            "ImagePullBackOff: no such host",
        )


@pytest.mark.parametrize(("minutes", "told"), [(89, 0), (91, 1)])
def test_a_job_that_took_half_of_what_it_may_is_spoken_of(minutes: int, told: int):
    running = job(12, JobState.ACTIVE, started=NOW - timedelta(minutes=minutes))
    assert len(look(jobs=[running]).findings) == told


def test_a_cron_job_that_was_passed_over_is_spoken_of():
    passed = CronFact(created=LONG_AGO, scheduled=at(13))
    found = only(look(cron_jobs=cron_jobs(backup=passed)))
    assert found.title == "CronJob postgres-backup was not started at 14:00 UTC"
    assert look(now=at(14, 9), cron_jobs=cron_jobs(backup=passed)).findings == []
    busy = job(13, JobState.ACTIVE, started=at(13, 30))
    assert look(cron_jobs=cron_jobs(backup=passed), jobs=[busy]).findings == []


def test_what_was_due_before_the_schedule_was_known_is_not_asked_for():
    passed = cron_jobs(verify=CronFact(created=LONG_AGO, scheduled=SUNDAY - timedelta(days=7)))
    assert only(look(cron_jobs=passed)).subject == "verify"
    assert look(Memory(), cron_jobs=passed).findings == []


@pytest.mark.parametrize(
    ("held", "severity", "words"),
    [(None, CRITICAL, "missing"), (CronFact(created=LONG_AGO, suspended=True), WARNING, "suspended")],
)
def test_a_cron_job_that_is_gone_or_asleep_is_told_after_some_patience(
    held: CronFact | None, severity: Severity, words: str
):
    first = look(cron_jobs=cron_jobs(prune=held))
    assert first.findings == []
    later = look(first.memory, NOW + timedelta(minutes=11), cron_jobs=cron_jobs(prune=held))
    found = next(one for one in later.findings if one.subject == "prune")
    assert (found.title, found.severity) == (f"CronJob postgres-prune is {words}", severity)
    assert (found.since, found.next_try) == (NOW, None)


def test_a_wrong_password_pages_at_once():
    found = only(look(repository=RepositoryFact(trouble=Trouble.PASSWORD, words="wrong password")))
    assert (found.severity, found.subject, found.why) == (CRITICAL, "repository", "wrong password")
    assert found.runbook == "docs/runbooks/lost-repository-password.md"


def test_a_repository_that_never_told_is_not_said_to_be_empty():
    silent = RepositoryFact(trouble=Trouble.UNREACHABLE, words="connection refused")
    found = look(Memory(seen={**WATCHED.seen, "postgres/repository": at(12)}), repository=silent)
    assert only(found).subject == "repository"


def known(*, runs: int = 2) -> Memory:
    last = run(at(14), verified=PROOF)
    return replace(WATCHED, known={"postgres": Known(last=last, verified=last, runs=runs)})


def test_a_repository_that_held_runs_and_is_gone_pages():
    absent = RepositoryFact(trouble=Trouble.ABSENT)
    found = only(look(known(), repository=absent))
    assert (found.severity, found.title) == (CRITICAL, "the repository is gone; it held 2 runs")


def test_a_repository_is_given_some_time_to_answer():
    silent = RepositoryFact(trouble=Trouble.UNREACHABLE, words="connection refused")
    first = look(known(), repository=silent)
    assert first.findings == []
    second = look(first.memory, NOW + timedelta(minutes=11), repository=silent)
    assert (only(second).severity, only(second).since) == (WARNING, NOW)
    third = look(second.memory, NOW + timedelta(minutes=61), repository=silent)
    assert {one.severity for one in third.findings if one.subject == "repository"} == {CRITICAL}


def test_runs_are_known_while_the_repository_is_silent():
    silent = RepositoryFact(trouble=Trouble.UNREACHABLE, words="connection refused")
    held = look(known(), repository=silent).memory.known["postgres"]
    assert held == known().known["postgres"]


def test_a_lock_that_nobody_renews_is_spoken_of():
    found = only(look(**repository(run(at(14), verified=PROOF), stale=at(12))))
    assert "a lock of 12:00 UTC" in found.title


def test_the_beginning_of_a_finding_is_remembered():
    high = {"fills": {"postgres-0": fill(85)}}
    first = look(**high)
    later = look(first.memory, NOW + timedelta(minutes=5), **{"fills": {"postgres-0": fill(85, age=timedelta(0))}})
    assert only(later).since == NOW


def test_an_unread_cluster_leaves_everything_else_as_it_was():
    first = look(jobs=[job(14)], **repository(run(at(13), verified=PROOF)))
    blind = look(first.memory, NOW + timedelta(minutes=1), unseen="connection refused", cron_jobs={}, fills={})
    assert blind.findings == []
    assert blind.memory.seen["postgres/backup"] == first.memory.seen["postgres/backup"]
    later = look(blind.memory, NOW + timedelta(minutes=12), unseen="connection refused", cron_jobs={}, fills={})
    found = only(later)
    assert (found.key, found.severity, found.why) == ("/cluster", CRITICAL, "connection refused")
