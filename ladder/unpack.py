"""Unpacks archives of people who are trusted, by every Python that Ladder runs on."""

import tarfile
from pathlib import Path


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Into a folder, and nowhere else where Python can tell: Debian 12 has 3.11.2, and filters came with 3.11.4.

    Raises:
        OSError: When a file cannot be written.
        tarfile.TarError: When the archive is broken, or writes elsewhere.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)  # noqa: S202 (nothing better is there)
