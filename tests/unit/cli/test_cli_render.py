import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
import yaml
from cli_world import STACK, Answer

from ladder import plan
from ladder.engine import PLACEHOLDERS
from ladder.errors import Exit, LadderError
from ladder.render import apply, waiting
from ladder.render import manifests as render
from ladder.render.manifests import Manifest
from ladder.render.waiting import Clock, S, Workload
from ladder.stack import stackfile

Ladder = Callable[..., Answer]


def rendered(answer: Answer) -> list[dict]:
    """The manifests as Kubernetes, which reads YAML 1.1, would take them."""
    assert answer.code is Exit.OK, answer.err
    return list(yaml.safe_load_all(answer.out))


def test_everything_is_rendered_in_the_order_in_which_it_can_be_applied(project: Path, ladder: Ladder) -> None:
    names = [(it["kind"], it["metadata"]["name"]) for it in rendered(ladder("render", "-s", "prod"))]
    assert names[0] == ("Namespace", "ladder-prod")
    for first, then in [
        (("PersistentVolumeClaim", "data-postgres-0"), ("StatefulSet", "postgres")),
        (("Secret", "postgres-auth"), ("StatefulSet", "postgres")),
        (("StatefulSet", "postgres"), ("ConfigMap", "ladder-postgres")),
        (("Secret", "ladder-connections"), ("Deployment", "app")),
        (("Deployment", "app"), ("HorizontalPodAutoscaler", "app")),
    ]:
        assert names.index(first) < names.index(then)


def test_the_namespace_says_that_pulumi_did_not_make_it(project: Path, ladder: Ladder) -> None:
    namespace = rendered(ladder("render", "-s", "prod"))[0]
    assert namespace["metadata"]["labels"]["ladder/applied-by"] == "render"


def test_secrets_are_masked_key_by_key(project: Path, ladder: Ladder) -> None:
    secrets = [it for it in rendered(ladder("render", "-s", "prod")) if it["kind"] == "Secret"]
    assert {it["metadata"]["name"] for it in secrets} >= {"postgres-auth", "postgres-tls", "ladder-connections"}
    assert {value for it in secrets for value in it["stringData"].values()} == {"[secret]"}
    assert set(secrets[0]["stringData"])


def test_shown_secrets_are_real_and_kept_nowhere(
    project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADDER_LOCAL_DIR", str(project / "local"))
    found = rendered(ladder("render", "-s", "prod", "--show-secrets"))
    connections = next(it for it in found if it["metadata"]["name"] == "ladder-connections")["stringData"]
    assert connections["DATABASE_URL"].startswith("postgresql://app:")
    assert "generated:" not in connections["DATABASE_URL"]
    assert connections["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")
    assert not (project / "local").exists()


def test_switches_stay_texts_for_a_reader_of_yaml_1_1(project: Path, ladder: Ladder) -> None:
    sets = [it for it in rendered(ladder("render", "-s", "prod")) if it["kind"] == "StatefulSet"]
    values = [it["value"] for one in sets for it in one["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert "on" in values
    assert all(isinstance(value, str) for value in values)


def test_files_are_numbered_and_private_when_they_hold_secrets(project: Path, ladder: Ladder) -> None:
    assert ladder("render", "-s", "prod", "--out", "plain").code is Exit.OK
    files = sorted((project / "plain").iterdir())
    assert files[0].name == "000-namespace-ladder-prod.yaml"
    assert {it.stat().st_mode & 0o777 for it in files} == {0o644}
    assert ladder("render", "-s", "prod", "--out", "real", "--show-secrets").code is Exit.OK
    assert {it.stat().st_mode & 0o777 for it in (project / "real").iterdir()} == {0o600}
    again = ladder("render", "-s", "prod", "--out", "plain")
    assert again.code is Exit.WRONG
    assert "is not empty" in again.err


LOCAL = STACK.replace("identifier: acme", "identifier: ladder-local").replace("cloud: aws", "cloud: local")


@dataclass(kw_only=True)
class FakeCluster:
    """Keeps what is applied; a workload is ready after some looks, or never."""

    looks: int = 0
    namespace: dict | None = None
    failed: bool = False
    refuse: str = ""
    applied: list[tuple[str, dict]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def get(self, path: str, shape: type[S], **query: str) -> S | None:
        if path.endswith("/pods"):
            waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
            status = {"containerStatuses": [{"name": "main", "state": {"waiting": waiting}}]}
            return shape.model_validate({"items": [{"metadata": {"name": "pod-0"}, "status": status}]})
        if path.count("/") == 4:
            return shape.model_validate(self.namespace) if self.namespace else None
        self.seen[path] = self.seen.get(path, 0) + 1
        if self.failed:
            failed = {"type": "Failed", "status": "True", "message": "backoff"}
            return shape.model_validate({"metadata": {}, "status": {"conditions": [failed]}})
        self.events.append(f"look {path.rsplit('/', 1)[-1]}")
        count = int(self.seen[path] > self.looks)
        told = {"replicas": 1, "readyReplicas": count, "updatedReplicas": count, "availableReplicas": count}
        return shape.model_validate({"metadata": {"generation": 0}, "status": told})

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, bytes]:
        assert (method, content_type) == ("PATCH", "application/apply-patch+yaml")
        assert query == {"fieldManager": "ladder", "force": "true"}
        if self.refuse and self.refuse in path:
            return 422, json.dumps({"message": "it must not"}).encode()
        self.applied.append((path, dict(body or {})))
        self.events.append(f"apply {path.rsplit('/', 2)[-2]} {path.rsplit('/', 1)[-1]}")
        return 200, b"{}"


@dataclass(kw_only=True)
class FakeTime:
    time: float = 0

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep)


@pytest.fixture
def deploy(project: Path) -> Callable[[FakeCluster], list[str]]:
    (project / "Pulumi.prod.yaml").write_text(LOCAL)
    wanted = plan.read_settings(stackfile.load("prod"))

    def run(cluster: FakeCluster) -> list[str]:
        said: list[str] = []
        apply.deploy(_manifests(), wanted, cluster, said.append, FakeTime().clock)
        return said

    return run


@cache
def _manifests() -> list[Manifest]:
    """Those of the stack file, made once."""
    return render.manifests(stackfile.load("prod"), PLACEHOLDERS)


def test_what_depends_on_a_workload_is_applied_once_that_is_ready(deploy: Callable[[FakeCluster], list[str]]) -> None:
    cluster = FakeCluster(looks=3)
    said = deploy(cluster)
    last_look = max(index for index, event in enumerate(cluster.events) if event == "look postgres")
    assert cluster.events.index("apply configmaps ladder-postgres") > last_look
    assert cluster.events.index("apply statefulsets redis") < cluster.events.index("look postgres")
    assert {"StatefulSet postgres is ready", "Deployment app is ready"} <= set(said)


def test_secrets_are_sent_as_the_cluster_keeps_them(deploy: Callable[[FakeCluster], list[str]]) -> None:
    cluster = FakeCluster()
    deploy(cluster)
    auth = next(
        body for path, body in cluster.applied if path == "/api/v1/namespaces/ladder-prod/secrets/postgres-auth"
    )
    assert "stringData" not in auth
    assert base64.b64decode(auth["data"]["app-password"]) == b"generated:postgres-password.result"


def test_a_workload_that_never_becomes_ready_is_told_with_the_reason(
    deploy: Callable[[FakeCluster], list[str]],
) -> None:
    with pytest.raises(LadderError, match="is not ready after 10 minutes; volumes were not touched") as caught:
        deploy(FakeCluster(looks=10**6))
    assert "pod-0: main: ImagePullBackOff no such image" in str(caught.value)
    assert caught.value.code is Exit.FAILED


def test_a_failed_workload_ends_the_wait_at_once(deploy: Callable[[FakeCluster], list[str]]) -> None:
    with pytest.raises(LadderError, match="failed: backoff"):
        deploy(FakeCluster(failed=True))


def test_an_object_that_the_cluster_refuses_is_named(deploy: Callable[[FakeCluster], list[str]]) -> None:
    with pytest.raises(
        LadderError, match=r"PersistentVolumeClaim data-postgres-0: the cluster refused it \(422\): it must"
    ):
        deploy(FakeCluster(refuse="persistentvolumeclaims"))


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({"ladder/stack": "ladder.prod"}, "is managed by `pulumi up`"),
        ({"ladder/stack": "ladder.dev", "ladder/applied-by": "render"}, "belongs to ladder.dev"),
        ({}, "belongs to somebody else"),
    ],
)
def test_a_namespace_of_others_is_not_touched(
    deploy: Callable[[FakeCluster], list[str]], labels: dict[str, str], says: str
) -> None:
    cluster = FakeCluster(namespace={"metadata": {"name": "ladder-prod", "labels": labels}})
    with pytest.raises(LadderError, match=says) as caught:
        deploy(cluster)
    assert caught.value.code is Exit.REFUSED
    assert cluster.applied == []


