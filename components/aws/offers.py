"""What AWS has where: regions, and the classes of machines under its stores. Read once, when this is imported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TypedDict


class Service(StrEnum):
    """A service whose classes `data/classes.json` holds."""

    RDS = "rds"
    ELASTICACHE = "elasticache"


class _Absent(TypedDict):
    rds: Sequence[str]
    elasticache: Sequence[str]


class _File(TypedDict):
    source: str
    rds: Mapping[str, Sequence[str]]
    elasticache: Mapping[str, Sequence[str]]
    absent: Mapping[str, _Absent]


_HELD: _File = json.loads((resources.files("components.aws") / "data" / "classes.json").read_text())

REGIONS: tuple[str, ...] = tuple(_HELD["absent"])
"""Regions with both services in which Ladder knows the authority of RDS (`trust.RDS`)."""

_PREFIXES = {Service.RDS: "db", Service.ELASTICACHE: "cache"}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why a class cannot be had, and what to write instead."""

    rule: str
    fix: str


def refuses(service: Service, name: str, region: str) -> Refused | None:
    """Whether `service` has no machines of class `name` in `region`, for any version in the catalogue.

    Args:
        service: Of AWS.
        name: For example `db.m7g.large`.
        region: One of `REGIONS`; of another one nothing is said.
    """
    prefix, families = _PREFIXES[service], _HELD[service.value]
    written, _, rest = name.partition(".")
    family, _, size = rest.partition(".")
    if written != prefix or not size:
        return Refused(rule=f"is no class of {service}", fix=f"for example {prefix}.t4g.small")
    if family not in families:
        held = ", ".join(families)
        return Refused(rule=f"no version in the catalogue runs on {family} machines", fix=f"families: {held}")
    if size not in families[family]:
        return Refused(rule=f"{family} has no such size", fix=f"sizes: {', '.join(families[family])}")
    absent = _HELD["absent"].get(region)
    if absent and family in absent[service.value]:
        held = ", ".join(it for it in families if it not in absent[service.value])
        return Refused(rule=f"{region} has no {family} machines of {service}", fix=f"families there: {held}")
    return None
