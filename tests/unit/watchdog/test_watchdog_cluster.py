"""What the cluster tells."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from watchdog_fakes import TOKEN, Cluster, api, serving
from watchdog_world import STORE

from components.backups.watchdog.program import cluster
from components.backups.watchdog.program.cluster import Api, Unreadable
from components.backups.watchdog.program.model import CronFact, FillFact, Job, JobState

START, END = "2026-03-04T14:00:00Z", "2026-03-04T14:01:00Z"


@pytest.fixture
def fake() -> Iterator[Cluster]:
    held = Cluster()
    with serving(held):
        yield held


@pytest.fixture
def asked(fake: Cluster, tmp_path: Path) -> Api:
    return api(fake, tmp_path)


def a_job(name: str = "postgres-backup-1", **status: object) -> dict[str, object]:
    labels = {"app.kubernetes.io/instance": "postgres", "app.kubernetes.io/component": "backup"}
    return {
        "metadata": {"name": name, "labels": labels, "creationTimestamp": START},
        "spec": {"activeDeadlineSeconds": 10800},
        "status": {"startTime": START, **status},
    }


def ended(kind: str, **more: object) -> dict[str, object]:
    return {"conditions": [{"type": kind, "status": "True", "lastTransitionTime": END, **more}]}


def a_pod(created: str = START, job: str = "postgres-backup-1", **status: object) -> dict[str, object]:
    labels = {"batch.kubernetes.io/job-name": job}
    return {"metadata": {"name": f"{job}-x", "labels": labels, "creationTimestamp": created}, "status": status}


def terminated(message: str = "", code: int = 1, reason: str = "Error") -> dict[str, object]:
    return {"name": "backup", "state": {"terminated": {"exitCode": code, "reason": reason, "message": message}}}


def test_the_token_is_sent_and_nothing_beyond_backups_is_listed(fake: Cluster, asked: Api):
    cluster.cron_jobs(asked)
    assert fake.headers[0]["Authorization"] == f"Bearer {TOKEN}"
    assert fake.asked[0][1].startswith("/apis/batch/v1/namespaces/ladder-prod/cronjobs?labelSelector=")


def test_cron_jobs_are_told_apart_by_store_and_job(fake: Cluster, asked: Api):
    fake.objects["cronjobs"] = [
        {"metadata": {"name": "my-pg-backup", "creationTimestamp": START}, "status": {"lastScheduleTime": END}},
        {"metadata": {"name": "my-pg-verify", "creationTimestamp": START}, "spec": {"suspend": True}},
        {"metadata": {"name": "my-pg-restore", "creationTimestamp": START}, "spec": {"suspend": True}},
    ]
    start, end = datetime(2026, 3, 4, 14, tzinfo=UTC), datetime(2026, 3, 4, 14, 1, tzinfo=UTC)
    assert cluster.cron_jobs(asked) == {
        ("my-pg", Job.BACKUP): CronFact(created=start, scheduled=end),
        ("my-pg", Job.VERIFY): CronFact(created=start, suspended=True),
    }


def test_a_job_ends_with_its_scripts_words(fake: Cluster, asked: Api):
    words = {"job": "backup", "ok": False, "why": "S3 answered 403", "fix": "look at the vault", "code": 30}
    fake.objects["jobs"] = [a_job(**ended("Failed", reason="BackoffLimitExceeded", message="Job has reached …"))]
    fake.objects["pods"] = [a_pod(containerStatuses=[terminated(f"{json.dumps(words)}\n", 30)])]
    [(store, found)] = cluster.jobs(asked)
    assert (store, found.job, found.state, found.deadline) == ("postgres", Job.BACKUP, JobState.FAILED, 10800)
    assert (found.why, found.fix, found.code) == ("S3 answered 403", "look at the vault", 30)
    assert found.finished == datetime(2026, 3, 4, 14, 1, tzinfo=UTC)


def test_the_newest_pod_that_says_something_speaks_for_its_job(fake: Cluster, asked: Api):
    fake.objects["jobs"] = [a_job(**ended("Failed"))]
    fake.objects["pods"] = [
        a_pod("2026-03-04T14:00:20Z", containerStatuses=[terminated('{"why": "second"}')]),
        a_pod("2026-03-04T14:00:00Z", containerStatuses=[terminated('{"why": "first"}')]),
        a_pod("2026-03-04T14:00:40Z"),
    ]
    assert cluster.jobs(asked)[0][1].why == "second"


@pytest.mark.parametrize(
    ("condition", "pods", "why"),
    [
        ({"reason": "DeadlineExceeded", "message": "Job was active longer than specified deadline"}, [], "took longer"),
        ({"message": "Job has reached the specified backoff limit"}, [], "Job has reached the specified backoff limit"),
        ({"message": "x"}, [a_pod(containerStatuses=[terminated("", 137, "OOMKilled")])], "ended with 137 (OOMKilled)"),
        ({"message": "x"}, [a_pod(containerStatuses=[terminated("not JSON", 2)])], "backup ended with 2"),
    ],
)
def test_a_job_that_could_say_nothing_is_explained_by_the_cluster(
    fake: Cluster, asked: Api, condition: dict, pods: list, why: str
):
    fake.objects["jobs"], fake.objects["pods"] = [a_job(**ended("Failed", **condition))], pods
    assert why in cluster.jobs(asked)[0][1].why


@pytest.mark.parametrize(
    ("status", "waiting"),
    [
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no host"}}}]},
            "ImagePullBackOff: no host",
        ),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}]},
            "no node takes it: Insufficient memory",
        ),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}]}, "its pod does not start"),
    ],
)
def test_a_pod_that_does_not_run_says_why(fake: Cluster, asked: Api, status: dict, waiting: str):
    fake.objects["jobs"] = [a_job()]
    fake.objects["pods"] = [a_pod(phase="Pending", **status)]
    found = cluster.jobs(asked)[0][1]
    assert (found.state, found.waiting) == (JobState.ACTIVE, waiting)


def test_jobs_that_people_start_are_not_watched(fake: Cluster, asked: Api):
    restore = a_job("postgres-restore-1")
    restore["metadata"]["labels"]["app.kubernetes.io/component"] = "restore"
    fake.objects["jobs"] = [restore, {}, {"metadata": {"name": "x"}}]
    assert cluster.jobs(asked) == []


def test_the_last_whole_line_of_the_sidecar_tells_the_fill(fake: Cluster, asked: Api):
    line = '{"time":"2026-03-04T14:11:00Z","path":"/data","bytes":100,"bytes_used":31,"inodes":null,"inodes_used":null}'
    fake.logs["postgres-0"] = f'{line.replace("31", "30")}\n{line}\n{{"time":"2026-'
    expected = FillFact(time=datetime(2026, 3, 4, 14, 11, tzinfo=UTC), size=100, used=31)
    assert cluster.fills(asked, STORE) == {"postgres-0": expected}
    assert "/pods/postgres-0/log?container=fill&tailLines=3" in fake.asked[0][1]


def test_a_pod_that_is_not_there_has_no_fill(fake: Cluster, asked: Api):
    assert cluster.fills(asked, STORE) == {}


def test_the_report_is_written_into_one_config_map_and_read_back(fake: Cluster, asked: Api):
    assert asked.report() == ""
    asked.write('{"schema":1}')
    assert asked.report() == '{"schema":1}'
    method, path, body = fake.asked[1]
    assert (method, path) == (
        "PATCH",
        "/api/v1/namespaces/ladder-prod/configmaps/ladder-health?fieldManager=ladder-watchdog",
    )
    assert json.loads(body) == {"data": {"report.json": '{"schema":1}'}}


def test_a_cluster_that_refuses_says_why(fake: Cluster, asked: Api):
    fake.broken = 403
    with pytest.raises(Unreadable, match="403: etcd is unhappy"):
        cluster.jobs(asked)
    fake.broken, fake.data = 0, None
    with pytest.raises(Unreadable, match="not found"):
        asked.write("x")


def test_a_cluster_that_is_not_there_says_so(tmp_path: Path):
    held = Cluster()
    held.server.server_close()
    with pytest.raises(Unreadable, match="refused"):
        cluster.jobs(api(held, tmp_path))
