"""Errors in settings: all at once, each with its key, its value, the rule and the fix. Never a secret."""

import copy
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.store import Problem
from infra import schema

_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
SECRET_FIELDS = {"uri", "climb_uri", "secure", "secret_access_key", "webhook", "ping"}


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """One wrong setting.

    Attributes:
        key: Full path, as `pulumi config set --path` takes it.
        value: As written; secrets are not shown.
        rule: What it breaks.
        fix: What to do.
    """

    key: str
    value: str
    rule: str
    fix: str

    @classmethod
    def about(cls, section: str, problem: Problem) -> "Complaint":
        """A component's complaint, with the full key."""
        return cls(key=f"{section}.{problem.field}", value=problem.value, rule=problem.rule, fix=problem.fix)

    def __str__(self) -> str:
        return f"{self.key} = {self.value}\n    {self.rule}\n    fix: {self.fix}"


class SettingsError(Exception):
    """The settings of a stack are wrong; nothing was looked at or changed because of them."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        """Say every complaint, in the order of the keys."""
        self.complaints = sorted(complaints, key=lambda complaint: complaint.key)
        count = "1 setting is wrong" if len(complaints) == 1 else f"{len(complaints)} settings are wrong"
        listed = "\n".join("  " + str(complaint).replace("\n", "\n  ") for complaint in self.complaints)
        super().__init__(f"{count}; nothing was changed\n\n{listed}\n")


def from_validation(
    error: ValidationError, values: object, shape: type = schema.Sections, prefix: str = "ladder:"
) -> list[Complaint]:
    """Translate what the validator found.

    Args:
        error: Its findings.
        values: What was validated, for showing the wrong values.
        shape: What it was validated as.
        prefix: Of the keys.
    """
    found = error.errors(include_url=False, include_input=False)
    return [_translate(one, values, shape, prefix) for one in found]


def without_unknown(error: ValidationError, values: Mapping[str, object]) -> dict[str, object]:
    """What was validated, without the keys that nobody knows."""
    rest = copy.deepcopy(dict(values))
    for found in error.errors(include_url=False, include_input=False):
        *path, last = found["loc"]
        section: object = rest
        for part in path:
            section = cast("dict[object, object]", section).get(part) if isinstance(section, dict) else None
        if found["type"] in _UNKNOWN and isinstance(section, dict):
            cast("dict[object, object]", section).pop(last, None)
    return rest


def _translate(found: ErrorDetails, values: object, shape: type, prefix: str) -> Complaint:
    path = [str(part) for part in found["loc"]]
    key = prefix + ".".join(path)
    value = _shown(values, found["loc"])
    context = found.get("ctx", {})
    match found["type"]:
        case kind if kind in _UNKNOWN:
            known = _known(shape, path[:-1])
            near = difflib.get_close_matches(path[-1], known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            return Complaint(
                key=key, value=value, rule="is not a setting", fix=f"{meant}known here: {', '.join(known)}"
            )
        case "missing" | "missing_keyword_only_argument" | "missing_argument":
            return Complaint(key=key, value="absent", rule="is required", fix=f"set it: {_hint(shape, path, key)}")
        case "enum":
            expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            near = difflib.get_close_matches(value.strip('"'), expected.split(", "), n=1)
            fix = f'write "{near[0]}"' if near else "write one of them"
            return Complaint(key=key, value=value, rule=f"must be one of {expected}", fix=fix)
        case "string_type":
            fix = f'put it in quotes: "{value}"' if value[:1] not in "{[" else "write a single text"
            rule = "must be text; YAML reads it as something else" if value[:1] not in "{[" else "must be text"
            return Complaint(key=key, value=value, rule=rule, fix=fix)
        case "dataclass_type":
            held = ", ".join(_known(shape, path))
            return Complaint(key=key, value=value, rule="must be a group of settings", fix=f"known in it: {held}")
        case kind:
            rule = found["msg"].removeprefix("Input ").removeprefix("should ")
            return Complaint(key=key, value=value, rule=f"must {rule}", fix=_correction(kind))


def _correction(kind: str) -> str:
    if kind.startswith(("int_", "float_")):
        return "write a number, without quotes"
    if kind.startswith("bool_"):
        return "write true or false, without quotes"
    if kind.startswith(("greater_", "less_")):
        return "write a number that is"
    return "see docs/settings.md"


def _shown(values: object, path: Sequence[int | str]) -> str:
    """The value at `path` as JSON; hidden where a secret may be in it."""
    if SECRET_FIELDS.intersection(map(str, path)):
        return "[not shown]"
    value = values
    for part in path:
        if isinstance(value, dict):
            value = cast("dict[str, object]", value).get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            value = cast("list[object]", value)[part]
    return json.dumps(_hide(cast("object", value)))


def _hide(value: object) -> object:
    if isinstance(value, dict):
        section = cast("dict[str, object]", value)
        return {key: "[not shown]" if key in SECRET_FIELDS else _hide(inner) for key, inner in section.items()}
    return value


def _known(shape: type, path: Sequence[str]) -> list[str]:
    """Names of the settings under `path`, from the schema itself."""
    section: object = shape
    for part in path:
        section = schema.section_of(section, part)
    if not is_dataclass(section):
        return []
    return [field.name.rstrip("_") for field in fields(section)]


def _hint(shape: type, path: Sequence[str], key: str) -> str:
    held = _known(shape, path)
    return f"a group of {', '.join(held)}" if held else key
