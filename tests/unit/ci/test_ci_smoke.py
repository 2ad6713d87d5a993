"""What passes a smoke test: what serves, and goes on doing so."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from unit.preflight.cluster_fake import NAMESPACE, FakeCluster, stack
from unit.status.test_status import DEPLOYMENTS, items, running, workload

from infra.cluster_api import ClusterError, Finding, Forbidden
from ladder.backups.started import Clock
from ladder.ci.smoke import LOOKS, PAUSE_SECONDS, Smoke
from ladder.errors import Exit, LadderError

Answer = int | Exception


class Serving(FakeCluster):
    """A cluster whose application answers as it was told, the last answer again and again."""

    def __init__(self, objects: Mapping[str, Any], *answers: Answer) -> None:
        super().__init__(objects)
        self.answers = list(answers) or [200]
        self.sent: list[str] = []

    def send(self, method: str, path: str, query: Mapping[str, str], body: object = None) -> tuple[int, bytes]:
        self.sent.append(path)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer, b"a test-secret that nobody may see"


@pytest.fixture
def smoke() -> Callable[..., tuple[Smoke, list[float]]]:
    """A test of 20 seconds, whose clock only its own pauses move; the pauses beside it."""

    def make(cluster: Serving, **sections: Any) -> tuple[Smoke, list[float]]:
        slept: list[float] = []
        clock = Clock(now=lambda: sum(slept), sleep=slept.append)
        test = Smoke(cluster=cluster, settings=stack(**sections), paths=["/", "/readyz"], seconds=20, clock=clock)
        return test, slept

    return make


def test_what_serves_passes_after_it_was_seen_to_go_on(smoke: Any) -> None:
    cluster = Serving(running())
    test, slept = smoke(cluster)
    assert test.run() == [
        "✓ dev: redis, postgres: every member serves",
        "✓ dev: app answers /, /readyz",
    ]
    proxy = f"/api/v1/namespaces/{NAMESPACE}/services/app:http/proxy"
    assert cluster.sent == [f"{proxy}/", f"{proxy}/readyz"] * LOOKS
    assert slept == [PAUSE_SECONDS] * (LOOKS - 1)


def test_what_ends_a_moment_after_it_began_starts_the_count_anew(smoke: Any) -> None:
    test, slept = smoke(Serving(running(), 200, 200, 503, 200))
    assert test.run()
    assert len(slept) == LOOKS + 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (404, "app: GET /: answered 404"),
        (
            ClusterError(Finding(key="k", value="v", rule="https://api answered 503 to GET /x", fix="f")),
            "app: GET /: https://api answered 503",
        ),
        (Forbidden("GET /services/app:http/proxy"), "these credentials may not GET /services"),
    ],
)
def test_what_does_not_answer_fails_in_time_and_without_its_own_words(answer: Answer, words: str, smoke: Any) -> None:
    test, slept = smoke(Serving(running(), answer))
    with pytest.raises(LadderError) as raised:
        test.run()
    assert raised.value.code is Exit.FAILED
    assert words in str(raised.value)
    assert "test-secret" not in str(raised.value)
    assert sum(slept) == 20


def test_a_member_that_is_not_ready_fails_it(smoke: Any) -> None:
    test, _ = smoke(Serving(running() | {DEPLOYMENTS: items(workload("app", 0))}))
    with pytest.raises(LadderError, match="app: 0 of 1 ready"):
        test.run()


def test_a_namespace_that_is_not_there_fails_it(smoke: Any) -> None:
    test, _ = smoke(Serving({}))
    with pytest.raises(LadderError, match="this namespace does not exist"):
        test.run()


def test_without_an_application_the_stores_are_what_is_tested(smoke: Any) -> None:
    cluster = Serving(running())
    test, _ = smoke(cluster, app=None)
    assert test.run() == ["✓ dev: redis, postgres: every member serves"]
    assert not cluster.sent