def test_a_rendered_namespace_is_applied_again(deploy: Callable[[FakeCluster], list[str]]) -> None:
    labels = {"ladder/stack": "ladder.prod", "ladder/applied-by": "render"}
    cluster = FakeCluster(namespace={"metadata": {"name": "ladder-prod", "labels": labels}})
    deploy(cluster)
    assert cluster.applied


def test_nothing_is_applied_to_another_cluster(project: Path, ladder: Ladder) -> None:
    answer = ladder("render", "-s", "prod", "--apply")
    assert answer.code is Exit.REFUSED
    assert "ladder:cluster.identifier = acme  (Pulumi.prod.yaml:5)" in answer.err


def test_secrets_that_only_the_cli_reads_are_not_applied(project: Path, ladder: Ladder) -> None:
    section = "  ladder:mongodb: {backend: external, external: {uri: {secure: v1:x}}}\n"
    (project / "Pulumi.prod.yaml").write_text(LOCAL.replace("  ladder:app:", f"{section}  ladder:app:"))
    answer = ladder("render", "-s", "prod", "--apply")
    assert answer.code is Exit.WRONG
    assert "ladder:mongodb: holds a secret" in answer.err


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("StatefulSet", "statefulsets"),
        ("StorageClass", "storageclasses"),
    ],
)
def test_the_resource_of_a_kind_follows_kubernetes_own_rule(kind: str, resource: str) -> None:
    assert waiting.plural(kind) == resource


@pytest.mark.parametrize(
    ("kind", "generation", "status", "expected"),
    [
        ("StatefulSet", 1, {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 3}, True),
        ("StatefulSet", 2, {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 3}, False),
        ("StatefulSet", 1, {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 2}, False),
        ("StatefulSet", 1, {"observedGeneration": 1, "replicas": 4, "readyReplicas": 4, "updatedReplicas": 4}, False),
        ("Deployment", 1, {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 3}, False),
        ("Deployment", 1, {"observedGeneration": 1, "replicas": 3, "availableReplicas": 3, "updatedReplicas": 3}, True),
        ("Job", 1, {"succeeded": 1}, False),
        ("Job", 1, {"conditions": [{"type": "Complete", "status": "True"}]}, True),
    ],
)
def test_ready_means_that_the_newest_specification_serves(
    kind: str, generation: int, status: dict, expected: bool
) -> None:
    seen = {"metadata": {"generation": generation}, "spec": {"replicas": 3}, "status": status}
    assert waiting.ready(kind, Workload.model_validate(seen)) is expected
