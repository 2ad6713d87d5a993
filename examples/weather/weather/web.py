"""The web side: routes and answers, without a server or a socket."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar, cast
from urllib.parse import parse_qs, quote

from weather.page import CONTENT_SECURITY_POLICY, View, render
from weather.service import DEFAULT_CITY, CityError, Service
from weather.upstream import UnknownCityError
from weather.watch import StoreError, ready

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; header names are in lower case, the body is complete."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer."""

    status: HTTPStatus = HTTPStatus.OK
    kind: str = "application/json"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class RequestError(Exception):
    """A request that cannot be answered as asked."""

    def __init__(self, status: HTTPStatus, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """`text` is what the client reads."""
        super().__init__(text)
        self.status = status
        self.headers = headers


SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


class Application:
    """Answers requests. `draining` is set when the process is about to end."""

    def __init__(self, service: Service) -> None:
        """Serves the page, the API and the probes of `service`."""
        self._service = service
        self.draining = False
        self._routes: dict[str, dict[str, Callable[[Request], Response]]] = {
            "/": {"GET": self._page},
            "/favourites": {"POST": self._favourites_form},
            "/api/weather": {"GET": self._weather},
            "/api/history": {"GET": self._history},
            "/api/favourites": {"GET": self._favourites, "POST": self._add, "DELETE": self._remove},
            "/api/stores": {"GET": self._stores},
        }

    def probe(self, path: str) -> Response | None:
        """The answer to a probe, from memory alone, so that busy threads or dead stores cannot delay it."""
        match path:
            case "/healthz":
                return _json({"alive": True})
            case "/readyz":
                statuses = self._service.stores.statuses()
                is_ready = not self.draining and ready(statuses)
                body = {
                    "ready": is_ready,
                    "draining": self.draining,
                    "stores": {status.store.value: status.reason or "reached" for status in statuses},
                }
                return _json(body, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)
            case _:
                return None

    def answer(self, request: Request) -> Response:
        """Any other answer; may take as long as a store or the public weather service."""
        try:
            return self._handler(request)(request)
        except RequestError as error:
            return _json({"error": str(error)}, error.status, error.headers)
        except CityError as error:
            return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        except UnknownCityError as error:
            return _json({"error": f"no city named {error} is known"}, HTTPStatus.NOT_FOUND)
        except StoreError as error:
            return _json({"error": error.reason}, HTTPStatus.SERVICE_UNAVAILABLE, (("Retry-After", "5"),))

    def _handler(self, request: Request) -> Callable[[Request], Response]:
        methods = self._routes.get(request.path)
        if methods is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "there is nothing here")
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join(sorted(methods))
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, f"allowed here: {allowed}", (("Allow", allowed),))
        # Nobody signs in here, so any site's form could write; browsers say where a request comes from.
        if request.method in ("POST", "DELETE") and request.headers.get("sec-fetch-site") in (
            "cross-site",
            "same-site",
        ):
            raise RequestError(HTTPStatus.FORBIDDEN, "only this site's own pages may change favourites")
        return handler

    def _page(self, request: Request) -> Response:
        asked = _parameter(request.query, "city")
        if asked is not None:
            return self._show(asked, remember=True)
        return self._show(_parameter(request.query, "show"), remember=False)

    def _favourites_form(self, request: Request) -> Response:
        form = _decode(request.body)
        city, back = _parameter(form, "city") or "", _parameter(form, "back") or ""
        try:
            if _parameter(form, "do") == "remove":
                self._service.remove_favourite(city)
            else:
                self._service.add_favourite(city)
        except StoreError as error:
            text = f"Favourites could not be changed: {error.reason}."
            return self._show(back or None, remember=False, message=text, status=HTTPStatus.SERVICE_UNAVAILABLE)
        # "show", not "city": a click on a star is no question for the history.
        return Response(status=HTTPStatus.SEE_OTHER, headers=(("Location", f"/?show={quote(back)}" if back else "/"),))

    def _show(
        self, city: str | None, *, remember: bool, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        """The page for a city; for None, of the last one that anyone asked for."""
        history = _or_reason(self._service.history)
        last = history[0].city if isinstance(history, list) and history else DEFAULT_CITY
        answer = None
        try:
            answer = self._service.weather(last if city is None else city, remember=remember)
        except CityError as error:
            status, message = HTTPStatus.BAD_REQUEST, str(error)
        except UnknownCityError as error:
            status, message = HTTPStatus.NOT_FOUND, f"open-meteo.com knows no city named “{error}”."
        view = View(
            now=self._service.now(),
            answer=answer,
            message=message,
            favourites=_or_reason(self._service.favourites),
            history=_or_reason(self._service.history) if remember else history,
            statuses=self._service.stores.statuses(),
        )
        return Response(status=status, kind="text/html; charset=utf-8", body=render(view).encode())

    def _weather(self, request: Request) -> Response:
        answer = self._service.weather(_parameter(request.query, "city") or "", remember=True)
        cache = {"hit": answer.cached_for_s is not None, "fresh_for_s": answer.cached_for_s}
        return _json({**answer.report.to_json(), "cache": cache, "not_remembered": answer.not_remembered})

    def _history(self, request: Request) -> Response:
        return _json({"history": [query.to_json() for query in self._service.history()]})

    def _favourites(self, request: Request) -> Response:
        return _json({"favourites": self._service.favourites()})

    def _add(self, request: Request) -> Response:
        added = self._service.add_favourite(_json_city(request.body))
        return _json({"added": added}, HTTPStatus.CREATED if added else HTTPStatus.OK)

    def _remove(self, request: Request) -> Response:
        return _json({"removed": self._service.remove_favourite(_parameter(request.query, "city") or "")})

    def _stores(self, request: Request) -> Response:
        return _json({"stores": [status.to_json() for status in self._service.stores.statuses()]})


def _or_reason(read: Callable[[], list[T]]) -> list[T] | str:
    try:
        return read()
    except StoreError as error:
        return error.reason


def _parameter(text: str, name: str) -> str | None:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=10).get(name, [None])[0]
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "at most ten parameters are read") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the form must be UTF-8") from error


def _json_city(body: bytes) -> str:
    try:
        data: object = json.loads(body)
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, 'the body must be JSON such as {"city": "Oslo"}') from error
    city = cast("dict[str, object]", data).get("city") if isinstance(data, dict) else None
    if not isinstance(city, str):
        raise RequestError(HTTPStatus.BAD_REQUEST, 'the body must be JSON such as {"city": "Oslo"}')
    return city


def _json(data: object, status: HTTPStatus = HTTPStatus.OK, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    return Response(status=status, body=json.dumps(data, ensure_ascii=False).encode() + b"\n", headers=headers)
