"""A YAML file as the engine reads it: its values, the line of every key, and edits that touch nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from ladder.errors import Exit, LadderError

Json = bool | int | float | str | None | Sequence["Json"] | Mapping[str, "Json"]
Keys = tuple[str, ...]

_TAG = "tag:yaml.org,2002:"


class Mark(Protocol):
    """A place in the text; all count from 0."""

    line: int
    column: int
    index: int


class Node(Protocol):
    """A value as it stands in the text; the library that reads it has no types."""

    id: Literal["mapping", "sequence", "scalar"]
    tag: object
    value: object
    flow_style: bool | None
    start_mark: Mark
    end_mark: Mark


class _Problem(Protocol):
    problem: str | None
    context: str | None
    problem_mark: Mark | None
    context_mark: Mark | None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed file.

    Attributes:
        name: How errors call the file.
        text: As read.
        value: What it holds.
        lines: By path of keys, the line (from 1) on which each stands.
        nodes: By path, the key and value as they stand in the text.
    """

    name: str
    text: str
    value: Mapping[str, Json]
    lines: Mapping[Keys, int]
    nodes: Mapping[Keys, tuple[Node, Node]]

    def at(self, *keys: str) -> Json:
        """What lies at a path of keys; None where there is nothing."""
        found: Json = self.value
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def parse(text: str, name: str) -> Document:
    """Read YAML.

    Args:
        text: The file's.
        name: How errors call the file.

    Raises:
        LadderError: When it is not YAML, or not a mapping.
    """
    try:
        root = cast(Node | None, YAML(pure=True).compose(text))  # pyright: ignore[reportUnknownMemberType] untyped library
    except MarkedYAMLError as error:
        found = cast(_Problem, error)
        mark = found.problem_mark or found.context_mark
        raise _wrong(name, mark.line + 1 if mark else 1, found.problem or found.context or "not YAML") from None
    if root is None:
        return Document(name=name, text=text, value={}, lines={}, nodes={})
    if root.id != "mapping":
        raise _wrong(name, _line(root), "must hold keys and values")
    reader = _Reader(name)
    value = reader.mapping(root, ())
    return Document(name=name, text=text, value=value, lines=reader.lines, nodes=reader.nodes)


def read(path: Path, name: str) -> Document:
    """Read a file.

    Raises:
        LadderError: When it cannot be read, or is not YAML.
    """
    try:
        return parse(path.read_bytes().decode(), name)
    except FileNotFoundError:
        raise LadderError(Exit.MISSING, f"{name}: there is no such file ({path})") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LadderError(Exit.MISSING, f"{name}: cannot be read ({error})") from None


def scalar_text(value: Json) -> str:
    """A value as the engine hands it to a program: text as it is, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), sort_keys=True)


@dataclass(kw_only=True)
class _Places:
    lines: dict[Keys, int] = field(default_factory=dict[Keys, int])
    nodes: dict[Keys, tuple[Node, Node]] = field(default_factory=dict[Keys, tuple[Node, Node]])


class _Reader(_Places):
    """Turns nodes into values the way the engine's own reader does, which follows YAML 1.1 in numbers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def mapping(self, node: Node, path: Keys) -> dict[str, Json]:
        result: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        for key_node, value_node in cast(list[tuple[Node, Node]], node.value):
            if _tag(key_node) == "merge" and value_node.id == "mapping":
                merged |= self.mapping(value_node, path)
                continue
            if key_node.id != "scalar":
                raise _wrong(self._name, _line(key_node), "a key must be text")
            key = str(key_node.value)
            if key in result:
                raise _wrong(self._name, _line(key_node), f'"{key}" is given twice')
            self.lines[*path, key] = _line(key_node)
            self.nodes[*path, key] = (key_node, value_node)
            result[key] = self.value(value_node, (*path, key))
        return merged | result

    def value(self, node: Node, path: Keys) -> Json:
        match node.id:
            case "mapping":
                return self.mapping(node, path)
            case "sequence":
                items = cast(list[Node], node.value)
                return [self.value(item, (*path, str(index))) for index, item in enumerate(items)]
            case "scalar":
                return self._scalar(node)

    def _scalar(self, node: Node) -> Json:
        text = str(node.value)
        match _tag(node):
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text.replace("_", ""))
            case "float":
                if text.lstrip("+-").lower() in (".inf", ".nan"):
                    raise _wrong(self._name, _line(node), f"{text} is not a number that JSON knows")
                number = float(text.replace("_", ""))
                return int(number) if number.is_integer() and abs(number) < 1e21 else number
            case "null":
                return None
            case _:
                return text


def _integer(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    octal = len(digits) > 1 and digits[0] == "0" and set(digits) <= set("01234567")
    return sign * (int(digits, 8) if octal else int(digits, 10) if digits.isdigit() else int(digits, 0))


def _tag(node: Node) -> str:
    return str(node.tag).removeprefix(_TAG)


def _line(node: Node) -> int:
    return node.start_mark.line + 1


def _wrong(name: str, line: int, problem: str) -> LadderError:
    return LadderError(Exit.WRONG, f"{name}:{line}: {problem}\n    fix: correct the file at this line")
