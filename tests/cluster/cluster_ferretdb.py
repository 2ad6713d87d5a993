"""A MongoDB-compatible server on this machine, with a certificate of an authority of the tests."""

import contextlib
import ipaddress
import json
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "test-password-of-ferretdb"  # noqa: S105 (a test's)


@dataclass(frozen=True, kw_only=True)
class FerretDb:
    """Where it is, whom to trust, and the files behind it."""

    address: str
    port: int
    ca: str
    folder: Path
    version: str

    @property
    def uri(self) -> str:
        """As an application uses it."""
        trust = "tls=true&tlsCAFile=/etc/ladder/ca.crt"
        return f"mongodb://app:{PASSWORD}@{self.address}:{self.port}/app?authSource=admin&{trust}"

    def documents(self) -> list[dict[str, Any]]:
        """What database `app` holds, read past the server."""
        file = self.folder / "data" / "app.sqlite"
        if not file.exists():
            return []
        with contextlib.closing(sqlite3.connect(file)) as database:
            names = database.execute("select name from sqlite_master where type = 'table' and name like 'queries%'")
            tables = [name for (name,) in names]
            rows = [row for table in tables for row in database.execute(f'select * from "{table}"')]
        return [json.loads(row[0]) for row in rows]


@contextlib.contextmanager
def serving(address: str, folder: Path) -> Iterator[FerretDb]:
    """Run it until the block ends."""
    ca = certificates(address, folder)
    (folder / "data").mkdir()
    told = subprocess.run(["ferretdb", "--version"], check=True, capture_output=True, text=True).stdout
    version = next(line.split(":")[1].strip() for line in told.splitlines() if line.startswith("version:"))
    with socket.create_server((address, 0)) as free:
        port = free.getsockname()[1]
    command = [
        # It must not outlive a test run that was killed.
        *("setpriv", "--pdeathsig", "TERM"),
        "ferretdb",
        "--handler=sqlite",
        f"--sqlite-url=file:{folder}/data/",
        f"--state-dir={folder}",
        "--listen-addr=",
        f"--listen-tls={address}:{port}",
        f"--listen-tls-cert-file={folder}/server.crt",
        f"--listen-tls-key-file={folder}/server.key",
        "--debug-addr=-",
        "--telemetry=disable",
        "--test-enable-new-auth",
        "--setup-database=admin",
        "--setup-username=app",
        f"--setup-password={PASSWORD}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        deadline = time.monotonic() + 30
        while not _listens(address, port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield FerretDb(address=address, port=port, ca=ca, folder=folder, version=version)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listens(address: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


def certificates(address: str, folder: Path) -> str:
    """Write the server's key and certificate; return the authority's, PEM."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ferretdb")])
    start, end = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC) + timedelta(days=1)

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, extension: x509.ExtensionType) -> str:
        builder = x509.CertificateBuilder(ca_name, subject, public, x509.random_serial_number(), start, end)
        made = builder.add_extension(extension, critical=False).sign(ca_key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    (folder / "server.crt").write_text(signed(name, key.public_key(), names))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return signed(ca_name, ca_key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
