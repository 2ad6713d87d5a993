"""Pages that continuous integration shows beside a run, such as the job summary of GitHub."""

from pathlib import Path

LIMIT = 250_000
"""Characters: GitHub takes 1 MiB, and a character has four bytes at most."""


def add(page: Path, text: str) -> None:
    """Write below what is there."""
    with page.open("a", encoding="utf-8") as out:
        out.write(f"{text.rstrip()}\n\n")
