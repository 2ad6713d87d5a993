"""The public weather service open-meteo.com: no key, but not ours to hammer."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPException
from typing import cast
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from weather.report import Place, Report, Sky, Source, number, numbers

TIMEOUT_S = 2.0
_REST_AFTER_FAILURE_S = 60.0
_REST_AFTER_SUCCESS_S = 0.2
_SEARCH = "https://geocoding-api.open-meteo.com/v1/search"
_FORECAST = "https://api.open-meteo.com/v1/forecast"
_CURRENT = (
    "temperature_2m",
    "apparent_temperature",
    "relative_humidity_2m",
    "wind_speed_10m",
    "weather_code",
    "is_day",
)
_MOST_BYTES = 1_000_000
_UNREACHED = f"open-meteo.com did not answer within {TIMEOUT_S:.0f} s"

Fetch = Callable[[str], object]


class UnknownCityError(Exception):
    """The service answered, and knows no such place."""


class UnreachableError(Exception):
    """The service did not answer in time, or not with what it documents; the text is fit for the page."""


class OpenMeteo:
    """One client for all threads. It rests after a failure, so that an outage costs 2 s a minute."""

    def __init__(self, fetch: Fetch | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`fetch` and `monotonic` (seconds) are replaced in tests."""
        self._fetch = fetch or fetch_json
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._not_before = float("-inf")
        self._why = ""
        # urlopen's timeout covers neither name resolution nor two calls together; waiting for a future does.
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="open-meteo")

    def report(self, city: str) -> Report:
        """Today's weather. Raises UnknownCityError, UnreachableError."""
        self._take_turn()
        call: Future[Report] = self._threads.submit(self._ask, city)
        try:
            report = call.result(timeout=TIMEOUT_S)
        except UnknownCityError:
            self._rest_after_success()
            raise
        except (OSError, ValueError, KeyError, TimeoutError, HTTPException) as error:
            call.cancel()
            raise UnreachableError(_UNREACHED) from error
        self._rest_after_success()
        return report

    def _take_turn(self) -> None:
        with self._lock:
            now = self._monotonic()
            if now < self._not_before:
                raise UnreachableError(self._why)
            self._not_before = now + _REST_AFTER_FAILURE_S  # until this turn is known to have gone well
            self._why = _UNREACHED

    def _rest_after_success(self) -> None:
        with self._lock:
            self._not_before = self._monotonic() + _REST_AFTER_SUCCESS_S
            self._why = "open-meteo.com was asked a moment ago and is not asked too often"

    def _ask(self, city: str) -> Report:
        found = self._fetch(f"{_SEARCH}?{urlencode({'name': city, 'count': 1, 'language': 'en'})}")
        place = read_place(found, city)
        query = {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "current": ",".join(_CURRENT),
            "hourly": "temperature_2m",
            "forecast_days": 2,
            "timezone": "auto",
            "timeformat": "unixtime",
        }
        return read_forecast(self._fetch(f"{_FORECAST}?{urlencode(query)}"), place)


def fetch_json(address: str) -> object:
    """GET a JSON document. Raises OSError, ValueError."""
    request = Request(address, headers={"User-Agent": "ladder-weather-example"})  # noqa: S310 (https, above)
    with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 (the same)
        return json.loads(answer.read(_MOST_BYTES))


def read_place(document: object, city: str) -> Place:
    """The first hit of a geocoding answer. Raises UnknownCityError, ValueError, KeyError."""
    hits = _fields(document).get("results")
    if not isinstance(hits, list) or not hits:
        raise UnknownCityError(city)
    hit = _fields(cast("list[object]", hits)[0])
    return Place(
        name=str(hit["name"]),
        country=str(hit.get("country", "")),
        latitude=number(hit["latitude"]),
        longitude=number(hit["longitude"]),
    )


def read_forecast(document: object, place: Place) -> Report:
    """A forecast in unix time, cut to the 24 hours from the current one. Raises ValueError, KeyError."""
    fields = _fields(document)
    current, hourly = _fields(fields["current"]), _fields(fields["hourly"])
    at = number(current["time"])
    ahead = zip(numbers(hourly["time"]), numbers(hourly["temperature_2m"]), strict=True)
    return Report(
        place=place,
        at=datetime.fromtimestamp(at, UTC),
        utc_offset_s=int(number(fields["utc_offset_seconds"])),
        temperature_c=number(current["temperature_2m"]),
        feels_like_c=number(current["apparent_temperature"]),
        humidity_percent=int(number(current["relative_humidity_2m"])),
        wind_kmh=number(current["wind_speed_10m"]),
        sky=sky_of(int(number(current["weather_code"]))),
        is_day=number(current["is_day"]) == 1,
        hours=tuple(value for time_s, value in ahead if time_s > at - 3600)[:24],
        source=Source.OPEN_METEO,
    )


def sky_of(code: int) -> Sky:
    """The sky of a WMO weather interpretation code, as open-meteo documents them."""
    match code:
        case 0 | 1:
            return Sky.CLEAR
        case 2:
            return Sky.PARTLY
        case 45 | 48:
            return Sky.FOG
        case 71 | 73 | 75 | 77 | 85 | 86:
            return Sky.SNOW
        case 95 | 96 | 99:
            return Sky.STORM
        case _ if 51 <= code <= 82:
            return Sky.RAIN
        case _:
            return Sky.CLOUDY


def _fields(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("open-meteo.com answered in an unknown form")  # noqa: TRY004 (one error)
    return cast("Mapping[str, object]", value)
