import base64
import re
from dataclasses import replace
from hashlib import sha256

import pytest
from weather.generator import generate
from weather.html import Html, fill
from weather.page import CONTENT_SECURITY_POLICY, View, render
from weather.queries import Query
from weather.report import Sky, Source
from weather.service import Answer
from weather.settings import Store
from weather.watch import Facts, Status, Tls
from weather_fakes import NOW

EVIL = """<script>alert("1")</script>'&"""
REPORT = generate("Oslo", NOW, note="open-meteo.com did not answer within 2 s")
VIEW = View(
    now=NOW,
    answer=Answer(report=REPORT, cached_for_s=None),
    message="",
    favourites=["Oslo", "Rome"],
    history=[Query(city="Rome", at=NOW, temperature_c=-3.6, sky="clear", source="generated")],
    statuses=[],
)


def text_of(view: View) -> str:
    body = re.sub(r"<style>.*?</style>", "", render(view), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_it_shows_the_weather_the_favourites_and_the_history():
    text = text_of(VIEW)
    for part in ("Oslo", "Norway", f"{round(REPORT.temperature_c)}°", "Feels like", "Rome", "−4° just now"):  # noqa: RUF001
        assert part in text


def test_generated_weather_is_labelled_and_measured_weather_names_its_source():
    assert "Generated Not a measurement: open-meteo.com did not answer within 2 s." in text_of(VIEW)
    measured = replace(REPORT, source=Source.OPEN_METEO, note="")
    text = text_of(replace(VIEW, answer=Answer(report=measured, cached_for_s=30)))
    assert "Generated" not in text
    assert "Weather data by Open-Meteo.com . From the cache, fresh for 30 s more." in text


def test_no_text_from_outside_becomes_markup():
    place = replace(REPORT.place, name=EVIL, country=EVIL)
    query = Query(city=EVIL, at=NOW, temperature_c=1, sky=EVIL, source=EVIL)
    status = Status(store=Store.REDIS, configured=True, reached=True, facts=Facts(version=EVIL))
    page = render(
        View(
            now=NOW,
            answer=Answer(report=replace(REPORT, place=place, note=EVIL), cached_for_s=None, not_remembered=EVIL),
            message=EVIL,
            favourites=[EVIL],
            history=[query],
            statuses=[status, replace(status, reached=False, reason=EVIL)],
        )
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 8
    assert not re.search(r'="[^"]*<', page.replace("<style>", "")), "an attribute was left open"


def test_fill_escapes_all_but_markup():
    assert fill("<p title='$a'>$b</p>", a="'\"", b=Html("<b>x</b>")) == "<p title='&#x27;&quot;'><b>x</b></p>"


def test_the_policy_allows_this_style_sheet_and_nothing_else_runs():
    page = render(VIEW)
    style = re.search(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert not re.search(r"<script|\sstyle=|\son\w+=|(src|href)=\"http(?!s://open-meteo\.com/)", page)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"configured": False}, "postgres not configured"),
        ({"configured": True, "reason": "connection refused"}, "postgres ✗ connection refused"),
        ({"configured": True, "reached": True, "latency_ms": 1.25}, "postgres ✓ 1.2 ms plaintext"),
        (
            {
                "configured": True,
                "reached": True,
                "latency_ms": 1,
                "facts": Facts(tls=Tls(version="TLSv1.3", verified=True)),
            },
            "postgres ✓ 1.0 ms TLSv1.3",
        ),
        (
            {
                "configured": True,
                "reached": True,
                "latency_ms": 1,
                "facts": Facts(tls=Tls(version="TLSv1.3", verified=False)),
            },
            "postgres ✓ 1.0 ms TLSv1.3, not verified",
        ),
    ],
)
def test_the_footer_tells_how_each_store_is(status: dict[str, object], text: str):
    shown = Status(store=Store.POSTGRES, **status)  # pyright: ignore[reportArgumentType] (a table of fields)
    assert text_of(replace(VIEW, statuses=[shown])).endswith(f"stores {text}")


def test_a_list_that_cannot_be_read_says_why():
    text = text_of(replace(VIEW, favourites="connection refused", history="not configured"))
    assert "Favourites Not available: connection refused" in text
    assert "Asked lately Not available: not configured" in text
    assert "Keep" not in text, "a button that cannot work is not shown"


@pytest.mark.parametrize("sky", list(Sky))
@pytest.mark.parametrize("is_day", [True, False])
def test_every_sky_has_a_drawing_and_a_colour(sky: Sky, *, is_day: bool):
    page = render(replace(VIEW, answer=Answer(report=replace(REPORT, sky=sky, is_day=is_day), cached_for_s=None)))
    mood = re.search(r'data-sky="(\w+)"', page)
    assert mood is not None
    assert mood[1] == "fair" or f'data-sky="{mood[1]}"]' in page, "the style sheet lacks this sky"
    assert sky.value.capitalize() in page


def test_a_report_without_a_forecast_still_renders():
    assert "Oslo" in render(replace(VIEW, answer=Answer(report=replace(REPORT, hours=()), cached_for_s=None)))
