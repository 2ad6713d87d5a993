"""The watchdog on a real cluster: what it sees, whom it tells, and what it may not do. Its vault is not there."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_stores import WATCHED, Machine, Namespace, Stack, deploy_decrypted, image, is_ready, pod, remove, until

pytestmark = pytest.mark.cluster

RECEIVER = (Path(__file__).parent / "pods" / "receive.py").read_text()
PORT = 8080
LOOK_SECONDS = 150
"""A look begins every minute; one whose repository does not answer takes a minute itself."""


@pytest.fixture(scope="module")
def receiver(visitors: Namespace) -> str:
    """A webhook in another namespace; what it was sent stands in its log."""
    python = visitors.machine.images["app"]["ref"]
    visitors.apply(pod("receiver", [{"name": "receiver", "image": python, "command": ["python3", "-uc", RECEIVER]}]))
    until(lambda: is_ready(visitors, "receiver"), "receiver")
    return f"http://{visitors.get('pod', 'receiver')['status']['podIP']}:{PORT}/test-secret"


@pytest.fixture(scope="module")
def watched(machine: Machine, receiver: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL with backups that nothing can take, because the vault's server does not exist."""
    images = {kind: dict(machine.images[kind]) for kind in ("restic", "python") if kind in machine.images}
    stack = Stack(machine=machine, name=WATCHED, folder=tmp_path_factory.mktemp("watched")).with_sections(
        postgres={"storage_gib": 1, "cpu": 0.1, **image(machine, "postgres")},
        vault="nobody",
        # Far away: no job of its own disturbs.
        backups={
            "schedule": "0 0 1 1 *",
            "verify": "0 0 1 1 *",
            "prune": "0 0 1 1 *",
            **({"image": images["restic"]} if images else {}),
        },
        alerts={"webhook": receiver, **({"image": images["python"]} if images else {})},
    )
    deploy_decrypted(stack, frozenset({"ladder:alerts"}))
    yield stack
    remove(machine, WATCHED)


def report(stack: Stack) -> Any:
    """The last report; empty while there is none."""
    return json.loads(stack.get("configmap", "ladder-health").get("data", {}).get("report.json", "{}"))


def a_job(machine: Machine, name: str, script: str) -> dict[str, Any]:
    """A backup that ends as `script` does."""
    python = machine.images["app"]["ref"]
    made = pod(name, [{"name": "backup", "image": python, "command": ["sh", "-c", script]}])
    labels = {
        "app.kubernetes.io/name": "ladder-backup",
        "app.kubernetes.io/instance": "postgres",
        "app.kubernetes.io/component": "backup",
    }
    template = {"metadata": {"labels": labels}, "spec": {**made["spec"], "restartPolicy": "Never"}}
    spec = {"backoffLimit": 0, "template": template}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": labels}, "spec": spec}


def heard(visitors: Namespace, words: str) -> str:
    """The message with these words; empty while none came."""
    bodies = (json.loads(line)["text"] for line in visitors.logs("receiver", "receiver").splitlines())
    return next((text for text in bodies if words in text), "")


def test_the_watchdog_reports_what_it_sees(watched: Stack):
    found = until(lambda: report(watched) or None, "a report", LOOK_SECONDS)
    assert (found["schema"], found["unseen"]) == (1, "")
    postgres = found["stores"]["postgres"]
    assert postgres["repository"]["trouble"] == "unreachable"
    assert postgres["last"] is None

    def fill() -> bool:
        return report(watched)["stores"]["postgres"]["volumes"][0]["percent"] is not None

    until(fill, "the fill of the volume", LOOK_SECONDS)


def test_a_failed_job_is_told_in_its_own_words_and_a_good_one_ends_it(watched: Stack, visitors: Namespace):
    words = json.dumps({"job": "backup", "ok": False, "code": 30, "why": "S3 answered 403", "fix": "look at the vault"})
    watched.apply(a_job(watched.machine, "postgres-backup-bad", f"echo '{words}' >/dev/termination-log; exit 30"))
    text = until(lambda: heard(visitors, "postgres-backup-bad failed"), "an alert", LOOK_SECONDS)
    assert "S3 answered 403" in text
    assert "→ look at the vault" in text
    time.sleep(1)  # times in the cluster are whole seconds, and the good job must be the later one
    watched.apply(a_job(watched.machine, "postgres-backup-good", "exit 0"))
    assert until(lambda: heard(visitors, "backups are taken again"), "its end", LOOK_SECONDS)
    assert "test-secret" not in watched.kubectl("logs", "deployment/ladder-watchdog")


def test_the_watchdog_can_read_no_secret_and_make_nothing(watched: Stack):
    account = f"--as=system:serviceaccount:{watched.name}:ladder-watchdog"
    for words in ("get secrets", "list secrets", "create configmaps", "delete jobs", "create jobs", "get configmaps"):
        assert watched.attempt("auth", "can-i", *words.split(), account).stdout.strip() == "no", words
    assert watched.kubectl("auth", "can-i", "patch", "configmaps/ladder-health", account) == "yes"
