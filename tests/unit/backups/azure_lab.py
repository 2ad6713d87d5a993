"""An Azure on loopback: Microsoft's emulator of Blob Storage, a place that exchanges tokens, and the way to both.

Everything has the name that it has in Azure, so a job runs with what a pod has: a proxy that the client is told of
leads names to ports, and all certificates come from an authority of the tests.
"""

import base64
import datetime
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

EMULATOR = shutil.which("azurite-blob")
WITHOUT = "needs azurite-blob on PATH (npm install azurite)"
ACCOUNT = "acmebackups"
STORAGE = f"{ACCOUNT}.blob.core.windows.net"
LOGIN = "login.microsoftonline.com"
TENANT = "0b1f6471-1bf0-4dda-aec3-111122223333"
CLIENT = "5d1c7f0a-0000-4000-8000-444455556666"
ASSERTION = "test-token-of-a-service-account"


class Azure:
    """What stands on loopback.

    Attributes:
        ca: PEM of the authority behind every certificate.
        env: What the webhook of Azure and the vault's stack give to a pod beside the token, and the way to get there.
        asked: Every request for a token that came.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[dict[str, str]] = []
        self.ca = certificates(folder, STORAGE, LOGIN)
        self.trust = ssl.create_default_context(cadata=self.ca)
        self.trust.check_hostname = False
        self.env = {
            "RESTIC_REPOSITORY": "azure:backups:/ladder.dev/postgres",
            "AZURE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_AUTHORITY_HOST": f"https://{LOGIN}/",
        }


@contextmanager
def azure(folder: Path) -> Iterator[Azure]:
    """An Azure with one container, which is empty."""
    assert EMULATOR
    found = Azure(folder)
    port = _free_port()
    front = ThreadingHTTPServer(("127.0.0.1", 0), _front(found, port))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    front.socket = context.wrap_socket(front.socket, server_side=True, do_handshake_on_connect=False)
    proxy = _Proxy(front.server_port)
    found.env["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.server_address[1]}"
    key = base64.b64encode(b"test-key-of-no-account").decode()
    process = subprocess.Popen(
        [
            EMULATOR, "--blobPort", str(port), "--location", str(folder / "blobs"), "--oauth", "basic", "--silent",
            "--cert", str(folder / "server.crt"), "--key", str(folder / "server.key"), "--disableTelemetry",
            "--skipApiVersionCheck",
        ],
        env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    servers = (front, proxy)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _wait_for(port)
        signed = {"Authorization": f"Bearer {_token()}", "x-ms-version": "2021-08-06", "Content-Length": "0"}
        status, said, _ = _ask(found, port, "PUT", "/backups?restype=container", signed, b"")
        assert status == 201, said
        yield found
    finally:
        process.terminate()
        process.wait(30)
        for server in servers:
            server.shutdown()
            server.server_close()


def _front(azure: Azure, port: int) -> type[BaseHTTPRequestHandler]:
    """Exchanges a token of a service account for one of an identity, and hands everything else to the emulator."""
    place = f"https://{LOGIN}/{TENANT}"
    known: dict[str, Any] = {
        "issuer": f"{place}/v2.0",
        "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
        "token_endpoint": f"{place}/oauth2/v2.0/token",
        "tenant_discovery_endpoint": f"{place}/v2.0/.well-known/openid-configuration",
        "metadata": [{"preferred_network": LOGIN, "preferred_cache": LOGIN, "aliases": [LOGIN]}],
    }

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers["Host"] == STORAGE:
                # The emulator refuses an empty header, which restic sends and Azure takes for none.
                given = {name: value for name, value in self.headers.items() if value}
                self._answer(*_ask(azure, port, self.command, self.path, given, body))
            elif self.command == "GET":
                self._answer(200, json.dumps(known).encode(), {})
            else:
                self._answer(*self._token({key: value[0] for key, value in parse_qs(body.decode()).items()}), {})

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do  # noqa: N815 (names of the base)

        def _token(self, asked: dict[str, str]) -> tuple[int, bytes]:
            azure.asked.append(asked)
            if (asked.get("client_assertion"), asked.get("client_id")) != (ASSERTION, CLIENT):
                return 401, b'{"error": "invalid_client", "error_description": "AADSTS70021: no such credential"}'
            return 200, json.dumps({"token_type": "Bearer", "expires_in": 3600, "access_token": _token()}).encode()

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            given = {name.lower(): value for name, value in headers.items()}
            for name, value in ({"content-length": str(len(body)), "content-type": "application/json"} | given).items():
                if name not in ("connection", "date", "keep-alive", "server", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    return Front


def _ask(
    azure: Azure, port: int, verb: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes, dict[str, str]]:
    """What the emulator says; it takes tokens over TLS alone, and reads the account from the name of the host."""
    with closing(HTTPSConnection("127.0.0.1", port, context=azure.trust, timeout=60)) as connection:
        connection.request(verb, path, body, {**headers, "Host": STORAGE})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())


def _token() -> str:
    now = int(time.time())
    said = {"aud": "https://storage.azure.com", "iss": f"https://sts.windows.net/{TENANT}/", "nbf": now - 60}
    parts = ({"alg": "RS256", "typ": "JWT"}, {**said, "iat": now - 60, "exp": now + 3600, "oid": CLIENT, "tid": TENANT})
    texts = (*(json.dumps(part).encode() for part in parts), b"no signature: the emulator asks for none")
    return ".".join(base64.urlsafe_b64encode(it).decode().rstrip("=") for it in texts)


class _Proxy(socketserver.ThreadingTCPServer):
    """Leads the names of Azure to a port of this machine, and refuses every other."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(("127.0.0.1", 0), _Connect)


class _Connect(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        host = self.rfile.readline().split()[1].decode().rpartition(":")[0]
        while self.rfile.readline().strip():
            pass
        assert isinstance(self.server, _Proxy)
        if host not in (STORAGE, LOGIN):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the emulator does not listen"
            time.sleep(0.2)
        else:
            return


def certificates(folder: Path, *hosts: str) -> str:
    """Write `server.crt` and `server.key`, for all of `hosts`; return the authority's PEM."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    base = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(now - datetime.timedelta(hours=1))
    base = base.not_valid_after(now + datetime.timedelta(days=2))
    ca = base.subject_name(issuer).public_key(authority.public_key()).serial_number(x509.random_serial_number())
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    leaf = base.subject_name(x509.Name([])).public_key(server.public_key())
    leaf = leaf.serial_number(x509.random_serial_number()).add_extension(names, critical=True)
    pem = serialization.Encoding.PEM
    text = ca.sign(authority, hashes.SHA256()).public_bytes(pem).decode()
    (folder / "server.crt").write_bytes(leaf.sign(authority, hashes.SHA256()).public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(server.private_bytes(pem, *plain))
    return text
