"""Edits of a stack file that leave every other character, comments included, as it was."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ladder.errors import Exit, LadderError
from ladder.stack import document
from ladder.stack.document import Document, Json, Keys, Node

CONFIG = "config"
APP = "ladder:app"
_PLAIN = re.compile(r"[A-Za-z_][-A-Za-z0-9_./]*")
"""Text that YAML takes for nothing else, but for `_WORDS`."""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def with_phase(file: Document, section: str, phase: str) -> Document:
    """The file with `phase` set in a store's section.

    Args:
        file: A stack file.
        section: Its key, for example `ladder:postgres`.
        phase: The value.

    Raises:
        LadderError: When the section is not written in a way that can be edited.
    """
    return with_value(file, (section, "phase"), phase)


def without_phase(file: Document, section: str) -> Document:
    """The file without the phase of a store, as it was before `with_phase`."""
    return without_value(file, (section, "phase"))


def with_value(file: Document, keys: Keys, value: Json) -> Document:
    """The file with a value in place of what is there, or as the first of its group.

    Args:
        file: A stack file.
        keys: Below `config`, for example `("ladder:postgres", "phase")`; all but the last are there.
        value: A group or a list is written in one line.

    Raises:
        LadderError: When the group is not written in a way that can be edited.
    """
    path: Keys = (CONFIG, *keys)
    written = flow(value)
    held = file.nodes.get(path)
    if held and (held[1].id == "scalar" or held[1].flow_style):
        text = _replaced(file.text, held[1], written)
    elif held:
        # Above what it replaces, which then goes: what a group in several lines ends with is not its own.
        at, line = held[0].start_mark, f"{keys[-1]}: {written}{_newline(file.text)}"
        text = f"{file.text[: at.index]}{line}{' ' * at.column}{file.text[at.index :]}"
        start = at.index + len(text) - len(file.text)
        text = _without_lines(text, start, _end(held[1]) + len(text) - len(file.text))
    else:
        text = _with_first(file, path, written)
    wanted = _changed(_config(file), keys, value)
    return _checked(file, text, wanted, f"write {keys[-1]}: {_shown(value)} in {'.'.join(keys[:-1]) or CONFIG}")


def without_value(file: Document, keys: Keys) -> Document:
    """The file without a value and its key."""
    path: Keys = (CONFIG, *keys)
    key, value = file.nodes[path]
    start, end = key.start_mark.index, max(key.end_mark.index, _end(value))
    group = file.nodes[path[:-1]][1]
    if group.flow_style:
        before = file.text[:start].rstrip()
        if before.endswith(","):
            start = len(before) - 1
        else:
            rest = file.text[end:]
            end += len(rest) - len(rest.lstrip(", "))
        text = file.text[:start] + file.text[end:]
    else:
        text = _without_lines(file.text, start, end)
        if len(cast(list[object], group.value)) == 1:
            at = text.index(":", file.nodes[path[:-1]][0].end_mark.index) + 1
            text = f"{text[:at]} {{}}{text[at:]}"
    return _checked(file, text, _changed(_config(file), keys), f"take {keys[-1]} out of {'.'.join(keys[:-1])}")


def flow(value: Json) -> str:
    """A value as YAML in one line."""
    match value:
        case str():
            plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
            return value if plain else json.dumps(value, ensure_ascii=False)
        case Mapping():
            return f"{{{', '.join(f'{flow(key)}: {flow(inner)}' for key, inner in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case _:
            return json.dumps(value)


def _shown(value: Json) -> str:
    """For a person, who needs no secret to write it."""
    return flow(value) if isinstance(value, str | int | float | bool) else "…"


def _changed(config: Mapping[str, Json], keys: Keys, value: Json | None = None) -> dict[str, Json]:
    """The same with another value at `keys`; without it where none is given."""
    first, *rest = keys
    inner = config.get(first)
    if rest:
        return {**config, first: _changed(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)}
    return {key: it for key, it in config.items() if key != first} | ({} if value is None else {first: value})


def _with_first(file: Document, path: Keys, written: str) -> str:
    key, group = file.nodes[path[:-1]]
    entries = cast(list[tuple[Node, Node]], group.value)
    if group.flow_style:
        at = entries[-1][1].end_mark.index if entries else group.start_mark.index + 1
        return f"{file.text[:at]}{', ' if entries else ''}{path[-1]}: {written}{file.text[at:]}"
    at = _line_end(file.text, key.end_mark.index)
    column = entries[0][0].start_mark.column if group.id == "mapping" else 0
    return f"{file.text[:at]}{_newline(file.text)}{' ' * column}{path[-1]}: {written}{file.text[at:]}"


def with_section(file: Document, section: str, value: Mapping[str, str]) -> Document:
    """The file with a section of plain texts as its last, in place of one of that name.

    Raises:
        LadderError: When the file is not written in a way that can be edited.
    """
    if (CONFIG, section) in file.nodes:
        file = without_store(file, section)
    if (CONFIG,) not in file.nodes:
        raise LadderError(Exit.WRONG, f"{file.name}: has no config\n    fix: write config: and what the stack is")
    config = file.nodes[(CONFIG,)][1]
    entries = cast(list[tuple[Node, Node]], config.value)
    last = max(entries[-1][0].end_mark.index, _end(entries[-1][1])) if config.id == "mapping" and entries else 0
    column = entries[0][0].start_mark.column if entries else 2
    at = _line_end(file.text, last)
    inner = ", ".join(f"{key}: {text}" for key, text in value.items())
    text = f"{file.text[:at]}{_newline(file.text)}{' ' * column}{section}: {{{inner}}}{file.text[at:]}"
    return _checked(file, text, {**_config(file), section: dict(value)}, f"write {section}: {{{inner}}}")


def without_store(file: Document, section: str) -> Document:
    """The file without a store's section, and without the store in the list of those that the application uses."""
    kind = section.partition(":")[2]
    app = _config(file).get(APP)
    if isinstance(app, Mapping) and isinstance(uses := app.get("uses"), list) and kind in uses:
        file = _without_use(file, app, [it for it in uses if it != kind], kind)
    key, value = file.nodes[CONFIG, section]
    text = _without_lines(file.text, key.start_mark.index, max(key.end_mark.index, _end(value)))
    wanted = {held: inner for held, inner in _config(file).items() if held != section}
    return _checked(file, text, wanted, f"delete {section}")


