"""What the name of a store's image says of the server in it.

It is the early word only: the start script asks the server itself, and opens no files with another one.
"""

import re

from components import catalog
from components.catalog import Engine, Image

_NAMES = {
    "mongo": Engine.MONGODB,
    "mongodb": Engine.MONGODB,
    "mysql": Engine.MYSQL,
    "postgres": Engine.POSTGRES,
    "postgresql": Engine.POSTGRES,
    "redis": Engine.REDIS,
    "valkey": Engine.VALKEY,
}
"""As the official images, and most mirrors of them, are called; another name says nothing."""

_REF = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::(?P<tag>[^/@]+))?(?P<digest>@.+)?")


def problem_with(image: Image, engine: Engine, version: str) -> tuple[str, str] | None:
    """Why it must not run `version` of `engine`, and what to write instead; None where its name says nothing of it."""
    found = _REF.fullmatch(image.ref)
    if found is None or (held := _NAMES.get(found["name"])) is None:
        return None
    fix = f"for example {image.ref[: found.start('name')]}{_official(engine, version)}"
    if held is not engine:
        return f"is an image of {held}, and the store's files are those of {engine}", fix
    if (found["tag"] or "latest") == "latest" and not found["digest"]:
        return "goes on to another version by itself, which may not read the files", fix
    return None


def _official(engine: Engine, version: str) -> str:
    return catalog.image(engine, version).ref.rsplit("/", 1)[-1]
