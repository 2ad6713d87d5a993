"""The jobs of a climb in the cluster: taken up again, out of each other's way; and where applications are led."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from climb_world import World

from components.catalog import Kind
from components.store import StoreArgs
from ladder import plan
from ladder.backups.started import Clock
from ladder.climb.jobs import Jobs, Proves, Step, receipt_of
from ladder.climb.place import Place
from ladder.errors import LadderError
from ladder.stack import stackfile

ENV = [{"name": "STEP", "value": "check"}, {"name": "LIMIT_SECONDS", "value": "60"}]
BATCH = "/apis/batch/v1/namespaces/n"
GOOD = {"ok": True, "run": "-", "rows": 9, "pause_seconds": 2.5, "receipt": "gate.-.x.y", "open": True}


@dataclass
class Cluster:
    """Keeps jobs; one that is looked at often enough ends well."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 2
    cron: bool = True
    sent: list[tuple[str, str]] = field(default_factory=list)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: str, step: str, *, ended: str = "", minute: int = 0) -> None:
        env = [{"name": "STEP", "value": step}, {"name": "LIMIT_SECONDS", "value": "60"}, {"name": "POD"}]
        conditions = [{"type": ended, "status": "True"}] if ended else []
        self.jobs[name] = {
            "metadata": {"name": name, "creationTimestamp": f"2026-11-27T10:{minute:02}:00Z"},
            "spec": {"template": {"spec": {"containers": [{"name": "climb", "env": env}]}}},
            "status": {"conditions": conditions},
        }

    def get(self, path: str, shape: Any, **query: str) -> Any:
        if path == f"{BATCH}/jobs":
            return shape.model_validate({"items": list(self.jobs.values())})
        if path.startswith(f"{BATCH}/jobs/"):
            held = self.jobs.get(path.rsplit("/", 1)[-1])
            if held is None:
                return None
            self.looks -= 1
            if self.looks <= 0:
                held["status"]["conditions"] = [{"type": "Complete", "status": "True"}]
            return shape.model_validate(held)
        if path == f"{BATCH}/cronjobs/postgres-climb":
            if not self.cron:
                return None
            pod = {"spec": {"containers": [{"name": "climb", "env": ENV}]}}
            spec = {"jobTemplate": {"metadata": {"labels": {}}, "spec": {"template": pod}}}
            return shape.model_validate({"metadata": {"uid": "u", "name": "postgres-climb"}, "spec": spec})
        if "/secrets/" in path:
            held = self.secrets.get(path.rsplit("/", 1)[-1])
            encoded = {key: base64.b64encode(it.encode()).decode() for key, it in (held or {}).items()}
            return shape.model_validate({"data": encoded}) if held else None
        status = {"containerStatuses": [{"name": "climb", "state": {"terminated": {"message": json.dumps(GOOD)}}}]}
        return shape.model_validate({"items": [{"metadata": {"name": "p"}, "status": status}]})

    def text(self, path: str, **query: str) -> str | None:
        return "12:00:00 copying\n"

    def send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> tuple[int, bytes]:
        if method == "DELETE":
            assert query == {"propagationPolicy": "Foreground"}
            del self.jobs[path.rsplit("/", 1)[-1]]
            self.sent.append((method, path.rsplit("/", 1)[-1]))
        else:
            assert body
            step = body["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
            self.add(body["metadata"]["name"], step, minute=59)
            self.jobs[body["metadata"]["name"]]["spec"] = body["spec"]
            self.sent.append((method, step))
        return 201, b"{}"


def jobs(cluster: Cluster) -> Jobs:
    clock = Clock(now=lambda: 0, sleep=lambda _: None)
    return Jobs(cluster=cluster, namespace="n", store="postgres", tell=lambda _: None, clock=clock)


def test_a_step_is_started_once_and_followed_to_its_end() -> None:
    cluster = Cluster()
    found = jobs(cluster).run(Step.COPY)
    assert (found.rows, found.pause_seconds, found.open) == (9, 2.5, True)
    assert cluster.sent == [("POST", "copy")]


def test_how_long_writers_may_wait_is_told_the_job() -> None:
    cluster = Cluster()
    replace(jobs(cluster), limit=5).run(Step.GATE)
    (held,) = cluster.jobs.values()
    assert {"name": "LIMIT_SECONDS", "value": "5"} in held["spec"]["template"]["spec"]["containers"][0]["env"]


def test_one_that_a_killed_command_left_is_followed_and_no_other_started() -> None:
    cluster = Cluster()
    cluster.add("postgres-climb-1", "copy")
    assert jobs(cluster).run(Step.COPY).ok
    assert cluster.sent == []


def test_a_copy_is_out_of_the_way_before_another_step_begins() -> None:
    cluster = Cluster()
    cluster.add("postgres-climb-1", "copy")
    cluster.add("postgres-climb-0", "copy", ended="Failed")
    cluster.add("postgres-backup-1", "copy")
    jobs(cluster).run(Step.BACK)
    assert cluster.sent == [("DELETE", "postgres-climb-1"), ("POST", "back")]


def test_a_gate_is_never_cut_short() -> None:
    cluster = Cluster()
    cluster.add("postgres-climb-1", "gate")
    jobs(cluster).run(Step.CHECK)
    assert cluster.sent == [("POST", "check")]
    assert cluster.jobs["postgres-climb-1"]["status"]["conditions"][0]["type"] == "Complete"


def test_what_the_newest_good_one_said_is_known_as_long_as_it_is_there() -> None:
    cluster = Cluster()
    cluster.add("postgres-climb-1", "gate", ended="Failed", minute=3)
    assert jobs(cluster).told(Step.GATE) is None
    cluster.add("postgres-climb-2", "gate", ended="Complete", minute=2)
    found = jobs(cluster).told(Step.GATE)
    assert found
    assert found.pause_seconds == 2.5


def test_without_a_climb_there_is_nothing_to_start_from() -> None:
    cluster = Cluster(cron=False)
    assert not jobs(cluster).there()
    with pytest.raises(LadderError, match="no climb of postgres is under way"):
        jobs(cluster).run(Step.CHECK)
    assert jobs(Cluster()).there()


def test_a_receipt_that_proves_something_else_is_none() -> None:
    found = jobs(Cluster()).run(Step.GATE)
    assert receipt_of(found, Proves.GATE) == "gate.-.x.y"
    with pytest.raises(LadderError, match='no receipt that proves "cutover"'):
        receipt_of(found, Proves.CUTOVER)


OLD = {"host": "postgres.n.svc", "port": "5432"}
APART = {"host": "db.example.com", "port": "5432"}
BESIDE = {"host": "postgres.n.svc", "port": "6432"}


@pytest.mark.parametrize(
    ("uri", "target", "shown"),
    [
        ("postgresql://app:db.example.com@postgres.n.svc:5432/app", APART, False),
        ("postgresql://app:x@db.example.com/app?sslmode=verify-full", APART, True),
        ("postgresql://app:x@postgres.n.svc:5432/app", BESIDE, False),
        ("postgresql://app:x@postgres.n.svc:6432/app", BESIDE, True),
    ],
)
def test_applications_are_led_where_the_secret_says(
    world: World, uri: str, target: dict[str, str], shown: bool
) -> None:
    secrets = {"ladder-connections": {"DATABASE_URL": uri}}
    assert not Place(Cluster(secrets=secrets), "n").shows(_store())
    secrets |= {"postgres-climb-source": OLD, "postgres-climb-target": target}
    assert Place(Cluster(secrets=secrets), "n").shows(_store()) is shown


def _store() -> StoreArgs:
    return replace(plan.read_settings(stackfile.load("prod")).stores[Kind.POSTGRES], phase=None)
