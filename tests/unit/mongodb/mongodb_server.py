"""A stand-in for mongod on loopback: answers `hello` over the wire protocol as a test says, and notes what it got."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OP_MSG = 2013


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where it listens, and the messages that it got."""

    port: int
    got: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def serving(answer: bytes | None, folder: Path | None = None) -> Iterator[Server]:
    """Listen until the block ends; give `answer` to every message, or stay silent.

    Args:
        answer: What to send, header included.
        folder: For a certificate; speak TLS then.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    server = Server(port=listener.getsockname()[1])
    context = _context(folder) if folder else None
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                _serve(listener, context, server, answer, over)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join()
        listener.close()


def _serve(
    listener: socket.socket,
    context: ssl.SSLContext | None,
    server: Server,
    answer: bytes | None,
    over: threading.Event,
) -> None:
    raw, _ = listener.accept()
    raw.settimeout(5)
    with raw, context.wrap_socket(raw, server_side=True) if context else raw as client:
        if message := _message(client):
            server.got.append(message)
            if answer is None:
                over.wait()
            else:
                client.sendall(answer)
                client.recv(1)


def _message(client: socket.socket) -> bytes:
    """One whole message, which may come in pieces; nothing from a client that only looked in."""
    message = client.recv(4)
    while message and len(message) < struct.unpack("<i", message[:4])[0]:
        message += client.recv(1024)
    return message


def reply(booleans: Mapping[str, bool], hosts: Sequence[str] = ()) -> bytes:
    """The OP_MSG with which a server answers `hello`."""
    listed = _document(b"".join(b"\x02%d\0" % n + _text(host) for n, host in enumerate(hosts)))
    elements = b"".join(b"\x08" + name.encode() + b"\0" + bytes([value]) for name, value in booleans.items())
    if hosts:
        elements = b"\x04hosts\0" + listed + elements
    body = struct.pack("<I", 0) + b"\0" + _document(elements)
    return struct.pack("<iiii", 16 + len(body), 7, 1, OP_MSG) + body


def _document(elements: bytes) -> bytes:
    return struct.pack("<i", 4 + len(elements) + 1) + elements + b"\0"


def _text(value: str) -> bytes:
    return struct.pack("<i", len(value) + 1) + value.encode() + b"\0"


def _context(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    ).sign(key, hashes.SHA256())
    pem = folder / "certificate.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
