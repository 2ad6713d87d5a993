"""Plausible weather for when the public one cannot be reached.

The same city and hour give the same weather on every replica, so that a reload does not contradict the page
before it. Latitude and season set the level, the hour sets the daily swing, a hash sets the mood of the day.
It is a fair imitation, not a model of the atmosphere, and `Source.GENERATED` marks every report made here.
"""

import math
from datetime import datetime, timedelta
from hashlib import blake2b

from weather.report import Place, Report, Sky, Source

_KNOWN = {
    place.name.casefold(): place
    for place in (
        Place(name=name, country=country, latitude=latitude, longitude=longitude)
        for name, country, latitude, longitude in (
            ("Amsterdam", "Netherlands", 52.4, 4.9),
            ("Athens", "Greece", 38.0, 23.7),
            ("Berlin", "Germany", 52.5, 13.4),
            ("Bogotá", "Colombia", 4.7, -74.1),
            ("Buenos Aires", "Argentina", -34.6, -58.4),
            ("Cairo", "Egypt", 30.0, 31.2),
            ("Cape Town", "South Africa", -33.9, 18.4),
            ("Chicago", "United States", 41.9, -87.6),
            ("Copenhagen", "Denmark", 55.7, 12.6),
            ("Dublin", "Ireland", 53.3, -6.3),
            ("Hamburg", "Germany", 53.6, 10.0),
            ("Helsinki", "Finland", 60.2, 24.9),
            ("Istanbul", "Türkiye", 41.0, 29.0),
            ("Lagos", "Nigeria", 6.5, 3.4),
            ("Lisbon", "Portugal", 38.7, -9.1),
            ("London", "United Kingdom", 51.5, -0.1),
            ("Madrid", "Spain", 40.4, -3.7),
            ("Mexico City", "Mexico", 19.4, -99.1),
            ("Mumbai", "India", 19.1, 72.9),
            ("Munich", "Germany", 48.1, 11.6),
            ("Nairobi", "Kenya", -1.3, 36.8),
            ("New York", "United States", 40.7, -74.0),
            ("Oslo", "Norway", 59.9, 10.8),
            ("Paris", "France", 48.9, 2.4),
            ("Reykjavík", "Iceland", 64.1, -21.9),
            ("Rome", "Italy", 41.9, 12.5),
            ("San Francisco", "United States", 37.8, -122.4),
            ("Santiago", "Chile", -33.4, -70.7),
            ("São Paulo", "Brazil", -23.5, -46.6),
            ("Seoul", "South Korea", 37.6, 127.0),
            ("Singapore", "Singapore", 1.3, 103.8),
            ("Stockholm", "Sweden", 59.3, 18.1),
            ("Sydney", "Australia", -33.9, 151.2),
            ("Tokyo", "Japan", 35.7, 139.7),
            ("Toronto", "Canada", 43.7, -79.4),
            ("Vienna", "Austria", 48.2, 16.4),
            ("Warsaw", "Poland", 52.2, 21.0),
            ("Zurich", "Switzerland", 47.4, 8.5),
        )
    )
}


def place_of(city: str) -> Place:
    """Where a city lies; one that is not on the short list gets a fixed place at a temperate latitude."""
    known = _KNOWN.get(city.casefold())
    if known is not None:
        return known
    latitude = 30 + 25 * _chance(city.casefold(), "latitude")
    return Place(name=city, country="", latitude=round(latitude, 1), longitude=0.0)


def generate(city: str, now: datetime, *, note: str) -> Report:
    """The weather of `city` in the hour of `now` (aware)."""
    place = place_of(city)
    hour = now.replace(minute=0, second=0, microsecond=0)
    temperature = _temperature(place, hour)
    wind = 4 + 28 * _smooth(place, hour, "wind", period_h=12) ** 2
    sky = _sky(place, hour, temperature)
    if sky is Sky.FOG:
        wind /= 4  # a breeze would clear it
    driest = {Sky.FOG: 93, Sky.RAIN: 75, Sky.STORM: 75, Sky.SNOW: 75}.get(sky, 40)
    humidity = round(driest + (98 - driest) * _smooth(place, hour, "humidity", period_h=12))
    return Report(
        place=place,
        at=now,
        utc_offset_s=round(place.longitude / 15) * 3600,
        temperature_c=temperature,
        feels_like_c=round(temperature - max(0.0, 15 - temperature) * wind / 120, 1),
        humidity_percent=humidity,
        wind_kmh=round(wind, 1),
        sky=sky,
        is_day=_sun(place, now) > 0,
        hours=tuple(_temperature(place, hour + timedelta(hours=step)) for step in range(24)),
        source=Source.GENERATED,
        note=note,
    )


def _temperature(place: Place, hour: datetime) -> float:
    # 27 °C at the equator, 9 °C at 52°, and seasons that grow with the distance from it.
    level = 27 - place.latitude**2 / 150
    swing = 0.2 * abs(place.latitude)
    warmest = 201 if place.latitude >= 0 else 19  # day of the year, a month after the solstice
    season = math.cos((hour.timetuple().tm_yday - warmest) / 365.25 * math.tau)
    solar = (hour.hour + place.longitude / 15) % 24
    daily = math.cos((solar - 15) / 24 * math.tau)
    mood = 2 * _smooth(place, hour, "mood", period_h=36) - 1
    return round(level + swing * season + 3.5 * daily + 5 * mood, 1)


def _sky(place: Place, hour: datetime, temperature: float) -> Sky:
    cover = _smooth(place, hour, "cloud", period_h=6)
    if cover < 0.35:
        return Sky.CLEAR
    if cover < 0.52:
        return Sky.PARTLY
    if cover < 0.66:
        return Sky.CLOUDY
    if cover < 0.7:
        return Sky.FOG
    if temperature <= 0.5:
        return Sky.SNOW
    return Sky.STORM if cover > 0.88 and temperature > 14 else Sky.RAIN


def _sun(place: Place, now: datetime) -> float:
    """Sine of the sun's height over the horizon."""
    declination = math.radians(-23.44) * math.cos((now.timetuple().tm_yday + 10) / 365.25 * math.tau)
    solar = now.hour + now.minute / 60 + place.longitude / 15
    angle = (solar - 12) / 24 * math.tau
    latitude = math.radians(place.latitude)
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(angle)


def _smooth(place: Place, hour: datetime, what: str, *, period_h: int) -> float:
    """A number from 0 to 1 that wanders from one fixed value to the next every `period_h` hours."""
    step, rest = divmod(int(hour.timestamp()) // 3600, period_h)
    share = (1 - math.cos(rest / period_h * math.pi)) / 2
    here, there = (_chance(place.name.casefold(), what, str(step + ahead)) for ahead in (0, 1))
    return here + (there - here) * share


def _chance(*key: str) -> float:
    """A number from 0 to 1 that only the key decides, on every machine alike (`hash` is salted)."""
    return int.from_bytes(blake2b("\0".join(key).encode(), digest_size=6).digest(), "big") / 2**48
