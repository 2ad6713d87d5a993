"""Kubernetes quantities in the one form that the kubernetes provider keeps (`1000m` is `1`, `1024Mi` is `1Gi`)."""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil

from ladder.engine.properties import Properties, Secret, Value

_HOLDERS = frozenset({"limits", "requests", "hard", "capacity"})
_KEYS = frozenset({"sizeLimit", "divisor", "averageValue"})
_SHAPE = re.compile(r"([+-]?[0-9.]+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?[0-9]+))?$")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")


def normalized(properties: Properties) -> Properties:
    """Return a copy in which every quantity has its canonical form."""
    return {key: _visit(key, value) for key, value in properties.items()}


def canonical(text: str) -> str:
    """Return a quantity's canonical form; what is not a quantity stays as it is."""
    match = _SHAPE.match(text)
    if match is None:
        return text
    value = _value(match)
    return _in_units(value, 1024, _BINARY) if match[2] and abs(value) >= 1024 else _decimal(value)


def amount(value: Value) -> float:
    """Return how much a quantity is; what is not a quantity, and what is absent, is nothing."""
    match = _SHAPE.match(str(value))
    return float(_value(match)) if match else 0


def _value(match: re.Match[str]) -> Fraction:
    number, binary, decimal, exponent = match.groups()
    value = Fraction(number)
    if binary:
        value *= 1024 ** _BINARY.index(binary)
    elif decimal:
        value *= Fraction(1000) ** (_DECIMAL.index(decimal) - 3)
    elif exponent:
        value *= Fraction(10) ** int(exponent)
    return value


def _decimal(value: Fraction) -> str:
    return _in_units(value * 10**9, 1000, _DECIMAL) if value else "0"


def _in_units(value: Fraction, step: int, units: tuple[str, ...]) -> str:
    whole = ceil(value)
    power = 0
    while whole % step == 0 and power < len(units) - 1:
        whole //= step
        power += 1
    return f"{whole}{units[power]}"


def _visit(key: str, value: Value) -> Value:
    match value:
        case Secret():
            return Secret(_visit(key, value.value))
        case dict() if key in _HOLDERS:
            return {inner: _quantity(item) for inner, item in value.items()}
        case dict():
            return normalized(value)
        case list():
            return [_visit("", item) for item in value]
        case _:
            return _quantity(value) if key in _KEYS else value


def _quantity(value: Value) -> Value:
    return canonical(str(value)) if isinstance(value, str | int | float) else value
