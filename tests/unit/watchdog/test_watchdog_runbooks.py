"""Whoever is paged must find the page that the message names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"docs/(runbooks/[a-z-]+\.md)")


def test_every_runbook_that_is_named_exists() -> None:
    texts = [
        it.read_text()
        for top in ("components", "ladder")
        for it in (ROOT / top).rglob("*")
        if it.suffix in {".py", ".sh"}
    ]
    named = {name for text in texts for name in NAMED.findall(text)}
    assert named
    assert sorted(name for name in named if not (ROOT / "docs" / name).is_file()) == []


def test_the_index_lists_every_runbook() -> None:
    folder = ROOT / "docs" / "runbooks"
    index = (folder / "README.md").read_text()
    assert [it.name for it in folder.glob("*.md") if it.name != "README.md" and f"({it.name})" not in index] == []
