"""Jobs started by hand: what is sent, what is followed, what a person is told."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from components.backups.args import BackupArgs
from infra.cluster_api import ClusterError, Finding
from ladder.backups import screen
from ladder.backups.job import Following, Result, Run, Stretch, runs, start, stretches
from ladder.backups.operator import Held, Operator, moment
from ladder.backups.started import Clock
from ladder.errors import Exit, LadderError

CRON = "/apis/batch/v1/namespaces/n/cronjobs/postgres-backup"
ENV = [{"name": "RUN", "value": ""}, {"name": "KIND", "value": "postgres"}]
GOOD = (
    '{"job":"backup","store":"postgres","run":"20261125T020000Z-abcdef","ok":true,"bytes":2048,"seconds":4,"amount":7}'
)
BAD = '{"job":"backup","store":"postgres","run":"","ok":false,"code":20,"why":"the server is down","fix":"start it"}'
COMPLETE = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}
FAILED = {"status": {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}}


SILENT = "no log"
"""What a node says while a container is being made."""


@dataclass
class Cluster:
    """Answers with what it was told, the last answer again and again; keeps what was sent."""

    jobs: list[Mapping[str, Any]]
    logs: list[str]
    pods: list[Mapping[str, Any]] = field(default_factory=lambda: [{"metadata": {"name": "p"}}])
    cron: bool = True
    answer: tuple[int, bytes] = (201, b"{}")
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def get(self, path: str, shape: Any, **query: str) -> Any:
        if path == CRON:
            pod = {"spec": {"containers": [{"name": "backup", "env": ENV}]}}
            spec = {"jobTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": {"backoffLimit": 1, "template": pod}}}
            return shape.model_validate({"metadata": {"uid": "u"}, "spec": spec}) if self.cron else None
        if "/jobs/" in path:
            found = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
            return None if found is None else shape.model_validate(found)
        assert query["labelSelector"].startswith("job-name=postgres-backup-")
        return shape.model_validate({"items": self.pods})

    def text(self, path: str, **query: str) -> str | None:
        assert query == {"container": "backup"}
        assert path.endswith("/pods/p/log")
        text = self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]
        if text == SILENT:
            raise ClusterError(Finding(key="k", value="v", rule="answered 500", fix="f"))
        return text

    def send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> tuple[int, bytes]:
        assert (method, query, path) == ("POST", {}, "/apis/batch/v1/namespaces/n/jobs")
        self.sent.append(body or {})
        return self.answer


def clock() -> Clock:
    """Time that passes only while somebody waits."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    return Clock(now=lambda: passed[0], sleep=sleep)


def begin(cluster: Cluster, tell: Callable[[str], None] = lambda _: None, **env: str) -> Following:
    return start(cluster, "n", "postgres-backup", env, tell, clock())


