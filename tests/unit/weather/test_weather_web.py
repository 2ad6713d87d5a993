import asyncio
import json
from dataclasses import dataclass

import pytest
from weather.server import Asgi
from weather.upstream import UnknownCityError
from weather.watch import StoreError
from weather.web import Application, Request
from weather_fakes import World

LOST = StoreError("connection refused", lost=True)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> dict[str, object]:
        return json.loads(self.text)


class Browser:
    """Speaks to the real ASGI application, as the server does."""

    def __init__(self, world: World) -> None:
        self.application = Application(world.service)
        self._asgi = Asgi(self.application)

    def __call__(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        path, _, query = target.partition("?")
        raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
        chunks = [{"body": body[:7], "more_body": True}, {"body": body[7:]}]
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", **chunks.pop(0)}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        asyncio.run(self._asgi(scope, receive, send))  # pyright: ignore[reportArgumentType] (dicts are mappings)
        start, end = sent
        decoded = {name.decode(): value.decode() for name, value in start["headers"]}  # pyright: ignore
        return Reply(int(str(start["status"])), decoded, end["body"].decode())  # pyright: ignore


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def browse(world: World) -> Browser:
    return Browser(world)


def test_a_query_is_answered_cached_and_remembered(world: World, browse: Browser):
    first, second = browse("GET", "/api/weather?city=oslo").json(), browse("GET", "/api/weather?city=%20OSLO").json()
    assert (first["city"], first["source"], first["generated"]) == ("Oslo", "generated", True)
    assert first["cache"] == {"hit": False, "fresh_for_s": None}
    assert second["cache"] == {"hit": True, "fresh_for_s": 60}
    assert second["temperature_c"] == first["temperature_c"]
    assert world.asked == ["oslo"]
    history = browse("GET", "/api/history").json()["history"]
    assert isinstance(history, list)
    assert [query["city"] for query in history] == ["Oslo", "Oslo"]


def test_measured_weather_stays_in_the_cache_longer(world: World, browse: Browser):
    world.upstream_error = None
    browse("GET", "/api/weather?city=Oslo")
    assert browse("GET", "/api/weather?city=Oslo").json()["cache"] == {"hit": True, "fresh_for_s": 600}


@pytest.mark.parametrize("city", ["", "%20", "123", "a" * 81, "a%00b", "%1b[31mx"])
def test_a_city_that_is_no_name_is_refused(browse: Browser, city: str):
    assert browse("GET", f"/api/weather?city={city}").status == 400
    page = browse("GET", f"/?city={city}")
    assert page.status == 400
    assert 'role="status"' in page.text


def test_an_unknown_city_is_not_found_and_not_remembered(world: World, browse: Browser):
    world.upstream_error = UnknownCityError("Xyzzy")
    assert browse("GET", "/api/weather?city=Xyzzy").status == 404
    page = browse("GET", "/?city=Xyzzy")
    assert page.status == 404
    assert "knows no city named “Xyzzy”" in page.text
    assert world.history.queries == []


def test_the_page_shows_the_last_city_without_asking_for_it_again(world: World, browse: Browser):
    assert "<h2>Berlin</h2>" in browse("GET", "/").text
    browse("GET", "/?city=Rome")
    page = browse("GET", "/")
    assert "<h2>Rome</h2>" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert len(world.history.queries) == 1


def test_favourites_can_be_added_listed_and_removed(browse: Browser):
    assert browse("POST", "/api/favourites", b'{"city": "Oslo"}').status == 201
    again = browse("POST", "/api/favourites", b'{"city": "Oslo"}')
    assert (again.status, again.json()) == (200, {"added": False})
    assert browse("GET", "/api/favourites").json() == {"favourites": ["Oslo"]}
    assert browse("DELETE", "/api/favourites?city=Oslo").json() == {"removed": True}
    assert browse("DELETE", "/api/favourites?city=Oslo").json() == {"removed": False}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"city": 3}', b'{"town": "Oslo"}'])
def test_a_favourite_that_is_no_json_is_refused_with_an_example(browse: Browser, body: bytes):
    reply = browse("POST", "/api/favourites", body)
    assert reply.status == 400
    assert '{\\"city\\": \\"Oslo\\"}' in reply.text


def test_the_star_leads_back_to_the_same_city_without_a_query(world: World, browse: Browser):
    reply = browse("POST", "/favourites", "city=São+Paulo&back=São+Paulo&do=add".encode())
    assert (reply.status, reply.headers["location"]) == (303, "/?show=S%C3%A3o%20Paulo")
    page = browse("GET", "/?show=S%C3%A3o%20Paulo").text
    assert "★ Kept" in page
    assert world.history.queries == []
    browse("POST", "/favourites", "city=São+Paulo&back=&do=remove".encode())
    assert world.favourites.kept == []


@pytest.mark.parametrize("back", ["//evil.example/", "x%0d%0aSet-Cookie: a=b"])
def test_the_way_back_stays_on_this_site(browse: Browser, back: str):
    location = browse("POST", "/favourites", f"city=Oslo&back={back}".encode()).headers["location"]
    assert location.startswith("/?show=")
    assert "\r" not in location


def test_another_sites_form_cannot_change_anything(world: World, browse: Browser):
    for target, method in (("/favourites", "POST"), ("/api/favourites", "POST"), ("/api/favourites?city=a", "DELETE")):
        assert browse(method, target, b"city=Oslo", {"sec-fetch-site": "cross-site"}).status == 403
    assert world.favourites.kept == []
    assert browse("POST", "/favourites", b"city=Oslo", {"sec-fetch-site": "same-origin"}).status == 303


