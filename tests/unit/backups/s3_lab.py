"""An S3 server on loopback, over TLS with an authority of the tests, that fails on command."""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from azure_lab import certificates

BUCKET = "backups"


@dataclass(frozen=True)
class Fault:
    """How a request fails: an answer of S3, silence, or a connection that ends in the middle of what is sent."""

    status: int = 0
    code: str = ""
    stalls: bool = False
    cuts: bool = False


@dataclass
class S3:
    """What the server holds, and how it fails.

    Attributes:
        ca: PEM of the authority behind its certificate.
        fault: By verb and path, how the next request fails; None when it does not.
        objects: Content by path.
    """

    ca: str = ""
    url: str = ""
    fault: Callable[[str, str], Fault | None] = lambda _verb, _path: None
    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def s3(folder: Path) -> Iterator[S3]:
    """A server with one empty bucket."""
    found = S3(ca=certificates(folder, "localhost"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda request, client_address: None  # whoever hangs up is what is tested
    found.url = f"s3:https://localhost:{server.server_port}/{BUCKET}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        found.over.set()
        server.shutdown()
        server.server_close()


def _handler(s3: S3) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            path, query = unquote(urlsplit(self.path).path), parse_qs(urlsplit(self.path).query)
            fault = s3.fault(self.command, path)
            size = int(self.headers.get("Content-Length", 0))
            if fault and fault.cuts:
                self.rfile.read(size // 2)
                self.close_connection = True
                self.connection.close()
                return
            body = self._plain(self.rfile.read(size))
            if fault and fault.stalls:
                s3.over.wait(120)
            if fault:
                self._answer(fault.status, f"<Error><Code>{fault.code}</Code><Message>{fault.code}</Message></Error>")
            elif path.strip("/") == BUCKET:
                self._answer(200, _listing(s3, query.get("prefix", [""])[0]) if self.command == "GET" else "")
            elif self.command == "PUT":
                s3.objects[path] = body
                self._answer(200, "")
            elif self.command == "DELETE":
                s3.objects.pop(path, None)
                self._answer(204, "")
            elif path in s3.objects:
                self._object(s3.objects[path])
            else:
                self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do  # noqa: N815 (names of the base)

        def _plain(self, body: bytes) -> bytes:
            """What was sent in signed pieces, without their heads."""
            if not self.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
                return body
            found = b""
            while body:
                head, _, rest = body.partition(b"\r\n")
                size = int(head.partition(b";")[0] or b"0", 16)
                if size == 0:
                    break
                found, body = found + rest[:size], rest[size + 2 :]
            return found

        def _object(self, content: bytes) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if asked is None:
                self._send(200, content, {})
                return
            first, last = int(asked[1]), int(asked[2] or len(content) - 1)
            span = f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
            self._send(206, content[first : last + 1], {"Content-Range": span})

        def _answer(self, status: int, text: str) -> None:
            self._send(status, text.encode(), {"Content-Type": "application/xml"})

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Last-Modified", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
            self.send_header("ETag", '"test"')
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    return Handler


def _listing(s3: S3, prefix: str) -> str:
    names = sorted(it.removeprefix(f"/{BUCKET}/") for it in s3.objects)
    found = "".join(
        f"<Contents><Key>{escape(it)}</Key><Size>{len(s3.objects[f'/{BUCKET}/{it}'])}</Size></Contents>"
        for it in names
        if it.startswith(prefix)
    )
    return f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
