"""The probes: what they ask of the cluster, what they conclude, and that they leave nothing behind."""

import json
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest
from unit.preflight.cluster_fake import NAMESPACE, FakeCluster, stack

from components.catalog import Kind
from infra.cluster_api import ClusterError, Finding
from ladder.cluster_view import Pod
from ladder.doctor import probe
from ladder.doctor.probe import Result, Target, Verdict

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
POLICIES = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies"
SERVICE = f"/api/v1/namespaces/{NAMESPACE}/services/postgres"
SUCCEEDED = {"phase": "Succeeded", "containerStatuses": [{"name": "knock", "state": {"terminated": {"exitCode": 0}}}]}
REFUSED = {"phase": "Failed", "containerStatuses": [{"name": "knock", "state": {"terminated": {"exitCode": 1}}}]}
BROKEN = {"phase": "Failed", "containerStatuses": [{"name": "knock", "state": {"terminated": {"exitCode": 128}}}]}
PENDING = {
    "phase": "Pending",
    "conditions": [{"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}],
}

Body = Mapping[str, object]


class Cluster(FakeCluster):
    """Keeps what is made; a probe's pod ends as its role is told to."""

    def __init__(self, fates: Mapping[str, Body], answers: Mapping[str, tuple[int, Body]] | None = None) -> None:
        super().__init__({SERVICE: {"spec": {"clusterIP": "10.1.2.3", "ports": [{"port": 5432}]}}})
        self.fates = fates
        self.answers = answers or {}
        self.made: dict[str, Mapping[str, object]] = {}
        self.deleted: list[str] = []

    def send(self, method: str, path: str, query: Mapping[str, str], body: Body | None = None) -> tuple[int, bytes]:
        if method == "DELETE":
            self.deleted.append(path)
            return 200, b"{}"
        status, answer = self.answers.get(path, (201, {}))
        assert body is not None
        if status == 201 and "dryRun" not in query:
            name = body["metadata"]["name"]  # type: ignore[index]
            self.made[f"{path}/{name}"] = body
            fate = next((fate for role, fate in self.fates.items() if f"-{role}-" in name), None)
            if path == PODS:
                self.objects[f"{path}/{name}"] = {**body, "status": fate}
        return status, json.dumps(answer).encode()

    def pod(self, role: str) -> Mapping[str, object]:
        return next(body for path, body in self.made.items() if path.startswith(PODS) and f"-{role}-" in path)


def target() -> Target:
    member = Pod.model_validate(
        {
            "metadata": {"name": "postgres-0"},
            "spec": {"nodeName": "node-7", "containers": [{"name": "postgres", "image": "mirror/postgres:17"}]},
        }
    )
    return Target(store=stack().stores[Kind.POSTGRES], member=member)


def knock(cluster: Cluster) -> Result:
    return probe.network_policy(cluster, target(), pause=lambda _: None)


def test_a_forbidden_connection_that_fails_beside_an_allowed_one_proves_enforcement():
    assert knock(Cluster({"allowed": SUCCEEDED, "forbidden": REFUSED})).verdict is Verdict.ENFORCED


@pytest.mark.parametrize("allowed", [SUCCEEDED, REFUSED, PENDING])
def test_a_forbidden_connection_that_succeeds_is_open_whatever_else(allowed: Body):
    assert knock(Cluster({"allowed": allowed, "forbidden": SUCCEEDED})).verdict is Verdict.OPEN


@pytest.mark.parametrize("allowed", [REFUSED, BROKEN, PENDING])
def test_without_the_allowed_connection_nothing_is_proven(allowed: Body):
    result = knock(Cluster({"allowed": allowed, "forbidden": REFUSED}))
    assert result.verdict is Verdict.UNKNOWN
    assert "even the connection that is allowed" in result.why


def test_a_probe_that_could_not_run_proves_nothing():
    assert knock(Cluster({"allowed": SUCCEEDED, "forbidden": BROKEN})).verdict is Verdict.UNKNOWN
    result = knock(Cluster({"allowed": SUCCEEDED, "forbidden": PENDING}))
    assert result.verdict is Verdict.UNKNOWN
    assert "Insufficient memory" in result.why


def test_a_refused_probe_says_why():
    cluster = Cluster({}, {PODS: (403, {"message": "exceeded quota"})})
    result = knock(cluster)
    assert (result.verdict, result.why) == (Verdict.UNKNOWN, "no probe could be made: exceeded quota")
    assert len(cluster.deleted) == 2, "what was made, and what may have been"


def test_a_store_without_service_is_not_knocked_at():
    cluster = Cluster({})
    del cluster.objects[SERVICE]
    assert knock(cluster).verdict is Verdict.UNKNOWN
    assert cluster.made == {}


def test_the_two_probes_differ_by_the_label_alone():
    cluster = Cluster({"allowed": SUCCEEDED, "forbidden": REFUSED})
    knock(cluster)
    allowed, forbidden = (dict(cluster.pod(role)["metadata"]["labels"]) for role in ("allowed", "forbidden"))  # type: ignore[index]
    assert allowed.pop("ladder/uses-postgres") == "true"
    assert allowed == forbidden
    selector = next(body for path, body in cluster.made.items() if path.startswith(POLICIES))["spec"]["podSelector"]  # type: ignore[index]
    assert selector["matchLabels"].items() <= forbidden.items()


def test_the_probes_are_restricted_short_lived_and_run_where_the_store_runs():
    cluster = Cluster({"allowed": SUCCEEDED, "forbidden": REFUSED})
    knock(cluster)
    spec = json.loads(json.dumps(cluster.pod("forbidden")["spec"]))
    [container] = spec["containers"]
    assert spec["activeDeadlineSeconds"] <= 120
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["image"] == "mirror/postgres:17"
    assert container["command"][-3:] == ["10.1.2.3", "5432", "3"]
    assert "node-7" in json.dumps(spec["affinity"])


@pytest.mark.parametrize("allowed", [SUCCEEDED, PENDING])
def test_everything_is_cleaned_up(allowed: Body):
    cluster = Cluster({"allowed": allowed, "forbidden": REFUSED})
    knock(cluster)
    assert len(cluster.made) == 3
    assert sorted(cluster.deleted) == sorted(cluster.made)


def test_everything_is_cleaned_up_when_somebody_interrupts():
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    cluster = Cluster({"allowed": PENDING, "forbidden": PENDING})
    with pytest.raises(KeyboardInterrupt):
        probe.network_policy(cluster, target(), pause=interrupt)
    assert sorted(cluster.deleted) == sorted(cluster.made)


def test_a_cleanup_that_fails_once_does_not_leave_the_rest():
    class Failing(Cluster):
        def send(self, method: str, path: str, query: Mapping[str, str], body: Body | None = None) -> tuple[int, bytes]:
            answer = super().send(method, path, query, body)
            if method == "DELETE" and "forbidden" in path:
                raise ClusterError(Finding(key="k", value="v", rule="away", fix="f"))
            return answer

    cluster = Failing({"allowed": SUCCEEDED, "forbidden": REFUSED})
    with pytest.raises(ClusterError):
        knock(cluster)
    assert sorted(cluster.deleted) == sorted(cluster.made)


def test_two_runs_do_not_share_names():
    first, second = (Cluster({"allowed": SUCCEEDED, "forbidden": REFUSED}) for _ in range(2))
    knock(first)
    knock(second)
    assert not first.made.keys() & second.made.keys()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ((403, {"message": 'pods "x" is forbidden: violates PodSecurity "restricted:latest"'}), Verdict.ENFORCED),
        ((201, {}), Verdict.OPEN),
        ((403, {"message": "exceeded quota"}), Verdict.UNKNOWN),
        ((404, {"message": "namespaces not found"}), Verdict.UNKNOWN),
    ],
)
def test_pod_security_is_judged_by_a_dry_run(answer: tuple[int, Body], verdict: Verdict):
    cluster = Cluster({}, {PODS: answer})
    assert probe.pod_security(cluster, NAMESPACE).verdict is verdict
    assert cluster.made == {}


def knock_script(port: int, times: int = 1) -> int:
    script = Path(probe.__file__).parent / "scripts" / "knock.sh"
    return subprocess.run(["bash", str(script), "127.0.0.1", str(port), str(times)], check=False).returncode


def test_the_script_tells_an_open_port_from_a_closed_one():
    with TCPServer(("127.0.0.1", 0), BaseRequestHandler) as server:
        port = server.server_address[1]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert knock_script(port) == 0
        thread.join()
    assert knock_script(port) == 1
