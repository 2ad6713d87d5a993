"""The manifests of a stack, in the order in which they can be applied."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from components import labels
from ladder import offline
from ladder.engine import PLACEHOLDERS, Registration, Values, masked, plain
from ladder.engine.properties import Properties, Secret, Value, copy_of, mapping
from ladder.errors import Exit, LadderError
from ladder.stack.stackfile import StackFile

APPLIED = "render"
"""Marks the namespace of a stack that was applied without Pulumi: `pulumi up` refuses it."""

WORKLOADS = {"StatefulSet", "Deployment", "Job"}
"""Kinds that take time to become ready, and that others may wait for."""

MINUTES = 10

_OTHERWISE_READ = re.compile(r"y|n|yes|no|on|off|[-+.\d].*", re.IGNORECASE)
"""Texts that Kubernetes, which reads YAML 1.1, would take for a switch or a number."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One Kubernetes object.

    Attributes:
        api_version: For example `apps/v1`.
        kind: For example `StatefulSet`.
        name: In the cluster.
        namespace: Absent for what lives in none.
        body: All of it; secrets are marked.
        level: Everything of a lower level must be ready before it is applied.
        minutes: How long it may take to become ready.
    """

    api_version: str
    kind: str
    name: str
    namespace: str | None
    body: Properties
    level: int
    minutes: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def manifests(file: StackFile, values: Values = PLACEHOLDERS) -> list[Manifest]:
    """Every object of the stack: what depends on another comes after it.

    Args:
        file: The stack.
        values: Where passwords and certificates come from.

    Raises:
        LadderError: When the program refuses to run.
    """
    done = offline.run(file, values=values)
    if done.error is not None:
        raise LadderError(Exit.FAILED, done.error)
    levels = _levels(done.registrations)
    found = [_manifest(it, levels[it.urn]) for it in done.registrations if it.type.startswith("kubernetes:")]
    return sorted(found, key=lambda manifest: manifest.level)


def _levels(wanted: Sequence[Registration]) -> dict[str, int]:
    """How many workloads must be ready, one after another, before each resource."""
    levels: dict[str, int] = {}
    for it in wanted:
        by_property = (urn for urns in it.property_dependencies.values() for urn in urns)
        levels[it.urn] = max((levels[urn] for urn in (*it.dependencies, *by_property)), default=0)
        if _kind(it) in WORKLOADS:
            levels[it.urn] += 1
    # A workload is applied with what it depends on; only what depends on the workload comes later.
    return {it.urn: levels[it.urn] - (_kind(it) in WORKLOADS) for it in wanted}


def _kind(it: Registration) -> str:
    return it.type.rsplit(":", 1)[-1]


def _manifest(it: Registration, level: int) -> Manifest:
    body = mapping(copy_of(it.inputs))
    metadata = dict(mapping(body.get("metadata")))
    notes = {key: value for key, value in mapping(metadata.get("annotations")).items() if "pulumi.com/" not in key}
    metadata.pop("annotations", None)
    if notes:
        metadata["annotations"] = notes
    if _kind(it) == "Namespace":
        metadata["labels"] = {**mapping(metadata.get("labels")), labels.APPLIED_BY: APPLIED}
    namespace = plain(metadata.get("namespace"))
    body = {**body, "metadata": metadata}
    return Manifest(
        api_version=str(body["apiVersion"]),
        kind=str(body["kind"]),
        name=str(plain(metadata["name"])),
        namespace=str(namespace) if namespace else None,
        body={key: _by_leaf(value) for key, value in body.items()},
        level=level,
        minutes=int(it.custom_timeouts.get("create", f"{MINUTES}m").removesuffix("m")),
    )


def _by_leaf(value: Value) -> Value:
    """Mark the leaves of a secret group instead of the group, so that its keys can be shown."""
    if isinstance(value, Secret) and isinstance(value.value, dict):
        return {key: inner if isinstance(inner, Secret) else Secret(inner) for key, inner in value.value.items()}
    return value


def text(found: Sequence[Manifest], *, show_secrets: bool) -> str:
    """All manifests as one YAML text; secrets as `[secret]` unless they are to be shown."""
    return "".join("---\n" + one(manifest, show_secrets=show_secrets) for manifest in found)


def one(manifest: Manifest, *, show_secrets: bool) -> str:
    """One manifest as YAML, `apiVersion` and `kind` first."""
    shown = mapping(plain(manifest.body) if show_secrets else masked(manifest.body))
    first = {key: shown[key] for key in ("apiVersion", "kind", "metadata")}
    stream = StringIO()
    yaml = YAML()
    yaml.width = 4096
    yaml.dump({**first, **_readable(shown)}, stream)  # pyright: ignore[reportUnknownMemberType] untyped library
    return stream.getvalue()


def _readable(value: Mapping[str, Value]) -> dict[str, object]:
    return {key: _blocks(inner) for key, inner in sorted(value.items())}


def _blocks(value: Value) -> object:
    """Scripts and certificates as blocks, line by line."""
    match value:
        case dict():
            return _readable(value)
        case list():
            return [_blocks(inner) for inner in value]
        case str() if "\n" in value:
            return LiteralScalarString(value)
        case str() if _OTHERWISE_READ.fullmatch(value):
            return DoubleQuotedScalarString(value)
        case _:
            return value


def write(found: Sequence[Manifest], folder: Path, *, show_secrets: bool) -> list[Path]:
    """One file each, numbered in order; readable by their owner alone when they hold secrets.

    Raises:
        LadderError: When the folder holds something already, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LadderError(Exit.WRONG, f"--out {folder}: is not empty\n    fix: name a new folder")
        written: list[Path] = []
        for number, manifest in enumerate(found):
            path = folder / f"{number:03d}-{manifest.kind.lower()}-{manifest.name}.yaml"
            path.touch(mode=0o600 if show_secrets else 0o644)
            path.write_text(one(manifest, show_secrets=show_secrets), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise LadderError(Exit.FAILED, f"--out {folder}: {error.strerror}") from None
    return written
