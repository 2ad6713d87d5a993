"""What `ladder status` tells of healthy and of ailing stacks."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from unit.preflight.cluster_fake import NAMESPACE, OWN, FakeCluster, namespace, stack

from infra.cluster_api import Forbidden
from ladder import cluster_view
from ladder.status import health
from ladder.status import screen as status_screen
from ladder.status.report import StatusReport, StoreStatus

NOW = datetime(2026, 3, 1, 14, 3, 22, tzinfo=UTC)
GIB = 2**30
SPACE = f"/api/v1/namespaces/{NAMESPACE}"
PODS = f"{SPACE}/pods"
SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
SCALERS = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
CLAIMS = f"{SPACE}/persistentvolumeclaims"
EVENTS = f"{SPACE}/events"


def labels(kind: str, name: str) -> dict[str, str]:
    managed = {"app.kubernetes.io/managed-by": "ladder"}
    return {"app.kubernetes.io/name": kind, "app.kubernetes.io/instance": name, **managed}


def pod(name: str, kind: str, *, ready: bool = True, **state: object) -> dict[str, object]:
    """A pod; `state` is that of its only container, `conditions` beside."""
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}, *state.pop("conditions", [])]  # type: ignore[misc]
    container = {"name": kind, "image": f"{kind}:1", "ready": ready, **state}
    return {
        "metadata": {"name": name, "labels": labels(kind, kind)},
        "spec": {"containers": [{"name": kind, "image": f"{kind}:1"}]},
        "status": {"phase": "Running", "conditions": conditions, "containerStatuses": [container]},
    }


def workload(kind: str, ready: int, wanted: int = 1) -> dict[str, object]:
    metadata = {"name": kind, "labels": labels(kind, kind)}
    return {"metadata": metadata, "spec": {"replicas": wanted}, "status": {"readyReplicas": ready} if ready else {}}


def scaler(percent: int | None) -> dict[str, object]:
    metric = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": percent}}}
    return {
        "metadata": {"name": "app"},
        "spec": {"minReplicas": 1, "maxReplicas": 3},
        "status": {"currentMetrics": [metric] if percent is not None else None},
    }


def claim(name: str, size: str) -> dict[str, object]:
    return {"metadata": {"name": name}, "spec": {"resources": {"requests": {"storage": size}}}}


def items(*objects: object) -> dict[str, object]:
    return {"items": list(objects)}


def running() -> dict[str, Mapping[str, object]]:
    """A stack of which everything runs."""
    return {
        SPACE: namespace(OWN),
        SETS: items(workload("postgres", 1), workload("redis", 1)),
        DEPLOYMENTS: items(workload("app", 2, 2)),
        SCALERS: items(scaler(12)),
        CLAIMS: items(claim("data-postgres-0", "10Gi")),
        PODS: items(pod("postgres-0", "postgres"), pod("redis-0", "redis"), pod("app-x", "app")),
        EVENTS: items(),
    }


def fill(percent: int, *, size: int = 10 * GIB, age: timedelta = timedelta(seconds=40), inodes: int = 3) -> str:
    line = {
        "time": (NOW - age).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "path": "/var/lib/postgresql/data",
        "bytes": size,
        "bytes_used": size * percent // 100,
        "inodes": 100,
        "inodes_used": inodes,
    }
    return f"{json.dumps(line)}\n"


def look(
    changes: Mapping[str, object] | None = None, logs: Mapping[str, str] | None = None, **sections: object
) -> StatusReport:
    objects = {path: value for path, value in {**running(), **(changes or {})}.items() if value is not None}
    cluster = FakeCluster(objects, {"postgres-0/fill": fill(31), **(logs or {})})  # type: ignore[arg-type]
    return health.look(cluster, stack(**sections), NOW)


def screen(report: StatusReport) -> str:
    """The report as a log shows it: 100 columns, no colour."""
    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(status_screen.render(report))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def row(report: StatusReport, kind: str) -> StoreStatus:
    return next(held for held in report.stores if held.kind == kind)


def test_a_healthy_stack_is_healthy():
    report = look()
    assert report.exit_code == 0
    assert report.problem is None
    assert [held.troubles for held in report.stores] == [[], []]


def test_the_screen_shows_every_store_the_catalogue_knows(monkeypatch: pytest.MonkeyPatch):
    shown = screen(look()).splitlines()
    assert shown[0].startswith("dev · bootstrap on local (existing, test)")
    assert "as of " in shown[0]
    rows = {line.split()[0]: " ".join(line.split()) for line in shown[2:] if line.strip()}
    assert rows["mongodb"] == "mongodb –"  # noqa: RUF001 (a dash)
    assert rows["postgres"] == "postgres in_cluster 1/1 31 % of 10 GiB none: no vault –"  # noqa: RUF001 (a dash)
    assert rows["redis"] == "redis in_cluster 1/1, cache – not kept (cache) –"  # noqa: RUF001 (a dash)
    assert rows["app:"] == "app: 2/2 ready, scales from 1 to 3, CPU 12 % of what it is promised"


def test_no_line_is_wider_than_a_log():
    assert max(map(len, screen(look(logs={"postgres-0/fill": fill(87)})).splitlines())) <= 100


def test_the_json_twin_says_the_same():
    told = json.loads(json.dumps(look().as_json()))
    assert told["healthy"] is True
    assert told["at"] == "2026-03-01T14:03:22+00:00"
    postgres = next(held for held in told["stores"] if held["kind"] == "postgres")
    assert (postgres["ready"], postgres["wanted"], postgres["healthy"]) == (1, 1, True)
    assert postgres["volume"]["percent"] == 31
    assert told["app"]["cpu_percent"] == 12


def test_a_volume_that_fills_names_the_setting_and_twice_its_size():
    report = look(logs={"postgres-0/fill": fill(87)})
    assert report.notes == ["postgres: volume 87 % full → ladder:postgres.storage_gib: 20"]
    assert "87 % of 10 GiB ▲" in screen(report)
    assert report.exit_code == 0


@pytest.mark.parametrize(("percent", "spoken"), [(79, 0), (80, 1)])
def test_a_volume_is_spoken_of_from_80_percent_on(percent: int, spoken: int):
    assert len(look(logs={"postgres-0/fill": fill(percent)}).notes) == spoken


def test_a_volume_that_shares_its_nodes_disk_is_not_told_to_grow():
    report = look(logs={"postgres-0/fill": fill(90, size=200 * GIB)})
    assert "node's disk 90 % ▲" in screen(report)
    [note] = report.notes
    assert "make room on the node" in note
    assert "storage_gib:" not in note


def test_used_up_inodes_are_spoken_of():
    [note] = look(logs={"postgres-0/fill": fill(10, inodes=95)}).notes
    assert "95 % of the volume's inodes" in note


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(days=3)])
def test_an_old_measurement_is_unknown(age: timedelta):
    report = look(logs={"postgres-0/fill": fill(87, age=age)})
    assert "fill unknown, 10 GiB" in screen(report)
    assert report.notes == []


@pytest.mark.parametrize("log", ["", "df: no such file\n", '{"time":"2026-03-01T14:'])
def test_a_log_without_a_measurement_is_unknown(log: str):
    volume = row(look(logs={"postgres-0/fill": log}), "postgres").volume
    assert volume is not None
    assert volume.percent is None


def test_the_last_whole_line_counts():
    text = fill(20) + fill(30) + '{"time":"2026'
    held = cluster_view.last_fill(text)
    assert held is not None
    assert round(100 * held.used / held.size) == 30


def test_of_several_members_the_fullest_volume_is_shown():
    changes = {
        CLAIMS: items(*(claim(f"data-mongodb-{n}", "10Gi") for n in range(3))),
        SETS: items(workload("mongodb", 3, 3)),
    }
    logs = {"mongodb-0/fill": fill(20), "mongodb-1/fill": fill(60)}
    volume = row(look(changes, logs, mongodb={"replicas": 3}, postgres=None, redis=None), "mongodb").volume
    assert volume is not None
    assert (volume.claim, volume.percent) == ("data-mongodb-1", 60)


def test_missing_members_are_unhealthy():
    changes = {SETS: items(workload("mongodb", 2, 3))}
    report = look(changes, mongodb={"replicas": 3}, postgres=None, redis=None)
    assert report.exit_code == 1
    assert "2/3 ✗" in screen(report)


def test_a_store_that_does_not_exist_is_said_to_be_missing():
    report = look({SETS: items(workload("redis", 1)), PODS: items(pod("redis-0", "redis"))})
    assert report.exit_code == 1
    assert row(report, "postgres").troubles == ["StatefulSet postgres does not exist → pulumi up --refresh, or make up"]


def ailing(**state: object) -> str:
    """The only trouble of PostgreSQL when its pod is in `state`."""
    logs = {"postgres-0/postgres/previous": str(state.pop("log", ""))}
    changes = {
        SETS: items(workload("postgres", 0), workload("redis", 1)),
        PODS: items(pod("postgres-0", "postgres", ready=False, **state), pod("redis-0", "redis")),
    }
    report = look(changes, logs)
    assert report.exit_code == 1
    [only] = row(report, "postgres").troubles
    assert only in screen(report).replace("\n   ", " ")
    return only


def test_an_image_that_cannot_be_pulled_names_the_setting():
    waiting = {"reason": "ImagePullBackOff", "message": "no such host"}
    words = ailing(state={"waiting": waiting})
    assert words == "postgres-0: image postgres:1 cannot be pulled: no such host → ladder:postgres.image"


def test_lack_of_room_is_said_in_the_schedulers_words():
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "message": "0/1 nodes are available: 1 Insufficient memory.",
    }
    assert "no node takes it: 0/1 nodes are available" in ailing(conditions=[condition])


def test_the_last_words_of_a_start_script_are_quoted():
    log = "starting\nREFUSED: this volume held data\nREFUSED: restore a backup\n"
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    words = ailing(state=waiting, restartCount=4, lastState={"terminated": {"exitCode": 1}}, log=log)
    assert words == "postgres-0: postgres ended 4 times: this volume held data restore a backup"


def test_a_crash_without_words_names_the_command_that_shows_more():
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    log = "FATAL: password is hunter2\n"
    words = ailing(state=waiting, restartCount=1, lastState={"terminated": {"exitCode": 3}}, log=log)
    assert "ended once: exit code 3" in words
    assert f"kubectl -n {NAMESPACE} logs postgres-0 -c postgres --previous" in words
    assert "hunter2" not in words


def test_a_server_killed_for_memory_names_the_setting():
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    assert "→ ladder:postgres.memory_mib" in ailing(restartCount=1, lastState=killed)


def test_a_volume_that_cannot_be_mounted_is_told_by_the_newest_event():
    def event(message: str, minute: int) -> dict[str, object]:
        at = f"2026-03-01T14:{minute:02}:00Z"
        about = {"kind": "Pod", "name": "postgres-0"}
        return {"involvedObject": about, "reason": "FailedMount", "message": message, "lastTimestamp": at}

    changes = {
        SETS: items(workload("postgres", 0), workload("redis", 1)),
        PODS: items(pod("postgres-0", "postgres", ready=False, state={"waiting": {"reason": "ContainerCreating"}})),
        EVENTS: items(event("older", 1), event("secret postgres-tls not found", 2), event("oldest", 0)),
    }
    [only] = row(look(changes), "postgres").troubles
    assert only == "postgres-0: FailedMount: secret postgres-tls not found"


def test_pods_that_nobody_could_make_are_told_by_the_event_of_their_set():
    event = {
        "involvedObject": {"kind": "StatefulSet", "name": "postgres"},
        "reason": "FailedCreate",
        "message": "exceeded quota",
        "lastTimestamp": "2026-03-01T14:00:00Z",
    }
    changes = {SETS: items(workload("postgres", 0), workload("redis", 1)), PODS: items(), EVENTS: items(event)}
    assert row(look(changes), "postgres").troubles == ["postgres: no pod was made: FailedCreate: exceeded quota"]


def test_a_pod_that_only_starts_is_not_ready_and_no_trouble():
    changes = {
        SETS: items(workload("postgres", 0), workload("redis", 1)),
        PODS: items(pod("postgres-0", "postgres", ready=False, state={"waiting": {"reason": "PodInitializing"}})),
    }
    held = row(look(changes), "postgres")
    assert (held.troubles, held.healthy) == ([], False)


def test_a_job_beside_a_store_is_not_one_of_its_members():
    job = pod("postgres-init-x", "postgres", ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})
    job["metadata"]["labels"]["app.kubernetes.io/component"] = "init"  # type: ignore[index]
    changes = {PODS: items(pod("postgres-0", "postgres"), pod("redis-0", "redis"), job)}
    assert look(changes).exit_code == 0


def test_an_application_below_its_minimum_is_unhealthy():
    report = look({DEPLOYMENTS: items(workload("app", 0))})
    assert report.exit_code == 1
    assert "app: 0/1 ready" in screen(report)


def test_an_autoscaler_without_metrics_says_that_the_load_is_unknown():
    assert "CPU unknown" in screen(look({SCALERS: items(scaler(None))}))


def test_an_external_store_is_not_asked():
    report = look(redis={"backend": "external", "external": {"uri": "rediss://app:test-password@h:6379/0"}})
    held = row(report, "redis")
    assert (held.ready, held.volume, held.backup.words, held.healthy) == (None, None, "its owner's", True)
    assert "test-password" not in json.dumps(report.as_json()) + screen(report)


def test_a_store_that_no_setting_names_is_spoken_of():
    report = look({SETS: items(workload("postgres", 1), workload("redis", 1))}, redis=None)
    assert report.notes == ["redis: runs here, and the settings do not name it"]


def test_a_rendered_stack_is_shown_and_marked():
    report = look({SPACE: namespace({**OWN, "ladder/applied-by": "render"})})
    assert report.exit_code == 0
    assert "applied as rendered manifests" in screen(report)


def test_a_namespace_that_does_not_exist_says_how_to_bring_it_up():
    report = look({SPACE: None})
    assert report.exit_code == 1
    assert report.problem is not None
    assert "make up" in report.problem.fix
    assert "ladder:namespace = ladder-dev" in screen(report)


def test_somebody_elses_namespace_is_not_shown():
    report = look({SPACE: namespace({"ladder/stack": "ladder.prod"})})
    assert report.exit_code == 1
    assert report.stores == ()
    assert "ladder.prod" in screen(report)


def test_missing_rights_end_in_a_report(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "ClusterApi", lambda _: FakeCluster(running(), forbidden=[PODS]))
    report = health.read(stack(), now=NOW)
    assert report.problem is not None
    assert PODS in report.problem.rule
    assert json.loads(json.dumps(report.as_json()))["problem"]["fix"] == report.problem.fix
    with pytest.raises(Forbidden):
        health.look(FakeCluster(running(), forbidden=[PODS]), stack(), NOW)


@pytest.mark.parametrize(("text", "gib"), [("10Gi", 10), ("512Mi", 0.5), ("1073741824", 1), ("1Ti", 1024)])
def test_quantities_are_read_as_kubernetes_writes_them(text: str, gib: float):
    assert cluster_view.gib(text) == gib
