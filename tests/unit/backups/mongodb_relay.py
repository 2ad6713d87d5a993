"""Between the database tools and FerretDB: what FerretDB does not know is left out, or done in its words."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import TypeAlias

OP_MSG = 2013
DOCUMENT, ARRAY = 3, 4
WIDTHS = {0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16, 0x7F: 0, 0xFF: 0}
TRUE = (0x08, b"\x01")

Value: TypeAlias = "bytes | Document"
Document: TypeAlias = "dict[str, tuple[int, Value]]"


def decode(data: bytes, at: int = 0) -> Document:
    """A document by names; what is no document or list stays as its bytes. Layout: bsonspec.org."""
    found: Document = {}
    at += 4
    while (kind := data[at]) != 0:
        end = data.index(0, at + 1)
        name, at = data[at + 1 : end].decode(), end + 1
        if kind in (DOCUMENT, ARRAY):
            size = struct.unpack_from("<i", data, at)[0]
            found[name] = kind, decode(data, at)
        else:
            size = _width(kind, data, at)
            found[name] = kind, data[at : at + size]
        at += size
    return found


def _width(kind: int, data: bytes, at: int) -> int:
    if kind in WIDTHS:
        return WIDTHS[kind]
    if kind == 0x0B:
        return data.index(0, data.index(0, at) + 1) + 1 - at
    size = struct.unpack_from("<i", data, at)[0]
    return size + {0x05: 5, 0x0C: 16, 0x0F: 0}.get(kind, 4)


def encode(document: Document) -> bytes:
    """Its bytes."""
    parts = [
        bytes([kind]) + name.encode() + b"\0" + (value if isinstance(value, bytes) else encode(value))
        for name, (kind, value) in document.items()
    ]
    body = b"".join(parts)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def text(value: str) -> tuple[int, bytes]:
    """A string as a value."""
    return 2, struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"


def known(command: Document) -> Document:
    """The command as FerretDB understands it."""
    command.pop("bypassEmptyTsReplacement", None)
    if "createIndexes" in command:
        for _, index in _parts(command, "indexes").values():
            assert isinstance(index, dict)
            index.pop("ns", None)
    if "listDatabases" in command:
        # Here every user would see the database of users.
        command["filter"] = DOCUMENT, {"name": text("app")}
    return applied(command) if "applyOps" in command else command


def applied(command: Document) -> Document:
    """One operation of an oplog as the write that it comes to: the document is put in its place whole, at each call."""
    [(_, operation)] = _parts(command, "applyOps").values()
    assert isinstance(operation, dict)
    kind, namespace = (_text(operation, name) for name in ("op", "ns"))
    database, _, collection = namespace.partition(".")
    content = _parts(operation, "o")
    where: Document
    if kind == "d":
        where = {"q": (DOCUMENT, content), "limit": (0x10, b"\x01\0\0\0")}
        write: Document = {"delete": text(collection), "deletes": (ARRAY, {"0": (DOCUMENT, where)})}
    else:
        content = _parts(content, "$set") if kind == "u" else content
        own: Document = {"_id": content["_id"]}
        where = {"q": (DOCUMENT, own), "u": (DOCUMENT, content), "upsert": TRUE}
        write = {"update": text(collection), "updates": (ARRAY, {"0": (DOCUMENT, where)})}
    kept = {name: value for name, value in command.items() if name in ("lsid", "txnNumber")}
    return {**write, **kept, "$db": text(database)}


def _parts(document: Document, name: str) -> Document:
    value = document[name][1]
    assert isinstance(value, dict)
    return value


def _text(document: Document, name: str) -> str:
    value = document[name][1]
    assert isinstance(value, bytes)
    return value[4:-1].decode()


class Relay:
    """Listens on `port` for a server on `behind`, whether it runs yet or not."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.behind = free.getsockname()[1]
        self.applied = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.behind)) as server:
            back = threading.Thread(target=self._pass, args=(server, client, self._renamed), daemon=True)
            back.start()
            self._pass(client, server, self._asked)
            back.join()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
        with contextlib.suppress(OSError):
            while header := _exactly(source, 4):
                message = header + _exactly(source, struct.unpack("<i", header)[0] - 4)
                target.sendall(change(message))
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _asked(self, message: bytes) -> bytes:
        kind, flags = struct.unpack_from("<12xiI", message)
        if kind != OP_MSG or message[20] != 0:
            return message
        size = struct.unpack_from("<i", message, 21)[0]
        command = decode(message, 21)
        self.applied += "applyOps" in command
        body = encode(known(command)) + message[21 + size :]
        return struct.pack("<i", len(body) + 21) + message[4:16] + struct.pack("<I", flags) + b"\0" + body

    def _renamed(self, message: bytes) -> bytes:
        """A member of a set tells its own address, which leads past here."""
        return message.replace(f"127.0.0.1:{self.behind}".encode(), f"127.0.0.1:{self.port}".encode())


def _exactly(source: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = source.recv(size - len(found))
        if not more:
            return b""
        found += more
    return found