def save(path: Path, file: Document) -> None:
    """Replace the file in one step, keeping its mode.

    Raises:
        LadderError: When it cannot be written.
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).chmod(mode)
        Path(draft).replace(target)
    except OSError as error:
        raise LadderError(Exit.FAILED, f"{path}: cannot be written ({error.strerror})") from None


def _config(file: Document) -> Mapping[str, Json]:
    config = file.value.get(CONFIG)
    return config if isinstance(config, Mapping) else {}


def _without_use(file: Document, app: Mapping[str, Json], left: list[Json], kind: str) -> Document:
    key, uses = file.nodes[CONFIG, APP, "uses"]
    items = cast(list[Node], uses.value)
    kept = ", ".join(_source(file.text, it) for it in items if str(it.value) != kind)
    if uses.flow_style:
        text = f"{file.text[: uses.start_mark.index]}[{kept}]{file.text[uses.end_mark.index :]}"
    else:
        text = file.text
        for item in reversed(items):
            if str(item.value) == kind:
                text = _without_lines(text, item.start_mark.index, item.end_mark.index)
        if not left:
            at = text.index(":", key.end_mark.index) + 1
            text = f"{text[:at]} []{text[at:]}"
    wanted = {**_config(file), APP: {**app, "uses": left}}
    return _checked(file, text, wanted, f"take {kind} out of uses in {APP}")


def _checked(file: Document, text: str, config: Mapping[str, Json], by_hand: str) -> Document:
    """The edited file, if it reads exactly as it should."""
    try:
        edited = document.parse(text, file.name)
    except LadderError:
        edited = None
    expected = {**file.value, CONFIG: config or None}
    if edited is None or {**edited.value, CONFIG: edited.value.get(CONFIG) or None} != expected:
        rule = "it is written in a way that cannot be edited without touching something else; nothing was changed"
        raise LadderError(Exit.FAILED, f"{file.name}: {rule}\n    fix: {by_hand} by hand, and run this again")
    return edited


def _replaced(text: str, node: Node, new: str) -> str:
    return text[: node.start_mark.index] + new + text[node.end_mark.index :]


def _source(text: str, node: Node) -> str:
    return text[node.start_mark.index : node.end_mark.index]


def _end(node: Node) -> int:
    """Where a value really ends: that of a block reaches, by its own mark, over the comments behind it."""
    match node.id:
        case "mapping" if not node.flow_style and node.value:
            return _end(cast(list[tuple[Node, Node]], node.value)[-1][1])
        case "sequence" if not node.flow_style and node.value:
            return _end(cast(list[Node], node.value)[-1])
        case _:
            return node.end_mark.index


def _line_end(text: str, at: int) -> int:
    """The end of the line that holds `at`, before its line break."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1] == "\r" else end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _without_lines(text: str, start: int, end: int) -> str:
    """The text without the whole lines from `start` to `end`."""
    first = text.rfind("\n", 0, start) + 1
    after = text.find("\n", max(start, end - 1))
    return text[:first] + (text[after + 1 :] if after >= 0 else "")
