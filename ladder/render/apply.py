"""Applies a stack's manifests to the cluster of this machine, for `make up` where no Pulumi CLI can be had.

It keeps no ledger and deletes nothing; `make down` is the way out.
"""

import base64
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from components import labels
from infra.cluster_api import ClusterApi, Forbidden, message
from infra.settings import Settings
from ladder.engine import Values, plain
from ladder.engine.properties import Value, mapping
from ladder.engine.real_values import RealValues
from ladder.errors import Exit, LadderError
from ladder.render import manifests as render
from ladder.render.manifests import WORKLOADS, Manifest
from ladder.render.waiting import Clock, Cluster, Object, path_of, until_ready
from ladder.stack.stackfile import StackFile

CLUSTER = "ladder-local"
"""Identifier of the only cluster to which rendered manifests are applied: the one that `local/` makes."""

FIELD_MANAGER = "ladder"


def values_file(file: StackFile) -> Path:
    """Where the passwords and keys of a rendered stack are kept: beside the local cluster, and gone with it."""
    folder = Path(os.environ.get("LADDER_LOCAL_DIR") or Path.home() / ".cache" / "ladder" / "local")
    return folder / f"values-{file.project}.{file.stack}.json"


@contextmanager
def values_of(file: StackFile, wanted: Settings) -> Generator[Values]:
    """The kept passwords and keys of a local stack; of any other, ones that are forgotten at the end."""
    if wanted.placement.cluster == CLUSTER:
        yield RealValues(values_file(file))
        return
    with TemporaryDirectory() as folder:
        yield RealValues(Path(folder) / "values.json")


def run(file: StackFile, wanted: Settings, say: Callable[[str], None]) -> None:
    """Apply everything and wait until it serves.

    Raises:
        LadderError: When it is not for this cluster, or something does not become ready.
        ClusterError: When the cluster does not answer.
    """
    check(file, wanted)
    found = render.manifests(file, RealValues(values_file(file)))
    deploy(found, wanted, ClusterApi(wanted.cluster), say)


def check(file: StackFile, wanted: Settings) -> None:
    """Refuse any cluster but the local one, and secrets that only the Pulumi CLI can read.

    Raises:
        LadderError: With the reason.
    """
    if wanted.placement.cluster != CLUSTER:
        where = file.where("ladder:cluster.identifier") or file.path.name
        raise LadderError(
            Exit.REFUSED,
            f"ladder:cluster.identifier = {wanted.placement.cluster}  ({where})\n"
            f"    rendered manifests are applied only to the cluster of this machine, {CLUSTER}: they have no ledger\n"
            f"    fix: pulumi up --stack {file.stack}",
        )
    if file.secret_keys:
        raise LadderError(
            Exit.WRONG,
            f"{', '.join(sorted(file.secret_keys))}: holds a secret, which only the Pulumi CLI can decrypt\n"
            f"    fix: pulumi up --stack {file.stack}",
        )


def deploy(
    found: Sequence[Manifest],
    wanted: Settings,
    cluster: Cluster,
    say: Callable[[str], None],
    clock: Clock | None = None,
) -> None:
    """Apply in order; what depends on a workload waits until that one is ready.

    Raises:
        LadderError: When the namespace is somebody else's, an object is refused, or something is not ready in time.
    """
    _own(wanted, cluster)
    for _, level in groupby(found, key=lambda manifest: manifest.level):
        batch = list(level)
        for manifest in batch:
            _apply(manifest, cluster)
        say(f"applied {len(batch)} objects")
        for manifest in batch:
            if manifest.kind in WORKLOADS:
                until_ready(manifest, cluster, say, clock or Clock())


def _own(wanted: Settings, cluster: Cluster) -> None:
    name = wanted.placement.namespace
    seen = cluster.get(f"/api/v1/namespaces/{name}", Object)
    if seen is None:
        return
    owner, by = seen.metadata.labels.get(labels.STACK), seen.metadata.labels.get(labels.APPLIED_BY)
    if (owner, by) == (wanted.owner, render.APPLIED):
        return
    whose = "is managed by `pulumi up`" if owner == wanted.owner else f"belongs to {owner or 'somebody else'}"
    fix = (
        f"pulumi up --stack {wanted.stack}" if owner == wanted.owner else "set ladder:namespace to a name that is free"
    )
    raise LadderError(Exit.REFUSED, f"namespace {name} exists and {whose}; nothing was changed\n    fix: {fix}")


def _apply(manifest: Manifest, cluster: Cluster) -> None:
    query = {"fieldManager": FIELD_MANAGER, "force": "true"}
    body = _encoded(manifest)
    try:
        status, answer = cluster.send("PATCH", path_of(manifest), query, body, "application/apply-patch+yaml")
    except Forbidden:
        raise LadderError(Exit.MISSING, f"{manifest}: these credentials may not apply it") from None
    if status >= 300:
        raise LadderError(Exit.FAILED, f"{manifest}: the cluster refused it ({status}): {message(answer)}")


def _encoded(manifest: Manifest) -> Mapping[str, object]:
    """The body as the API server keeps it: an apply that left a Secret's texts as they are would never remove a key."""
    body = mapping(plain(manifest.body))
    texts = mapping(body.pop("stringData", None))
    if texts:
        coded: dict[str, Value] = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
        body["data"] = {**mapping(body.get("data")), **coded}
    return body
