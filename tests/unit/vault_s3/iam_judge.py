"""Asks a policy of IAM whether it allows something: an explicit deny wins, and what nothing allows is denied."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import cast


def allows(policy: Mapping[str, object], action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether a principal with this policy may do `action` to `resource`.

    Args:
        policy: As IAM reads it.
        action: For example `s3:GetObject`.
        resource: An ARN.
        context: Condition keys of the request.
    """
    allowed = False
    for statement in cast("list[Mapping[str, object]]", policy["Statement"]):
        hit = _any(statement["Action"], action) and _any(statement.get("Resource", "*"), resource)
        if hit and _holds(cast("Mapping[str, Mapping[str, object]]", statement.get("Condition", {})), context or {}):
            if statement["Effect"] == "Deny":
                return False
            allowed = True
    return allowed


def _any(patterns: object, value: str) -> bool:
    held = [patterns] if isinstance(patterns, str) else cast("Iterable[str]", patterns)
    return any(fnmatchcase(value, pattern) for pattern in held)


def _holds(condition: Mapping[str, Mapping[str, object]], context: Mapping[str, str]) -> bool:
    return all(
        _compare(operator, context[key], wanted) if key in context else False
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _compare(operator: str, value: str, wanted: object) -> bool:
    match operator:
        case "Bool" | "StringEquals" | "StringLike":
            return _any(wanted, value)
        case "NumericLessThan":
            return float(value) < float(str(wanted))
        case _:
            raise NotImplementedError(operator)
