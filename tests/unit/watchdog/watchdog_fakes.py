"""Servers on loopback in place of the cluster, the webhook and the receiver of pings; a script in restic's place."""

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from components.backups.watchdog.program.cluster import Api
from components.backups.watchdog.program.repository import Restic

TOKEN = "test-token"  # noqa: S105 (of a server on loopback)


class Fake:
    """A server that remembers what it was asked; `answer` decides."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[Mapping[str, str]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                fake.asked.append((self.command, self.path, body))
                fake.headers.append(dict(self.headers))
                status, text = fake.answer(self.command, self.path, body)
                self.send_response(status)
                for name, value in fake.answer_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 (the base's own names)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.answer_headers: dict[str, str] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, method: str, path: str, body: str) -> tuple[int, str]:
        return 200, "ok"


class Receiver(Fake):
    """A webhook, or what waits for pings."""

    status = 200

    def answer(self, method: str, path: str, body: str) -> tuple[int, str]:
        return self.status, "ok"

    @property
    def texts(self) -> list[str]:
        return [json.loads(body)["text"] for method, _, body in self.asked if method == "POST"]


class Cluster(Fake):
    """An API server of dictionaries, and one ConfigMap that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, list[object]] = {"jobs": [], "cronjobs": [], "pods": []}
        self.logs: dict[str, str] = {}
        self.data: dict[str, str] | None = {}
        self.broken = 0

    def answer(self, method: str, path: str, body: str) -> tuple[int, str]:
        where = urlsplit(path)
        last = where.path.rpartition("/")[2]
        if self.broken:
            return self.broken, json.dumps({"message": "etcd is unhappy"})
        if last == "log":
            pod = where.path.split("/")[-2]
            return (200, self.logs[pod]) if pod in self.logs else (404, json.dumps({"message": f"no pod {pod}"}))
        if last == "ladder-health":
            if self.data is None:
                return 404, json.dumps({"message": 'configmaps "ladder-health" not found'})
            if method == "PATCH":
                self.data.update(json.loads(body)["data"])
            return 200, json.dumps({"data": self.data} if self.data else {})
        assert parse_qs(where.query)["labelSelector"] == ["app.kubernetes.io/name=ladder-backup"]
        return 200, json.dumps({"items": self.objects[last]})

    @property
    def report(self) -> dict:
        assert self.data is not None
        return json.loads(self.data["report.json"])


@contextmanager
def serving(*fakes: Fake) -> Iterator[None]:
    for fake in fakes:
        threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield
    finally:
        for fake in fakes:
            fake.server.shutdown()
            fake.server.server_close()


def api(fake: Fake, folder: Path) -> Api:
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    return Api(url=fake.url, token=token, namespace="ladder-prod")


SCRIPT = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({here!r})
with (here / "asked").open("a") as log:
    log.write(json.dumps({{"args": sys.argv[1:], "env": dict(os.environ)}}) + "\\n")
name = "-".join(word for word in sys.argv[1:] if not word.startswith("--"))
said = here / name
if said.exists():
    print(said.read_text())
failing = here / "failing"
if failing.exists():
    status, words = failing.read_text().split(" ", 1)
    sys.stderr.write(words + "\\n")
    sys.exit(int(status))
"""


class FakeRestic:
    """A script in restic's place: says what lies in files named after its words, and remembers how it was called."""

    def __init__(self, folder: Path, store: str = "postgres") -> None:
        self.folder = folder
        binary = folder / "restic"
        binary.write_text(SCRIPT.format(python=sys.executable, here=str(folder)))
        binary.chmod(0o755)
        (folder / "world.crt").write_text("WORLD\n")
        secrets = folder / "repositories" / store
        secrets.mkdir(parents=True)
        for name, text in (
            ("RESTIC_REPOSITORY", "s3:https://vault/bucket"),
            ("RESTIC_PASSWORD", "test-password\n"),
            ("AWS_ACCESS_KEY_ID", "writer"),
            ("ca.crt", "OWN\n"),
        ):
            (secrets / name).write_text(text)
        self.restic = Restic(
            binary=binary, authorities=folder / "world.crt", work=folder / "work", secrets=folder / "repositories"
        )
        self.says("snapshots", "[]")

    def says(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def fails(self, status: int, words: str) -> None:
        (self.folder / "failing").write_text(f"{status} {words}")

    def mends(self) -> None:
        (self.folder / "failing").unlink()

    @property
    def asked(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]


def snapshot(time: str, **tags: object) -> dict[str, object]:
    return {"time": time, "id": "ab" * 32, "tags": [f"{name}={value}" for name, value in tags.items()]}


def a_run(time: str, run: str, *, verified: str | None = None, state: str = "ok") -> list[dict[str, object]]:
    """The snapshots of a whole run."""
    named = {"store": "postgres", "run": run}
    made = [snapshot(time, kind=part, **named) for part in ("globals", "app")]
    made.append(snapshot(time, kind="manifest", parts="globals+app", bytes=1000, lines=41, state=state, **named))
    return [*made, *([snapshot(verified, kind="verified", result="ok", **named)] if verified else [])]
