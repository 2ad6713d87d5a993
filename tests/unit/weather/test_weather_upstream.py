import threading

import pytest
from weather.report import Sky, Source
from weather.upstream import OpenMeteo, UnknownCityError, UnreachableError, sky_of

PLACES = {"results": [{"name": "Oslo", "country": "Norway", "latitude": 59.91, "longitude": 10.75}]}
START = 1_790_000_000 // 3600 * 3600
FORECAST = {
    "utc_offset_seconds": 7200,
    "current": {
        "time": START + 900,
        "temperature_2m": 3.4,
        "apparent_temperature": -1,
        "relative_humidity_2m": 81,
        "wind_speed_10m": 17.6,
        "weather_code": 73,
        "is_day": 1,
    },
    "hourly": {
        "time": [START + 3600 * step for step in range(-10, 38)],
        "temperature_2m": [float(step) for step in range(-10, 38)],
    },
}


class Web:
    """Answers like the two addresses of the public service; counts."""

    def __init__(self, places: object = PLACES, forecast: object = FORECAST) -> None:
        self.answers = {"geocoding-api": places, "api": forecast}
        self.asked: list[str] = []
        self.error: Exception | None = None

    def __call__(self, address: str) -> object:
        self.asked.append(address)
        if self.error is not None:
            raise self.error
        return self.answers[address.removeprefix("https://").split(".")[0]]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_documented_answer_becomes_a_report():
    web = Web()
    report = OpenMeteo(web).report("oslo & co")
    assert "name=oslo+%26+co" in web.asked[0]
    assert "latitude=59.91" in web.asked[1]
    assert (report.place.name, report.place.country, report.source) == ("Oslo", "Norway", Source.OPEN_METEO)
    assert (report.temperature_c, report.feels_like_c, report.humidity_percent, report.sky) == (3.4, -1, 81, Sky.SNOW)
    assert report.hours == tuple(float(step) for step in range(24)), "from the current hour on"
    assert report.to_json()["generated"] is False


@pytest.mark.parametrize("answer", [{}, {"results": []}])
def test_a_city_that_it_does_not_know_is_said_to_be_unknown(answer: object):
    with pytest.raises(UnknownCityError):
        OpenMeteo(Web(places=answer)).report("Xyzzy")


@pytest.mark.parametrize(
    "web",
    [
        Web(places=["nonsense"]),
        Web(places={"results": [{"name": "Oslo"}]}),
        Web(forecast={}),
        Web(forecast={**FORECAST, "hourly": {"time": [1, 2], "temperature_2m": [1]}}),
        Web(forecast={**FORECAST, "current": {**FORECAST["current"], "temperature_2m": None}}),
    ],
)
def test_an_answer_of_another_form_counts_as_unreachable(web: Web):
    with pytest.raises(UnreachableError):
        OpenMeteo(web).report("Oslo")


def test_after_a_failure_it_is_left_in_peace_for_a_minute():
    web, clock = Web(), Clock()
    client = OpenMeteo(web, clock)
    web.error = OSError("no network")
    with pytest.raises(UnreachableError, match="did not answer within 2 s"):
        client.report("Oslo")
    web.error = None
    clock.now = 59
    with pytest.raises(UnreachableError, match="did not answer within 2 s"):
        client.report("Oslo")
    assert len(web.asked) == 1
    clock.now = 61
    assert client.report("Oslo").source is Source.OPEN_METEO


def test_it_is_not_asked_in_bursts():
    web, clock = Web(), Clock()
    client = OpenMeteo(web, clock)
    client.report("Oslo")
    with pytest.raises(UnreachableError, match="a moment ago"):
        client.report("Rome")
    clock.now = 1
    client.report("Rome")


def test_two_seconds_are_the_limit_even_where_the_socket_has_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("weather.upstream.TIMEOUT_S", 0.05)
    release = threading.Event()

    def hang(address: str) -> object:
        release.wait(10)
        return PLACES

    with pytest.raises(UnreachableError):
        OpenMeteo(hang).report("Oslo")
    release.set()


@pytest.mark.parametrize(
    ("code", "sky"),
    [
        (0, Sky.CLEAR),
        (2, Sky.PARTLY),
        (3, Sky.CLOUDY),
        (45, Sky.FOG),
        (61, Sky.RAIN),
        (80, Sky.RAIN),
        (71, Sky.SNOW),
        (86, Sky.SNOW),
        (95, Sky.STORM),
        (1234, Sky.CLOUDY),
    ],
)
def test_weather_codes(code: int, sky: Sky):
    assert sky_of(code) is sky
