"""The connection: which cluster is asked, how often, and what each failure is called; servers are on loopback."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from unit.preflight.cluster_fake import stack

from components.cluster import ClusterArgs, ClusterKind
from components.cluster.args import EksArgs
from components.cluster.place import AwsPlace
from infra import cluster_api, preflight
from infra.cluster_api import ClusterApi, ClusterError, Forbidden
from infra.preflight import Version

TOKEN = "test-token-that-must-not-be-shown"  # noqa: S105 (of a server of this test)
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}
RBAC = {"message": 'storageclasses is forbidden: User "eve" cannot list resource "storageclasses"'}
ADMISSION = {"message": 'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged'}


class Server(ThreadingHTTPServer):
    """Gives one answer to everything and remembers who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, object] = (200, VERSION)
        self.delay = 0.0
        self.seen: list[tuple[str, str, str | None]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] (the only server it has)

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if self.server.delay:
            self.server.released.wait(self.server.delay)
            return
        status, body = self.server.answer
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    held = Server()
    thread = threading.Thread(target=held.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield held
    held.released.set()
    held.shutdown()
    thread.join()
    held.server_close()


def kubeconfig(path: Path, servers: dict[str, str], current: str | None = None, authority: str | None = None) -> Path:
    """Write a kubeconfig with one context per server."""
    trust = {"certificate-authority": authority} if authority else {}
    held: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, **trust}} for name, url in servers.items()],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in servers],
    }
    path.write_text(json.dumps({**held, "current-context": current} if current else held))
    return path


def args(path: Path | None, context: str = "test") -> ClusterArgs:
    return ClusterArgs(
        kind=ClusterKind.EXISTING, context=context, identifier=context, kubeconfig=str(path) if path else None
    )


@pytest.fixture
def connect(server: Server, tmp_path: Path) -> Callable[[], ClusterApi]:
    return lambda: ClusterApi(args(kubeconfig(tmp_path / "config", {"test": server.url})))


def failure(ask: Callable[[], object]) -> str:
    with pytest.raises(ClusterError) as failed:
        ask()
    assert TOKEN not in str(failed.value)
    return str(failed.value)


def test_an_answer_becomes_its_shape_and_the_token_travels(server: Server, connect: Callable[[], ClusterApi]):
    seen = connect().get("/version", Version)
    assert seen is not None
    assert seen.git_version == "v1.34.4"
    assert server.seen == [("GET", "/version", f"Bearer {TOKEN}")]


def test_only_the_named_context_is_asked_whatever_the_current_one_is(server: Server, tmp_path: Path):
    other = "http://127.0.0.1:1"
    path = kubeconfig(tmp_path / "config", {"other": other, "test": server.url}, current="other")
    assert ClusterApi(args(path)).get("/version", Version)
    assert ClusterApi(args(path)).server == server.url


def test_the_kubeconfig_of_the_environment_is_used_when_none_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = kubeconfig(tmp_path / "one", {"one": "http://127.0.0.1:1"})
    second = kubeconfig(tmp_path / "two", {"test": server.url})
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}")
    assert ClusterApi(args(None)).get("/version", Version)


def test_the_kubeconfig_of_the_home_folder_is_the_last_resort(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".kube").mkdir()
    kubeconfig(tmp_path / ".kube" / "config", {"test": server.url})
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ClusterApi(args(None)).get("/version", Version)


def test_a_missing_context_lists_those_there_are(tmp_path: Path):
    path = kubeconfig(tmp_path / "config", {"staging": "http://127.0.0.1:1", "prod": "http://127.0.0.1:1"})
    text = failure(lambda: ClusterApi(args(path)))
    assert "ladder:cluster.context = test" in text
    assert "staging, prod" in text


@pytest.mark.parametrize("content", [None, "", "{{{:", "[]", "just text"])
def test_a_kubeconfig_that_cannot_be_read_is_named_with_its_setting(tmp_path: Path, content: str | None):
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    text = failure(lambda: ClusterApi(args(path)))
    assert f"ladder:cluster.kubeconfig = {path}" in text


def test_nothing_is_not_an_error(server: Server, connect: Callable[[], ClusterApi]):
    server.answer = (404, {"message": "not found"})
    assert connect().get("/version", Version) is None


def test_refused_credentials_have_their_own_words(server: Server, connect: Callable[[], ClusterApi]):
    server.answer = (401, {"message": "Unauthorized"})
    text = failure(lambda: connect().get("/version", Version))
    assert "does not accept these credentials" in text
    assert server.url in text


def test_missing_rights_are_told_from_a_rule_about_the_object(server: Server, connect: Callable[[], ClusterApi]):
    server.answer = (403, RBAC)
    with pytest.raises(Forbidden, match="/version"):
        connect().get("/version", Version)
    server.answer = (403, ADMISSION)
    assert connect().send("GET", "/version", {})[0] == 403


def test_a_cluster_that_ails_is_asked_once(server: Server, connect: Callable[[], ClusterApi]):
    server.answer = (503, {"message": "later"})
    assert "answered 503" in failure(lambda: connect().get("/version", Version))
    assert len(server.seen) == 1


def test_a_cluster_that_is_silent_is_given_up_in_time(
    server: Server, connect: Callable[[], ClusterApi], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cluster_api, "TIMEOUT_SECONDS", 0.2)
    server.delay = 5
    begun = datetime.now(UTC)
    assert "does not answer" in failure(lambda: connect().get("/version", Version))
    assert datetime.now(UTC) - begun < timedelta(seconds=2)
    assert len(server.seen) == 1


def test_a_closed_port_names_the_server(tmp_path: Path):
    api = ClusterApi(args(kubeconfig(tmp_path / "config", {"test": "http://127.0.0.1:1"})))
    text = failure(lambda: api.get("/version", Version))
    assert "http://127.0.0.1:1 does not answer" in text
    assert "kubectl --context test" in text


def authority(path: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem, secret = path / f"{name}.crt", path / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    return pem, secret


def test_a_certificate_of_somebody_else_is_said_to_be_one(server: Server, tmp_path: Path):
    certificate, key = authority(tmp_path, "impostor")
    trusted, _ = authority(tmp_path, "ours")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.url.replace("http:", "https:")
    api = ClusterApi(args(kubeconfig(tmp_path / "config", {"test": url}, authority=str(trusted))))
    text = failure(lambda: api.get("/version", Version))
    assert "certificate that the kubeconfig does not trust" in text
    assert server.seen == []


def test_a_cluster_that_cannot_be_asked_is_the_only_finding(tmp_path: Path):
    path = kubeconfig(tmp_path / "config", {"test": "http://127.0.0.1:1"})
    cluster = {"kind": "existing", "context": "test", "storage_class": "fast", "kubeconfig": str(path)}
    [only] = preflight.findings(stack(cluster=cluster))
    assert "does not answer" in only.rule


def test_a_cluster_that_the_stack_made_says_where_its_kubeconfig_is(tmp_path: Path) -> None:
    place = AwsPlace(region="eu-central-1", api_access=("203.0.113.7/32",))
    made = ClusterArgs(
        kind=ClusterKind.EKS,
        context="shop",
        identifier="shop",
        kubeconfig=str(tmp_path / "none"),
        eks=EksArgs(place=place),
    )
    with pytest.raises(ClusterError) as caught:
        ClusterApi(made)
    assert "pulumi stack output kubeconfig --show-secrets > shop.kubeconfig" in str(caught.value)
