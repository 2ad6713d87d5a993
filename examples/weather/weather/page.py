"""The page. Pure: what it shows is all in its argument."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from weather.html import Html, fill, join
from weather.icons import curve, icon
from weather.queries import Query, ago, collapse
from weather.report import Report, Sky, Source
from weather.service import HISTORY_SHOWN, Answer
from weather.watch import Status

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()

# No script at all, no other host, and only this very style sheet.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_DOCUMENT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
%3Ccircle cx='8' cy='8' r='6' fill='%23f5b942'/%3E%3C/svg%3E">
<style>$style</style>
<header>
  <h1><a href="/">Weather</a></h1>
  <form class="search" action="/" role="search">
    <input name="city" aria-label="City" placeholder="Another city" maxlength="80" required>
    <button>Show</button>
  </form>
</header>
$message
<main>
$now
<div class="lists">
<section><h3>Favourites</h3>$favourites</section>
<section><h3>Asked lately</h3>$history</section>
</div>
</main>
<footer><span>stores</span>$stores</footer>
</html>
"""

_NOW = """<article class="now" data-sky="$mood">
  <div class="top"><div><h2>$city</h2><p>$where</p></div>$keep</div>
  <div class="reading">$icon<div><span class="degrees">$degrees°</span><p class="sky">$sky</p></div>
    <dl class="facts"><dt>Feels like</dt><dd>$feels °C</dd><dt>Humidity</dt><dd>$humidity %</dd>\
<dt>Wind</dt><dd>$wind km/h</dd><dt>Next 24 h</dt><dd>$low … $high °C</dd></dl></div>
  $curve
  <div class="hours">$hours</div>
  <p class="source">$source</p>
</article>"""

_KEEP = """<form class="keep" method="post" action="/favourites">
  <input type="hidden" name="city" value="$city"><input type="hidden" name="back" value="$city">
  <button name="do" value="$do">$label</button></form>"""

_FAVOURITE = """<li>$link<form class="end" method="post" action="/favourites">
  <input type="hidden" name="city" value="$city"><input type="hidden" name="back" value="$back">
  <button name="do" value="remove" title="Remove" aria-label="Remove $city">&times;</button></form></li>"""

_QUERY = """<li>$link<span class="soft">$times</span>
  <span class="end">$degrees°</span><span class="soft">$ago</span></li>"""


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything on the page. A list that could not be read is replaced by the reason (text)."""

    now: datetime
    answer: Answer | None
    message: str
    favourites: list[str] | str
    history: list[Query] | str
    statuses: list[Status]


def render(view: View) -> Html:
    """The whole document."""
    city = "" if view.answer is None else view.answer.report.place.name
    return fill(
        _DOCUMENT,
        title=f"{city} · Weather" if city else "Weather",
        style=Html(_STYLE),
        message=fill('<p class="note" role="status">$text</p>', text=view.message) if view.message else Html(""),
        now=Html("") if view.answer is None else _now(view, view.answer),
        favourites=_favourites(view.favourites, city),
        history=_history(view),
        stores=join(_store(status) for status in view.statuses),
    )


def _now(view: View, answer: Answer) -> Html:
    report = answer.report
    hours = report.hours or (report.temperature_c,)
    return fill(
        _NOW,
        mood=_mood(report),
        city=report.place.name,
        where=" · ".join(part for part in (report.place.country, f"{report.local:%A %H:%M} there") if part),
        keep=_keep(report.place.name, view.favourites),
        icon=icon(report.sky, is_day=report.is_day),
        degrees=_degrees(report.temperature_c),
        sky=report.sky.value.capitalize(),
        feels=_degrees(report.feels_like_c),
        humidity=report.humidity_percent,
        wind=round(report.wind_kmh),
        low=_degrees(min(hours)),
        high=_degrees(max(hours)),
        curve=curve(report.hours),
        hours=join(
            fill("<span>$hour</span>", hour=f"{report.local + timedelta(hours=step):%H}:00" if step else "now")
            for step in (0, 6, 12, 18, 23)
        ),
        source=_source(answer),
    )


def _mood(report: Report) -> str:
    match report.sky:
        case Sky.CLEAR | Sky.PARTLY:
            return "fair" if report.is_day else "night"
        case Sky.CLOUDY | Sky.FOG:
            return "grey"
        case Sky.RAIN:
            return "wet"
        case Sky.SNOW:
            return "snow"
        case Sky.STORM:
            return "storm"


def _source(answer: Answer) -> Html:
    report = answer.report
    age = "" if answer.cached_for_s is None else f" From the cache, fresh for {answer.cached_for_s} s more."
    match report.source:
        case Source.OPEN_METEO:
            template = 'Weather data by <a href="https://open-meteo.com/" rel="noreferrer">Open-Meteo.com</a>.$age'
            return fill(template, age=age)
        case Source.GENERATED:
            return fill("<b>Generated</b>Not a measurement: $note.$age", note=report.note, age=age)


def _keep(city: str, favourites: list[str] | str) -> Html:
    if isinstance(favourites, str):
        return Html("")
    kept = city in favourites
    return fill(_KEEP, city=city, do="remove" if kept else "add", label="★ Kept" if kept else "☆ Keep")


def _favourites(favourites: list[str] | str, back: str) -> Html:
    if isinstance(favourites, str):
        return fill("<p>Not available: $reason</p>", reason=favourites)
    if not favourites:
        return Html("<p>None yet. “Keep” adds the city above.</p>")
    rows = (fill(_FAVOURITE, link=_link(city), city=city, back=back) for city in favourites)
    return fill("<ul>$rows</ul>", rows=join(rows))


def _history(view: View) -> Html:
    if isinstance(view.history, str):
        return fill("<p>Not available: $reason</p>", reason=view.history)
    lost = view.answer.not_remembered if view.answer is not None else ""
    note = fill("<p>This query was not kept: $reason</p>", reason=lost) if lost else Html("")
    if not view.history:
        return note or Html("<p>Nothing yet.</p>")
    rows = (
        fill(
            _QUERY,
            link=_link(query.city),
            times=f"\u00d7{times}" if times > 1 else "",
            degrees=_degrees(query.temperature_c),
            ago=ago(query.at, view.now),
        )
        for query, times in collapse(view.history)[:HISTORY_SHOWN]
    )
    return fill("$note<ul>$rows</ul>", note=note, rows=join(rows))


def _store(status: Status) -> Html:
    if not status.configured:
        return fill("<span><strong>$store</strong> not configured</span>", store=status.store)
    if not status.reached:
        template = '<span><strong>$store</strong> <span class="bad">✗ $reason</span></span>'
        return fill(template, store=status.store, reason=status.reason)
    tls = status.facts.tls
    safety = "plaintext" if tls is None else tls.version if tls.verified else f"{tls.version}, not verified"
    return fill(
        '<span title="$title"><strong>$store</strong> <span class="good">✓</span> $took ms $safety</span>',
        title=f"{status.store} {status.facts.version}".strip(),
        store=status.store,
        took=f"{status.latency_ms or 0:.1f}",
        safety=safety,
    )


def _link(city: str) -> Html:
    return fill('<a href="/?city=$query">$city</a>', query=quote(city), city=city)


def _degrees(value: float) -> str:
    return str(round(value)).replace("-", "\u2212")
