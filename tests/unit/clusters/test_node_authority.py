"""The kubeconfig of a single machine, made before the machine is: with real keys, against a real TLS server."""

import json
import socket
import ssl
import threading
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from stacks import CLUSTERS, config, up

from components.catalog import Cloud
from ladder.engine import PLACEHOLDERS, Properties, Run, ValuesRequest, plain
from ladder.engine.real_values import RealValues


class RealKeys:
    """Real keys and certificates; of what a cloud makes up, fixed texts."""

    def __init__(self, path: Path) -> None:
        self._real = RealValues(path)

    def outputs(self, request: ValuesRequest) -> Properties:
        return (self._real if request.type.startswith("tls:") else PLACEHOLDERS).outputs(request)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    values = RealKeys(tmp_path_factory.mktemp("keys") / "values.json")
    run = up(config(cloud=Cloud.AWS, cluster=CLUSTERS["single_node"]), values=values)
    assert run.error is None, run.error
    return run


def laid(run: Run) -> dict[str, str]:
    """What the machine finds in the parameter store, by file."""
    found = [plain(it.inputs) for it in run.registrations if it.type == "aws:ssm/parameter:Parameter"]
    return {str(it["name"]).rpartition("/")[2]: str(it["value"]) for it in found}  # pyright: ignore


def user(run: Run) -> dict[str, Any]:
    return json.loads(str(plain(run.outputs["kubeconfig"])))["users"][0]["user"]


def serving(run: Run, folder: Path) -> ssl.SSLContext:
    """What k3s does with its authorities: it signs a server's certificate, and asks clients for theirs."""
    files = laid(run)
    issuer = x509.load_pem_x509_certificate(files["server-ca.crt"].encode())
    issuer_key = serialization.load_pem_private_key(files["server-ca.key"].encode(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        issuer_name=issuer.subject,
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "k3s")]),
        public_key=key.public_key(), serial_number=1,
        not_valid_before=now - timedelta(days=1), not_valid_after=now + timedelta(days=1),
    ).add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)  # fmt: skip
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(
        key.private_bytes(*form)
        + certificate.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=files["client-ca.crt"])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "server.pem")
    return context


def test_the_kubeconfig_opens_what_the_machine_serves(made: Run, tmp_path: Path) -> None:
    cluster = json.loads(str(plain(made.outputs["kubeconfig"])))["clusters"][0]["cluster"]
    client = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
    mine = tmp_path / "client.pem"
    mine.write_bytes(b64decode(user(made)["client-key-data"]) + b64decode(user(made)["client-certificate-data"]))
    client.load_cert_chain(mine)
    seen: list[Any] = []
    server = serving(made, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with server.wrap_socket(listener.accept()[0], server_side=True) as connection:
                seen.append(connection.getpeercert())
                connection.recv(1)

        thread = threading.Thread(target=answer)
        thread.start()
        with client.wrap_socket(
            socket.create_connection(listener.getsockname()), server_hostname="127.0.0.1"
        ) as connection:
            connection.sendall(b".")
        thread.join(10)
    subject = {key: value for part in seen[0]["subject"] for key, value in part}
    assert subject == {"organizationName": "system:masters", "commonName": "ladder-admin"}


def test_the_administrators_certificate_is_short_and_signs_nothing(made: Run) -> None:
    certificate = x509.load_pem_x509_certificate(b64decode(user(made)["client-certificate-data"]))
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=365)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_two_authorities_are_different_and_last(made: Run) -> None:
    files = laid(made)
    authorities = [x509.load_pem_x509_certificate(files[f"{role}-ca.crt"].encode()) for role in ("server", "client")]
    assert authorities[0].public_key() != authorities[1].public_key()
    for authority in authorities:
        assert authority.not_valid_after_utc > datetime.now(UTC) + timedelta(days=3640)
        assert authority.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_no_key_leaves_the_state_but_through_the_parameter_store(made: Run) -> None:
    holders = {found.type for found in made.registrations if "PRIVATE KEY-----" in str(plain(found.inputs))}
    assert holders <= {
        "aws:ssm/parameter:Parameter",
        "tls:index/selfSignedCert:SelfSignedCert",
        "tls:index/certRequest:CertRequest",
        "tls:index/locallySignedCert:LocallySignedCert",
    }
