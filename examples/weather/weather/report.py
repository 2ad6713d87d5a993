"""The weather of one place at one time, and its JSON form (the API's, and the cache's)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import cast


class Sky(StrEnum):
    """What a person sees when looking up; the value is shown on the page."""

    CLEAR = "clear"
    PARTLY = "partly cloudy"
    CLOUDY = "cloudy"
    FOG = "fog"
    RAIN = "rain"
    SNOW = "snow"
    STORM = "thunderstorm"


class Source(StrEnum):
    """Where the figures come from. Generated figures are never shown without saying so."""

    OPEN_METEO = "open-meteo"
    GENERATED = "generated"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A named point on the globe, in degrees."""

    name: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True)
class Report:
    """Degrees Celsius, km/h, percent. `hours` are the temperatures of the next 24 hours, one an hour."""

    place: Place
    at: datetime
    utc_offset_s: int
    temperature_c: float
    feels_like_c: float
    humidity_percent: int
    wind_kmh: float
    sky: Sky
    is_day: bool
    hours: tuple[float, ...]
    source: Source
    note: str = ""

    @property
    def local(self) -> datetime:
        """The time on a clock in that place."""
        return (self.at + timedelta(seconds=self.utc_offset_s)).replace(tzinfo=None)

    def to_json(self) -> dict[str, object]:
        """The form of `/api/weather`; `from_json` reads it back."""
        return {
            "city": self.place.name,
            "country": self.place.country,
            "latitude": self.place.latitude,
            "longitude": self.place.longitude,
            "at": self.at.isoformat(),
            "utc_offset_s": self.utc_offset_s,
            "temperature_c": self.temperature_c,
            "feels_like_c": self.feels_like_c,
            "humidity_percent": self.humidity_percent,
            "wind_kmh": self.wind_kmh,
            "sky": self.sky.value,
            "is_day": self.is_day,
            "hours_c": list(self.hours),
            "source": self.source.value,
            "generated": self.source is Source.GENERATED,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, data: object) -> "Report":
        """Read what `to_json` wrote. Raises ValueError when it is anything else."""
        if not isinstance(data, dict):
            raise ValueError("not a weather report: no JSON object")  # noqa: TRY004 (one error for bad data)
        fields = cast("Mapping[str, object]", data)
        try:
            return cls(
                place=Place(
                    name=str(fields["city"]),
                    country=str(fields["country"]),
                    latitude=number(fields["latitude"]),
                    longitude=number(fields["longitude"]),
                ),
                at=datetime.fromisoformat(str(fields["at"])).astimezone(UTC),
                utc_offset_s=int(number(fields["utc_offset_s"])),
                temperature_c=number(fields["temperature_c"]),
                feels_like_c=number(fields["feels_like_c"]),
                humidity_percent=int(number(fields["humidity_percent"])),
                wind_kmh=number(fields["wind_kmh"]),
                sky=Sky(str(fields["sky"])),
                is_day=bool(fields["is_day"]),
                hours=numbers(fields["hours_c"]),
                source=Source(str(fields["source"])),
                note=str(fields["note"]),
            )
        except KeyError as error:
            raise ValueError(f"not a weather report: {error} is missing") from error


def number(value: object) -> float:
    """A JSON number as a float. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"not a number: {value!r}")  # noqa: TRY004 (the same)
    return float(value)


def numbers(value: object) -> tuple[float, ...]:
    """A JSON list of numbers. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"not a list of numbers: {value!r}")  # noqa: TRY004 (the same)
    return tuple(number(item) for item in cast("list[object]", value))
