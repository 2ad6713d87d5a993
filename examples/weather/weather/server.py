"""The ASGI side: one request in, one line of log out, blocking work in threads."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import cast

from weather.watch import log
from weather.web import SECURITY_HEADERS, Application, Request, RequestError, Response

# Few: a thread is busy with a store or with rendering, and each store's pool lets at most eight in anyway.
_THREADS = 16
_LARGEST_BODY = 4096
_PATIENCE_S = 10.0  # more than all the timeouts of one page together

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Asgi:
    """The ASGI application around an Application."""

    def __init__(self, application: Application) -> None:
        """Starts no thread before the first request."""
        self._application = application
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other kinds of scope are refused by the server's settings."""
        start = time.perf_counter()
        method, path = str(scope["method"]), str(scope["path"])
        response = self._application.probe(path) or await self._respond(scope, receive)
        await _send(response, send, head=method == "HEAD")
        took_ms = round((time.perf_counter() - start) * 1000, 1)
        # The path without its query: what people ask for is not the log's business.
        log(
            {
                "event": "request",
                "method": method,
                "path": path,
                "status": int(response.status),
                "ms": took_ms,
            }
        )

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            request = await _read(scope, receive)
        except RequestError as error:
            return Response(status=error.status, kind="text/plain; charset=utf-8", body=f"{error}\n".encode())
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._answer, request)
        try:
            return await asyncio.wait_for(work, _PATIENCE_S)
        except TimeoutError:  # a server that is frozen, not dead: libpq has no time limit for reading
            return Response(status=HTTPStatus.GATEWAY_TIMEOUT, body=b'{"error": "a store is too slow"}\n')

    def _answer(self, request: Request) -> Response:
        try:
            return self._application.answer(request)
        except Exception as error:  # the last line of defence: a bug is one failed request, not a dead process
            # Places only: an exception's text may quote a URI with its password.
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            log({"event": "error", "error": type(error).__name__, "path": request.path, "at_code": places})
            return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, body=b'{"error": "internal error"}\n')


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        if len(body) > _LARGEST_BODY:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {_LARGEST_BODY} bytes are read")
        if not message.get("more_body"):
            break
    headers = cast("Iterable[tuple[bytes, bytes]]", scope["headers"])  # the shapes are ASGI's
    query = cast("bytes", scope["query_string"])
    return Request(
        method=str(scope["method"]),
        path=str(scope["path"]),
        query=query.decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in headers},
        body=body,
    )


async def _send(response: Response, send: Send, *, head: bool) -> None:
    headers = (
        ("Content-Type", response.kind),
        ("Content-Length", str(len(response.body))),
        *SECURITY_HEADERS,
        *response.headers,
    )
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(response.status), "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head else response.body})