@pytest.mark.parametrize("broken", ["favourites", "history", "cache"])
def test_one_dead_store_costs_its_part_of_the_page_only(world: World, browse: Browser, broken: str):
    getattr(world, broken).error = LOST
    page = browse("GET", "/?city=Oslo")
    assert page.status == 200
    assert "<h2>Oslo</h2>" in page.text
    assert page.text.count("✗ connection refused") == 1
    assert browse("GET", "/readyz").status == 200
    assert browse("GET", "/api/weather?city=Oslo").status == 200


def test_with_all_stores_dead_the_page_still_works_and_says_so(world: World, browse: Browser):
    for store in (world.favourites, world.history, world.cache):
        store.error = LOST
    page = browse("GET", "/?city=Oslo")
    assert page.status == 200
    assert page.text.count("✗ connection refused") == 3
    assert page.text.count("Not available: connection refused") == 2
    assert browse("GET", "/readyz").status == 503
    assert browse("GET", "/healthz").status == 200, "a restart would not bring a database back"
    for target in ("/api/history", "/api/favourites"):
        reply = browse("GET", target)
        assert (reply.status, reply.json()) == (503, {"error": "connection refused"})
    world.favourites.error = None
    world.look()
    assert browse("GET", "/readyz").status == 200


def test_a_query_that_the_history_refuses_is_told_on_the_page(
    world: World, browse: Browser, monkeypatch: pytest.MonkeyPatch
):
    def refuse(query: object) -> None:
        raise StoreError("permission denied", lost=False)

    monkeypatch.setattr(world.history, "add", refuse)
    page = browse("GET", "/?city=Oslo")
    assert page.status == 200
    assert "This query was not kept: permission denied" in page.text
    assert browse("GET", "/api/weather?city=Oslo").json()["not_remembered"] == "permission denied"


def test_a_refused_star_is_told_on_the_page(world: World, browse: Browser):
    world.favourites.error = StoreError("is read-only", lost=False)
    reply = browse("POST", "/favourites", b"city=Oslo&back=Oslo")
    assert reply.status == 503
    assert "Favourites could not be changed: is read-only." in reply.text


def test_without_any_store_it_is_ready_and_shows_weather():
    browse = Browser(World(configured=False))
    assert browse("GET", "/readyz").json() == {
        "ready": True,
        "draining": False,
        "stores": {"postgres": "not configured", "mongodb": "not configured", "redis": "not configured"},
    }
    assert "<h2>Oslo</h2>" in browse("GET", "/?city=Oslo").text


def test_the_stores_route_tells_what_was_reached_and_how(browse: Browser):
    stores = browse("GET", "/api/stores").json()["stores"]
    assert isinstance(stores, list)
    assert [store["store"] for store in stores] == ["postgres", "mongodb", "redis"]
    assert stores[0] | {"latency_ms": 0} == {
        "store": "postgres",
        "configured": True,
        "reached": True,
        "reason": "",
        "latency_ms": 0,
        "version": "1.2",
        "tls": {"version": "TLSv1.3", "verified": True},
    }


def test_a_process_that_is_ending_is_alive_and_not_ready(browse: Browser):
    browse.application.draining = True
    assert browse("GET", "/readyz").status == 503
    assert browse("GET", "/healthz").status == 200
    assert browse("GET", "/").status == 200


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/burn?ms=100", 404),
        ("POST", "/", 405),
        ("DELETE", "/api/weather", 405),
        ("GET", "/?" + "&".join(f"a{number}=1" for number in range(11)), 400),
    ],
)
def test_what_cannot_be_answered_says_so(browse: Browser, method: str, target: str, status: int):
    reply = browse(method, target)
    assert reply.status == status
    assert reply.json()["error"]
    assert (status == 405) == ("allow" in reply.headers)


def test_a_large_body_is_not_read(browse: Browser):
    assert browse("POST", "/favourites", b"city=" + b"a" * 5000).status == 413


def test_head_is_get_without_a_body(browse: Browser):
    reply = browse("HEAD", "/")
    assert (reply.status, reply.text) == (200, "")
    assert int(reply.headers["content-length"]) > 1000


def test_every_answer_carries_the_security_headers(browse: Browser):
    for target in ("/", "/healthz", "/api/stores", "/nothing"):
        headers = browse("GET", target).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_the_log_is_one_json_line_a_request_without_what_was_asked(browse: Browser, capsys: pytest.CaptureFixture[str]):
    capsys.readouterr()
    browse("GET", "/api/weather?city=Oslo")
    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert {key: entry[key] for key in ("event", "method", "path", "status")} == {
        "event": "request",
        "method": "GET",
        "path": "/api/weather",
        "status": 200,
    }
    assert "Oslo" not in line


def test_a_bug_is_one_failed_request_and_its_text_stays_inside(
    world: World, browse: Browser, capsys: pytest.CaptureFixture[str]
):
    world.upstream_error = RuntimeError("postgresql://app:hunter2@db/app")
    reply = browse("GET", "/api/weather?city=Oslo")
    assert (reply.status, reply.json()) == (500, {"error": "internal error"})
    log = capsys.readouterr().out
    assert '"error": "RuntimeError"' in log
    assert "hunter2" not in log + reply.text


def test_handlers_need_no_server(world: World):
    assert Application(world.service).answer(Request(method="GET", path="/api/history")).status == 200
