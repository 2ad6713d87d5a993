"""What `ladder doctor` says of machines and clusters."""

import base64
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rich.console import Console
from unit.preflight.cluster_fake import NAMESPACE, OWN, FakeCluster, healthy, namespace, stack, storage_class

from components.cluster import ClusterKind
from infra.cluster_api import ClusterError, Finding
from ladder.doctor import checks, probe
from ladder.doctor.probe import Result, Verdict
from ladder.doctor.report import Check, DoctorReport, State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
OURS = f"/api/v1/namespaces/{NAMESPACE}"
PODS = f"{OURS}/pods"
READY = {
    "metadata": {
        "name": "postgres-0",
        "labels": {"app.kubernetes.io/name": "postgres", "app.kubernetes.io/instance": "postgres"},
    },
    "spec": {"nodeName": "node", "containers": [{"name": "postgres", "image": "postgres:17"}]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


class Cluster(FakeCluster):
    """Refuses a privileged pod as a namespace of Ladder's does."""

    def send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> tuple[int, bytes]:
        assert query == {"dryRun": "All"}
        return 403, b'{"message": "violates PodSecurity"}'


@pytest.fixture(autouse=True)
def verdict(monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """What knocking at a store comes to; a test may replace it."""
    held = [Result(verdict=Verdict.ENFORCED)]
    monkeypatch.setattr(probe, "network_policy", lambda cluster, target: held[0])
    return held


def certificate(days: int) -> str:
    """A certificate that ends in `days`, as a Secret holds it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ends in {days} days")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=4000))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


AUTHORITY = certificate(3000)


def tls(server: str, authority: str = AUTHORITY) -> Mapping[str, object]:
    return {"data": {"tls.crt": server, "tls.key": "bmV2ZXIgc2hvd24=", "ca.crt": authority}}


def secret(store: str) -> str:
    return f"{OURS}/secrets/{store}-tls"


def look(changes: Mapping[str, object] | None = None, **options: object) -> dict[str, list[Check]]:
    """Checks by name, in a cluster with a healthy stack and `changes`; None removes."""
    certificates = {secret(name): tls(certificate(1000)) for name in ("postgres", "redis")}
    objects = {**healthy(), PODS: {"items": [READY]}, **certificates, **(changes or {})}
    cluster = Cluster({path: value for path, value in objects.items() if value is not None})  # type: ignore[misc]
    found: dict[str, list[Check]] = {}
    for check in checks.look(cluster, stack(**options), NOW, lambda _: None):
        found.setdefault(check.name, []).append(check)
    return found


def screen(report: DoctorReport) -> str:
    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(report.render())
    return out.getvalue()


def test_a_healthy_stack_passes_every_check():
    checks = look()
    assert list(checks) == [
        "cluster",
        "storage class",
        "namespace",
        "metrics",
        "certificates",
        "pod security",
        "network policy",
    ]
    assert {check.state for held in checks.values() for check in held} == {State.FINE}


def test_a_cluster_before_the_first_up_says_what_was_not_tested():
    checks = look({OURS: None, PODS: None, secret("postgres"): None, secret("redis"): None})
    assert checks["namespace"][0].seen == "ladder-dev is free"
    assert "certificates" not in checks
    for name in ("pod security", "network policy"):
        [check] = checks[name]
        assert check.state is State.UNTESTED
        assert "does not exist yet" in check.seen


def test_nothing_is_tried_in_somebody_elses_namespace():
    checks = look({OURS: namespace({"ladder/stack": "ladder.prod"})})
    assert checks["namespace"][0].state is State.WRONG
    assert [checks[name][0].state for name in ("pod security", "network policy")] == [State.UNTESTED] * 2


def test_without_a_ready_store_there_is_nothing_to_knock_at():
    [check] = look({PODS: {"items": []}})["network policy"]
    assert check.state is State.UNTESTED
    assert "no store of the stack is ready" in check.seen


def test_policies_that_are_not_enforced_are_wrong_and_say_what_that_means(verdict: list[Result]):
    verdict[0] = Result(verdict=Verdict.OPEN)
    [check] = look()["network policy"]
    assert check.state is State.WRONG
    assert "NOT enforced here" in check.seen
    assert "only passwords stand between" in check.seen
    assert "Cilium" in check.fix


def test_policies_of_which_nothing_was_proven_are_not_called_enforced(verdict: list[Result]):
    verdict[0] = Result(verdict=Verdict.UNKNOWN, why="no room for a probe")
    [check] = look()["network policy"]
    assert (check.state, check.seen) == (State.UNTESTED, "no room for a probe")


def test_pods_that_should_be_refused_and_are_not_are_wrong(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Cluster, "send", lambda *_: (201, b"{}"))
    [check] = look()["pod security"]
    assert check.state is State.WRONG
    assert "own its node" in check.seen


def test_a_class_that_deletes_its_volumes_is_a_warning():
    [check] = look({CLASSES: {"items": [storage_class("fast", reclaim="Delete")]}})["storage class"]
    assert check.state is State.WARNING
    assert "Retain" in check.fix


def test_an_absent_class_is_wrong():
    assert look({CLASSES: {"items": []}})["storage class"][0].state is State.WRONG


def test_missing_metrics_are_a_warning():
    [check] = look({"/apis/metrics.k8s.io/v1beta1": None})["metrics"]
    assert check.state is State.WARNING


def test_a_rendered_namespace_is_a_warning_here():
    [check] = look({OURS: namespace({**OWN, "ladder/applied-by": "render"})})["namespace"]
    assert check.state is State.WARNING
    assert "no guard" in check.seen


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (365, State.FINE, "postgres: 365 days left"),
        (364, State.WARNING, "postgres: 364 days left"),
        (0, State.WARNING, "postgres: 0 days left"),
        (-3, State.WRONG, "postgres: ended 3 days ago"),
    ],
)
def test_a_server_certificate_in_its_last_year_is_renewed_by_an_up(days: int, state: State, words: str):
    *_, check = look({secret("postgres"): tls(certificate(days))})["certificates"]
    assert (check.state, check.seen) == (state, words)
    assert ("pulumi up" in check.fix) is (state is not State.FINE)


def test_an_authority_is_shown_once_and_renewed_by_hand():
    old = certificate(300)
    changes = {secret(name): tls(certificate(1000), old) for name in ("postgres", "redis")}
    checks = look(changes)["certificates"]
    [authority] = [check for check in checks if check.seen.startswith("authority")]
    assert authority.state is State.WARNING
    assert "docs/certificates.md" in authority.fix


def test_what_may_not_be_read_is_not_tested_and_the_rest_is():
    cluster = Cluster({**healthy(), PODS: {"items": [READY]}}, forbidden=[secret("postgres"), secret("redis"), CLASSES])
    found = {check.name: check for check in checks.look(cluster, stack(), NOW, lambda _: None)}
    assert found["certificates"].state is State.UNTESTED
    assert found["storage class"].state is State.UNTESTED
    assert found["network policy"].state is State.FINE


def test_what_was_seen_before_the_cluster_went_away_is_kept(monkeypatch: pytest.MonkeyPatch):
    class Gone(Cluster):
        def get(self, path, shape, **query):
            if path == OURS:
                raise ClusterError(Finding(key="ladder:cluster.context", value="test", rule="is gone", fix="find it"))
            return super().get(path, shape, **query)

    monkeypatch.setattr(checks, "ClusterApi", lambda _: Gone(healthy()))
    report = checks.run(stack(), now=NOW)
    assert [check.name for check in report.checks] == ["python", "pulumi", "cluster", "storage class", "cluster"]
    assert report.exit_code == 1
    assert "is gone" in report.checks[-1].seen


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("v3.259.0", State.FINE),
        ("v3.260.1", State.FINE),
        ("v4.0.0-alpha", State.FINE),
        ("v3.258.9", State.WRONG),
        ("v3.26.0", State.WRONG),
        ("", State.WRONG),
        ("what?", State.WRONG),
    ],
)
def test_the_pulumi_cli_has_a_floor(text: str, state: State):
    assert checks.pulumi_version(text, "/bin/pulumi").state is state


def test_a_machine_without_the_pulumi_cli_is_warned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    check = checks.pulumi_cli()
    assert check.state is State.WARNING
    assert "3.259.0" in check.fix


@pytest.mark.parametrize(
    ("script", "state"), [("echo v3.259.0", State.FINE), ("exit 3", State.WRONG), ("echo v3.1.0", State.WRONG)]
)
def test_the_pulumi_cli_on_the_path_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, state: State
):
    program = tmp_path / "pulumi"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = version ] || exit 9\n[ "$PULUMI_SKIP_UPDATE_CHECK" = true ] || exit 8\n{script}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checks.pulumi_cli().state is state


def check(state: State) -> Check:
    return Check(name="a check", state=state, seen="what was seen", fix="" if state is State.FINE else "what to do")


@pytest.mark.parametrize(
    ("states", "code", "verdict"),
    [
        ([State.FINE], 0, "1 fine"),
        ([State.FINE, State.WARNING, State.UNTESTED], 0, "1 fine, 1 warning, 1 not tested"),
        ([State.WRONG, State.FINE, State.WRONG], 1, "1 fine, 2 wrong"),
    ],
)
def test_only_what_is_wrong_fails(states: list[State], code: int, verdict: str):
    report = DoctorReport(stack="dev", checks=[check(state) for state in states])
    assert report.exit_code == code
    assert f"dev: {verdict}" in screen(report)
    assert json.loads(json.dumps(report.as_json()))["ok"] is (code == 0)


def test_the_screen_says_in_words_what_its_marks_say_and_shows_the_fix():
    shown = screen(DoctorReport(stack="dev", checks=[check(State.WRONG)]))
    assert "✗ a check" in shown
    assert "wrong" in shown
    assert "fix: what to do" in shown


@pytest.mark.parametrize(("kind", "program"), [(ClusterKind.EKS, "aws"), (ClusterKind.GKE, "gke-gcloud-auth-plugin")])
def test_the_program_that_signs_in_to_a_cloud_is_looked_for(
    kind: ClusterKind, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (missing,) = checks.sign_in(kind)
    assert (missing.name, missing.state) == (program, State.WRONG)
    assert missing.fix
    (tmp_path / program).touch(mode=0o755)
    (found,) = checks.sign_in(kind)
    assert (found.state, found.seen) == (State.FINE, str(tmp_path / program))


@pytest.mark.parametrize("kind", [ClusterKind.EXISTING, ClusterKind.SINGLE_NODE])
def test_a_kubeconfig_with_credentials_of_its_own_needs_no_program(kind: ClusterKind) -> None:
    assert checks.sign_in(kind) == []