def test_a_job_by_hand_is_the_one_by_night_but_for_its_environment() -> None:
    cluster = Cluster(jobs=[COMPLETE], logs=[f"{GOOD}\n"])
    begin(cluster, RUN="r")
    (body,) = cluster.sent
    assert body["metadata"]["ownerReferences"][0] | {"uid": "u", "name": "postgres-backup"} == {
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "postgres-backup", "uid": "u", "controller": True,
    }  # fmt: skip
    assert body["metadata"]["labels"]["a"] == "b"
    assert body["spec"]["backoffLimit"] == 0
    env = body["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env == [{"name": "RUN", "value": "r"}, {"name": "KIND", "value": "postgres"}]


def test_its_log_is_told_once_a_line_and_its_result_read() -> None:
    told: list[str] = []
    logs = ["02:00:00 run begins\n02:00:01 ha", "02:00:00 run begins\n02:00:01 half a line\n" + GOOD + "\n"]
    result, log = begin(Cluster(jobs=[{}, COMPLETE], logs=logs), told.append).result()
    assert told == ["02:00:00 run begins", "02:00:01 half a line"]
    assert (result.ok, result.bytes, result.amount) == (True, 2048, 7)
    assert log[-1] == GOOD


def test_a_node_that_cannot_show_a_log_ends_nothing() -> None:
    status = {"containerStatuses": [{"name": "backup", "state": {"terminated": {"message": GOOD}}}]}
    pods = [{"metadata": {"name": "p"}, "status": status}]
    result, _ = begin(Cluster(jobs=[{}, COMPLETE], pods=pods, logs=[SILENT])).result()
    assert (result.ok, result.bytes) == (True, 2048)


def test_a_job_that_failed_says_why_in_its_own_words() -> None:
    result, _ = begin(Cluster(jobs=[FAILED], logs=[f"{BAD}\n"])).result()
    assert (result.ok, result.code, result.why, result.fix) == (False, 20, "the server is down", "start it")


@pytest.mark.parametrize(
    ("jobs", "pods", "words"),
    [
        ([FAILED], [], "ended without a word: DeadlineExceeded  (no pod was made)"),
        ([None], [{"metadata": {"name": "p"}}], "was deleted while it ran"),
        (
            [{}],
            [{"metadata": {"name": "p"}, "status": {"phase": "Pending", "containerStatuses": [
                {"name": "backup", "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}]}}],
            "did not begin within 300 s (its pod is Pending, backup: ErrImagePull no such image)",
        ),
    ],
)  # fmt: skip
def test_a_job_without_a_word_is_told_by_its_pod(jobs: list[Any], pods: list[Any], words: str) -> None:
    with pytest.raises(LadderError, match="kubectl --namespace n describe job postgres-backup-") as caught:
        begin(Cluster(jobs=jobs, pods=pods, logs=[""])).result()
    assert words in str(caught.value)
    assert caught.value.code is Exit.FAILED


def test_a_store_without_jobs_says_what_is_missing() -> None:
    with pytest.raises(LadderError, match="has no CronJob postgres-backup") as caught:
        begin(Cluster(jobs=[{}], logs=[""], cron=False))
    assert caught.value.code is Exit.MISSING


def test_a_job_of_another_version_is_not_guessed_at() -> None:
    with pytest.raises(LadderError, match=r"does not know AT: .* another version of Ladder"):
        begin(Cluster(jobs=[{}], logs=[""]), AT="now")


def test_a_job_that_the_cluster_refuses_says_its_words() -> None:
    refused = (422, json.dumps({"message": "no quota"}).encode())
    with pytest.raises(LadderError, match=r"does not take the job .*: no quota"):
        begin(Cluster(jobs=[{}], logs=[""], answer=refused))


LISTED = [
    '{"run":"20261124T020000Z-aaaaaa","time":"2026-11-24T02:00:00Z","state":"ok","bytes":1536,"lines":9,"verified":"2026-11-24T03:00:00Z"}',
    '{"run":"20261125T010000Z-bbbbbb","time":"2026-11-25T01:00:00Z","state":"suspicious","bytes":10,"lines":2,"verified":null}',
    '{"job":"list","store":"postgres","run":"","ok":true,"runs":2}',
]


def test_the_list_of_runs_is_read_from_the_jobs_log() -> None:
    found = runs(["02:00:00 opening", *LISTED])
    assert [(it.run[-6:], it.bytes, it.verified is not None) for it in found] == [
        ("aaaaaa", 1536, True),
        ("bbbbbb", 10, False),
    ]


def shown(found: list[Run], moments: Sequence[Stretch] = (), days: int = 0) -> str:
    args = BackupArgs(schedule="1 * * * *", verify="2 2 * * 0", prune="3 3 * * 0", point_in_time_days=days)
    console = Console(width=100, color_system=None)
    with console.capture() as captured:
        console.print(
            screen.listing(
                replace(store(), backup=args), Held(runs=found, moments=moments), datetime(2026, 11, 25, 2, tzinfo=UTC)
            )
        )
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def store() -> Any:
    from components.catalog import Kind
    from tests.unit.guard.world import store as usual

    return usual(Kind.POSTGRES)


def test_runs_are_shown_newest_first_with_age_size_and_proof() -> None:
    text = shown(runs(LISTED))
    assert text.splitlines()[0] == "postgres · 2 runs"
    assert "1 h ago" in text.splitlines()[3]
    assert "suspicious: not counted as good" in text.splitlines()[3]
    assert "1 day ago" in text.splitlines()[4]
    assert "1.5 KiB" in text.splitlines()[4]
    assert "✓ 23 h ago" in text.splitlines()[4]


def test_no_runs_say_how_to_take_one() -> None:
    assert "none yet: ladder backup postgres" in shown([])


def test_what_can_be_had_to_the_moment_is_shown_as_it_is_asked_for() -> None:
    told = '{"from":"2026-11-24T03:05:00.000001Z","to":"2026-11-25T01:59:40.500000Z"}'
    text = shown(runs(LISTED), stretches([*LISTED, told]), days=7)
    assert "any moment: ladder restore postgres --at TIME, with TIME from" in text
    assert "  2026-11-24T03:05:00.000001Z to 2026-11-25T01:59:40.500000Z (19 s ago)" in text
    assert "any moment: none yet" in shown([], days=7)
    assert "any moment" not in shown([])


@pytest.fixture
def vaulted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack whose store has one run in its vault."""
    file = project / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("  ladder:cloud: aws\n", "  ladder:cloud: aws\n  ladder:vault: v\n"))
    monkeypatch.setattr("ladder.backups.commands.ClusterApi", lambda _: None)
    monkeypatch.setattr(Operator, "list", lambda *_: Held(runs=runs(LISTED[:1]), moments=[]))


def test_the_runs_of_every_store_are_listed_where_none_is_named(ladder: Any, vaulted: None) -> None:
    answer = ladder("backups", "-s", "prod")
    assert answer.code is Exit.OK
    assert "postgres · 1 run\n" in answer.out
    of_all = ladder("backups", "-s", "prod", "--json").json
    assert of_all["stores"] == [{key: of_all["stores"][0][key] for key in ("store", "runs", "moments")}]
    assert {"schema": 1, **of_all["stores"][0]} == ladder("backups", "postgres", "-s", "prod", "--json").json


def test_a_list_that_cannot_be_had_is_said_in_its_place(
    ladder: Any, vaulted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Held:
        raise LadderError(Exit.FAILED, "postgres: the vault is down")

    monkeypatch.setattr(Operator, "list", fails)
    answer = ladder("backups", "-s", "prod")
    assert answer.code is Exit.FAILED
    assert "✗ postgres: the vault is down" in answer.out
    answer = ladder("backups", "-s", "prod", "--json")
    assert answer.code is Exit.FAILED
    assert answer.json["stores"] == [{"store": "postgres", "error": "postgres: the vault is down"}]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "is back in its place, compared: 7 rows (4 s)"),
        ({"into": "look"}, "is back beside the live data, as look, compared"),
        ({"saved": "r0", "kept": "app_old"}, "what was there before is run r0\n  and stays beside it as app_old"),
    ],
)
def test_a_restore_says_where_the_data_is(more: dict[str, str], expected: str) -> None:
    assert expected in screen.done(store(), Result(ok=True, run="r", seconds=4, amount=7, **more), "restore")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["restore"], "name one store, or --all"),
        (["restore", "postgres", "--all"], "name one store, or --all"),
        (["restore", "--all", "--into", "x"], "--at and --into go with one store"),
        (["restore", "--all", "--at", "2026-01-01"], "go with one store"),
        (["restore", "postgres", "--at", "2026-01-01", "--snapshot", "x"], "exclude each other"),
        (["restore", "postgres", "--into", "x", "--overwrite"], "exclude each other"),
        (["verify", "--snapshot", "x"], "--snapshot goes with one store"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    ladder: Any, project: Any, arguments: list[str], words: str
) -> None:
    answer = ladder(*arguments, "-s", "prod")
    assert answer.code is Exit.USAGE
    assert words in answer.err


def test_an_overwrite_that_nobody_confirms_changes_nothing(
    ladder: Any, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr("ladder.backups.commands.ClusterApi", lambda _: None)
    answer = ladder("restore", "postgres", "--overwrite", "-s", "prod")
    assert answer.code is Exit.REFUSED
    assert "--confirm postgres" in answer.err
    assert ladder("restore", "postgres", "--overwrite", "--confirm", "other", "-s", "prod").code is Exit.REFUSED


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T23:59:59", "2026-01-31T23:59:59.000000Z"),
        ("2026-01-31 23:59:59.5+01:00", "2026-01-31T22:59:59.500000Z"),
        ("2026-01-31T23:59Z", "2026-01-31T23:59:00.000000Z"),
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(written: str, meant: str) -> None:
    assert moment(written) == meant


def test_what_is_no_time_is_refused_before_anything_is_asked(ladder: Any, project: Any) -> None:
    answer = ladder("restore", "postgres", "--at", "yesterday", "-s", "prod")
    assert answer.code is Exit.WRONG
    assert '--at "yesterday" is no time' in answer.err


def test_a_restored_moment_is_told() -> None:
    told = screen.done(store(), Result(ok=True, run="at-x", at="2026-01-31T23:59:59.000000Z"), "restore")
    assert "the store of 2026-01-31T23:59:59.000000Z is back" in told
