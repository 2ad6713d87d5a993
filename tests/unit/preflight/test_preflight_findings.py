"""What preflight says about clusters of every kind."""

import subprocess
import sys

import pytest
from unit.preflight.cluster_fake import (
    NAMESPACE,
    OWN,
    FakeCluster,
    healthy,
    namespace,
    stack,
    storage_class,
)

from infra import preflight
from infra.cluster_api import ClusterError, Finding, Severity

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
OURS = f"/api/v1/namespaces/{NAMESPACE}"
METRICS = "/apis/metrics.k8s.io/v1beta1"


def found(changes: dict[str, object], **sections: object) -> list[Finding]:
    """Findings in a healthy cluster with `changes`; None removes."""
    objects = {path: value for path, value in {**healthy(), **changes}.items() if value is not None}
    return preflight.look(FakeCluster(objects), stack(**sections))  # type: ignore[arg-type]


def test_a_healthy_cluster_passes():
    assert found({}) == []


def test_a_cluster_without_the_namespace_passes():
    assert found({OURS: None}) == []


def test_it_reads_in_four_calls():
    cluster = FakeCluster(healthy())
    preflight.look(cluster, stack())
    assert len(cluster.asked) == 4


@pytest.mark.parametrize("minor", ["27", "27+", "34"])
def test_kubernetes_from_the_floor_on_passes(minor: str):
    assert found({"/version": {"major": "1", "minor": minor, "gitVersion": f"v1.{minor}"}}) == []


@pytest.mark.parametrize("minor", ["26", "26+", "9"])
def test_an_older_kubernetes_is_refused_with_the_version_it_has(minor: str):
    [only] = found({"/version": {"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.3-eks"}})
    assert only.severity is Severity.ERROR
    assert f"v1.{minor}.3-eks" in only.value
    assert "1.27" in only.rule


def test_an_absent_storage_class_lists_those_there_are():
    [only] = found({CLASSES: {"items": [storage_class("slow"), storage_class("gold")]}})
    assert (only.key, only.value, only.severity) == ("ladder:cluster.storage_class", "fast", Severity.ERROR)
    assert "gold, slow" in only.fix


def test_a_cluster_without_any_storage_class_is_told_to_make_one():
    [only] = found({CLASSES: {"items": []}})
    assert "has none" in only.fix


def test_a_stack_without_volumes_does_not_ask_for_a_storage_class():
    assert found({CLASSES: {"items": []}}, postgres=None) == []


def test_a_class_that_deletes_and_does_not_grow_is_warned_of_twice():
    rules = found({CLASSES: {"items": [storage_class("fast", reclaim="Delete", grows=False)]}})
    assert [finding.severity for finding in rules] == [Severity.WARNING, Severity.WARNING]
    assert "cannot grow" in rules[0].rule
    assert "deletes a volume" in rules[1].rule


def test_a_class_that_says_neither_is_taken_as_kubernetes_takes_it():
    rules = found({CLASSES: {"items": [{"metadata": {"name": "fast"}}]}})
    assert len(rules) == 2


@pytest.mark.parametrize(
    ("labels", "words"),
    [({}, "was not made by Ladder"), ({"ladder/stack": "ladder.prod"}, "belongs to the stack ladder.prod")],
)
def test_somebody_elses_namespace_is_refused(labels: dict[str, str], words: str):
    [only] = found({OURS: namespace(labels)})
    assert (only.key, only.value, only.severity) == ("ladder:namespace", NAMESPACE, Severity.ERROR)
    assert words in only.rule
    assert "ladder.dev" in only.rule


def test_a_namespace_that_is_being_deleted_is_refused():
    [only] = found({OURS: namespace(OWN, phase="Terminating")})
    assert "being deleted" in only.rule


def test_a_rendered_namespace_is_refused_with_the_commands_that_recreate_it():
    [only] = found({OURS: namespace({**OWN, "ladder/applied-by": "render"})})
    assert only.severity is Severity.ERROR
    assert "make down" in only.fix
    assert "pulumi up" in only.fix


def test_missing_metrics_are_a_warning_and_only_where_something_scales():
    [only] = found({METRICS: None})
    assert only.severity is Severity.WARNING
    assert "{min: 1, max: 3}" in only.value
    assert found({METRICS: None}, app=None) == []


def test_everything_is_found_at_once():
    rules = found({CLASSES: {"items": []}, OURS: namespace({}), METRICS: None})
    assert [finding.key for finding in rules] == [
        "ladder:cluster.storage_class",
        "ladder:namespace",
        "ladder:app.replicas",
    ]


def test_what_may_not_be_read_is_a_warning_and_the_rest_is_checked():
    cluster = FakeCluster({**healthy(), OURS: namespace({})}, forbidden=[CLASSES])
    unread, foreign = preflight.look(cluster, stack())
    assert unread.severity is Severity.WARNING
    assert CLASSES in unread.rule
    assert foreign.key == "ladder:namespace"


def test_metrics_that_are_down_do_not_stop_an_up():
    class Down(FakeCluster):
        def get(self, path, shape, **query):
            if path == METRICS:
                raise ClusterError(Finding(key="k", value="v", rule="answered 503", fix="f"))
            return super().get(path, shape, **query)

    [only] = preflight.look(Down(healthy()), stack())
    assert only.severity is Severity.WARNING


def test_enforce_raises_with_every_error_and_says_that_nothing_was_changed(monkeypatch: pytest.MonkeyPatch):
    objects = {**healthy(), CLASSES: {"items": []}, OURS: namespace({})}
    monkeypatch.setattr(preflight, "ClusterApi", lambda _: FakeCluster(objects))
    with pytest.raises(preflight.NotFit) as refused:
        preflight.enforce(stack())
    text = str(refused.value)
    assert "2 things are wrong; nothing was changed" in text
    assert "ladder:cluster.storage_class = fast" in text
    assert "ladder:namespace = ladder-dev" in text
    assert text.count("fix: ") == 2


def test_enforce_returns_warnings(monkeypatch: pytest.MonkeyPatch):
    objects = {path: value for path, value in healthy().items() if path != METRICS}
    monkeypatch.setattr(preflight, "ClusterApi", lambda _: FakeCluster(objects))
    assert [finding.severity for finding in preflight.enforce(stack())] == [Severity.WARNING]


def test_a_program_that_does_not_look_does_not_pay_for_the_client():
    code = "import infra.preflight, sys; print('kubernetes' in sys.modules, 'urllib3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
