from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from weather.generator import generate, place_of
from weather.report import Report, Sky, Source

JULY = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def month(city: str, start: datetime) -> list[Report]:
    return [generate(city, start + timedelta(hours=3 * step), note="") for step in range(240)]


def level(city: str, start: datetime) -> float:
    return mean(report.temperature_c for report in month(city, start))


def test_the_same_city_and_hour_give_the_same_weather_on_every_replica():
    early = generate("Oslo", JULY.replace(minute=1), note="")
    late = generate("oslo", JULY.replace(minute=59), note="")
    assert (early.temperature_c, early.sky, early.hours) == (late.temperature_c, late.sky, late.hours)


def test_another_city_or_hour_gives_other_weather():
    reports = {generate(city, JULY, note="").hours for city in ("Oslo", "Stockholm", "Berlin")}
    reports.add(generate("Oslo", JULY + timedelta(hours=5), note="").hours)
    assert len(reports) == 4


def test_the_next_hour_of_the_forecast_is_the_next_hours_weather():
    now, later = generate("Rome", JULY, note=""), generate("Rome", JULY + timedelta(hours=1), note="")
    assert now.hours[1] == later.temperature_c
    assert len(now.hours) == 24


@pytest.mark.parametrize("city", ["Berlin", "New York", "Tokyo", "Reykjavík"])
def test_july_is_warmer_than_january_in_the_north(city: str):
    assert level(city, JULY) > level(city, JANUARY) + 8


@pytest.mark.parametrize("city", ["Sydney", "Buenos Aires", "Cape Town"])
def test_january_is_warmer_than_july_in_the_south(city: str):
    assert level(city, JANUARY) > level(city, JULY) + 8


def test_the_equator_is_warm_all_year_and_the_north_colder():
    assert 23 < level("Singapore", JANUARY) < 31
    assert 23 < level("Singapore", JULY) < 31
    assert level("Helsinki", JANUARY) < 0 < level("Athens", JANUARY)


def test_every_figure_stays_within_what_the_earth_has_seen():
    for report in month("Helsinki", JANUARY) + month("Cairo", JULY) + month("Nowhere-upon-Sea", JULY):
        assert -45 < report.temperature_c < 50
        assert report.feels_like_c <= report.temperature_c
        assert 0 <= report.humidity_percent <= 100
        assert 0 <= report.wind_kmh < 60


def test_snow_falls_only_in_the_cold_and_every_sky_occurs():
    reports = [
        report for city in ("Oslo", "Toronto", "Lagos") for start in (JANUARY, JULY) for report in month(city, start)
    ]
    assert {report.sky for report in reports} == set(Sky)
    assert all(report.temperature_c <= 0.5 for report in reports if report.sky is Sky.SNOW)


def test_fog_is_damp_and_still():
    foggy = [report for city in ("London", "Oslo") for report in month(city, JANUARY) if report.sky is Sky.FOG]
    assert foggy
    assert all(report.humidity_percent >= 93 and report.wind_kmh <= 8 for report in foggy)


def test_day_and_night_follow_the_sun_of_the_place():
    assert generate("London", JULY, note="").is_day
    assert not generate("Sydney", JULY, note="").is_day
    assert generate("Reykjavík", JULY.replace(hour=23), note="").is_day, "the sun hardly sets there in July"


def test_it_says_that_it_is_generated_and_why():
    report = generate("Oslo", JULY, note="no network")
    assert report.source is Source.GENERATED
    assert report.to_json()["generated"] is True
    assert report.note == "no network"


def test_an_unknown_city_keeps_its_place():
    assert place_of("Nowhere-upon-Sea") == place_of("Nowhere-upon-Sea")
    assert 30 <= place_of("Nowhere-upon-Sea").latitude <= 55


def test_a_report_survives_the_cache_and_anything_else_is_refused():
    report = generate("São Paulo", JULY, note="why")
    assert Report.from_json(report.to_json()) == report
    for damaged in ([], {}, {**report.to_json(), "temperature_c": "warm"}, {**report.to_json(), "sky": "green"}):
        with pytest.raises(ValueError, match=r"."):
            Report.from_json(damaged)
