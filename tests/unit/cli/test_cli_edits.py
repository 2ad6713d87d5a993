from pathlib import Path

import pytest
from cli_world import STACK

from ladder.errors import LadderError
from ladder.stack import document, edits
from ladder.stack.document import Document, Json

HEAD = "# top\nconfig: # all of it\n  ladder:stage: bootstrap\n"
TAIL = "  # the rest\n  ladder:app: {image: x, uses: [redis]} # end\n"


def parse(text: str) -> Document:
    return document.parse(text, "Pulumi.prod.yaml")


BLOCKS = [
    "  ladder:postgres:\n    version: '17' # why\n    # and\n    image:\n      ref: a\n",
    "  ladder:postgres:   # the books\n\n    # first\n    version: '17'\n",
    "  ladder:postgres: {version: '17', image: {ref: a}} # inline\n",
    "  ladder:postgres: {}\n",
    "  ladder:postgres: { version: '17', }\n",
    "  ladder:postgres: {\n    version: '17',\n    storage_gib: 5,\n  }\n",
    "  ladder:postgres:\n      note: |\n        two\n        lines\n",
]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_phase_comes_and_goes_without_a_trace(block: str, newline: str) -> None:
    before = parse((HEAD + block + TAIL).replace("\n", newline))
    marked = edits.with_phase(before, "ladder:postgres", "remove")
    assert str(marked.nodes["config", "ladder:postgres", "phase"][1].value) == "remove"
    added = len(marked.text) - len(before.text)
    assert 0 < added <= len(f"    phase: remove{newline}") + 2
    assert edits.without_phase(marked, "ladder:postgres").text == before.text


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("tail", [TAIL, ""])
def test_a_section_goes_and_its_neighbours_stay_to_the_letter(block: str, tail: str) -> None:
    left = edits.without_store(parse(HEAD + block + tail), "ladder:postgres")
    assert left.text == HEAD + tail


def test_the_last_line_may_lack_its_break() -> None:
    left = edits.without_store(parse(HEAD + "  ladder:postgres:\n    version: '17'"), "ladder:postgres")
    assert left.text == HEAD


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "value",
    [
        {"backend": "external", "external": {"uri": {"secure": "v1:aB+/==:x"}, "ca": "-----\nX\n"}},
        {"storage_gib": 20, "protect": False, "version": "17", "image": {"ref": "a b: c#", "uid": 70}, "l": ["y", 1.5]},
    ],
)
def test_a_group_comes_is_changed_and_goes_without_a_trace(block: str, value: dict[str, Json]) -> None:
    before, at = parse(HEAD + block + TAIL), ("ladder:postgres", "to")
    once = edits.with_value(before, at, value)
    inner = edits.with_value(once, (*at, "backend"), "aws_rds")
    held = edits.with_value(inner, (*at, "replicas"), 2)
    assert held.value["config"]["ladder:postgres"]["to"] == {**value, "backend": "aws_rds", "replicas": 2}
    left = edits.without_value(held, (*at, "replicas"))
    assert edits.with_value(left, at, value).text == once.text
    assert edits.without_value(left, at).text == before.text


def test_a_group_in_several_lines_becomes_one_line_where_it_stood() -> None:
    text = (
        HEAD
        + "  ladder:postgres:\n    # a\n    to:\n      backend: external\n      external:\n        uri: x\n"
        + "    # b\n    k: 1\n"
    )
    before = parse(text + TAIL)
    inner = edits.with_value(before, ("ladder:postgres", "to", "backend"), "aws_rds")
    assert inner.text == before.text.replace("backend: external", "backend: aws_rds")
    one = edits.with_value(before, ("ladder:postgres", "to"), {"backend": "aws_rds"})
    assert one.text == HEAD + "  ladder:postgres:\n    # a\n    to: {backend: aws_rds}\n    # b\n    k: 1\n" + TAIL
    assert edits.without_value(before, ("ladder:postgres", "to")).text == HEAD + (
        "  ladder:postgres:\n    # a\n    # b\n    k: 1\n" + TAIL
    )


def test_the_last_value_of_a_group_leaves_an_empty_one() -> None:
    before = parse(HEAD + "  ladder:postgres: # why\n    backend: external\n" + TAIL)
    left = edits.without_value(before, ("ladder:postgres", "backend"))
    assert left.text == HEAD + "  ladder:postgres: {} # why\n" + TAIL


def test_a_setting_of_the_stack_is_changed_in_its_line() -> None:
    text = HEAD + TAIL
    assert edits.with_value(parse(text), ("ladder:stage",), "funded").text == text.replace("bootstrap", "funded")


def test_a_secret_is_not_told_to_who_must_write_by_hand() -> None:
    with pytest.raises(LadderError) as error:
        edits.with_value(
            parse("b: &b {to: 1}\nconfig:\n  x: *b\n  y: *b\n"), ("x", "to"), {"uri": {"secure": "v1:abc"}}
        )
    assert "abc" not in str(error.value)


def test_a_phase_that_is_there_is_overwritten() -> None:
    before = parse(HEAD + "  ladder:postgres:\n    phase: copy # now\n")
    assert edits.with_phase(before, "ladder:postgres", "remove").text == before.text.replace("copy", "remove")


@pytest.mark.parametrize(
    ("uses", "left"),
    [
        ("[redis, postgres]", "[redis]"),
        ("[ postgres , redis ]", "[redis]"),
        ("[postgres]", "[]"),
        ("\n      - redis # a\n      - postgres # b", "\n      - redis # a"),
        ("\n      - postgres # b", " []"),
    ],
)
def test_the_application_stops_using_a_store_that_goes(uses: str, left: str) -> None:
    text = HEAD + "  ladder:postgres: {}\n  ladder:app:\n    uses:{}\n    image: x\n"
    before = text.replace("uses:{}", f"uses:{uses if uses.startswith(chr(10)) else ' ' + uses}")
    after = edits.without_store(parse(before), "ladder:postgres").text
    expected = left if left.startswith((" ", "\n")) else f" {left}"
    assert after == text.replace("  ladder:postgres: {}\n", "").replace("uses:{}", f"uses:{expected}")


@pytest.mark.parametrize(
    "text",
    [
        "config: {ladder:stage: bootstrap, ladder:postgres: {version: '17'}}\n",
        "base: &b {version: '17'}\nconfig:\n  ladder:postgres: *b\n  ladder:mysql: *b\n",
    ],
)
def test_what_cannot_be_edited_alone_is_left_to_the_user(text: str) -> None:
    with pytest.raises(LadderError, match="by hand"):
        edits.without_store(edits.with_phase(parse(text), "ladder:postgres", "remove"), "ladder:postgres")


def test_saving_keeps_the_mode_and_follows_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text(STACK)
    real.chmod(0o640)
    link.symlink_to(real)
    edits.save(link, edits.without_store(parse(STACK), "ladder:postgres"))
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "postgres" not in real.read_text()
    assert sorted(tmp_path.iterdir()) == [link, real]
