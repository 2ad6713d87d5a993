"""`ladder status`: how the stores of a stack are, right now, as the cluster that it names tells it."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from components import labels, naming
from components.app.args import AppArgs
from components.catalog import Keeper
from components.store import StoreArgs
from infra import preflight
from infra.cluster_api import ClusterApi, ClusterError, Finding, Forbidden
from infra.settings import Settings
from ladder import cluster_view
from ladder.cluster_view import Fill, LogReader, View
from ladder.status import trouble, watched
from ladder.status.report import AppStatus, Backups, StatusReport, StoreStatus, Volume

STALE = timedelta(minutes=5)
FULL_PERCENT = 80
"""From here on a volume is spoken of."""
SHARED = 1.5
"""A file system this many times the size of its claim is not the claim's own, but its node's disk."""


def read(settings: Settings, *, now: datetime | None = None) -> StatusReport:
    """Look at the one cluster that the stack names; whatever keeps from seeing it is in the report."""
    at = now or datetime.now(UTC)
    try:
        return look(ClusterApi(settings.cluster), settings, at)
    except ClusterError as error:
        return _report(settings, at, problem=error.finding)
    except Forbidden as error:
        rule = f"may not read what status shows ({error})"
        fix = "let its user read pods, their logs, events, claims, workloads and autoscalers of the namespace"
        finding = Finding(key="ladder:cluster.context", value=settings.cluster.context, rule=rule, fix=fix)
        return _report(settings, at, problem=finding)


def look(cluster: LogReader, settings: Settings, now: datetime) -> StatusReport:
    """The report, from a cluster that answers.

    Raises:
        ClusterError: It does not answer after all.
        Forbidden: These credentials may not read the namespace.
    """
    name = settings.placement.namespace
    found = cluster.get(f"/api/v1/namespaces/{name}", preflight.Namespace)
    if found is None:
        rule, fix = "this namespace does not exist: nothing of the stack is here", "bring it up: make up, or pulumi up"
        return _report(settings, now, problem=Finding(key="ladder:namespace", value=name, rule=rule, fix=fix))
    if finding := preflight.foreign(found, settings):
        return _report(settings, now, problem=finding)
    view = cluster_view.read(cluster, name)
    seen = watched.read(cluster, name) if settings.vault else None
    stores = [
        _store(cluster, view, store, now, watched.backups(store, settings.vault, seen, now))
        for store in settings.stores.values()
    ]
    app = _app(cluster, view, settings.app, name) if settings.app else None
    return _report(
        settings,
        now,
        rendered=preflight.rendered(found),
        stores=stores,
        app=app,
        alerts=watched.troubles(seen),
        notes=[
            *(note for row in stores for note in _notes(row, seen)),
            *watched.notes(settings, seen, now),
            *_left_over(view, settings),
        ],
    )


def _report(
    settings: Settings,
    now: datetime,
    *,
    rendered: bool = False,
    stores: Sequence[StoreStatus] = (),
    app: AppStatus | None = None,
    alerts: Sequence[str] = (),
    notes: Sequence[str] = (),
    problem: Finding | None = None,
) -> StatusReport:
    place = settings.placement
    where = " ".join(filter(None, (place.cluster, place.region)))
    return StatusReport(
        project=settings.project,
        stack=settings.stack,
        stage=place.stage,
        cloud=place.cloud,
        cluster=f"{settings.cluster.kind}, {where}",
        namespace=place.namespace,
        at=now,
        rendered=rendered,
        stores=stores,
        app=app,
        alerts=alerts,
        notes=notes,
        problem=problem,
    )


def _store(cluster: LogReader, view: View, store: StoreArgs, now: datetime, backup: Backups) -> StoreStatus:
    outside = store.keeper is not Keeper.CLUSTER
    held = view.sets.get(store.name)
    pods = [pod for pod in view.pods if pod.of(store.kind, store.name)]
    place = trouble.Place(namespace=store.placement.namespace, key=f"ladder:{store.kind}", name=store.name)
    missing = [] if outside or held else [f"StatefulSet {store.name} does not exist → pulumi up --refresh, or make up"]
    return StoreStatus(
        kind=store.kind,
        name=store.name,
        backend=store.backend,
        role=store.role,
        wanted=store.replicas,
        ready=None if outside else (held.ready if held else 0),
        volume=_fullest(cluster, view, store, now) if store.holds_data else None,
        backup=backup,
        troubles=[*missing, *([] if outside else trouble.of(cluster, place, pods, view.warnings))],
    )


def _fullest(cluster: LogReader, view: View, store: StoreArgs, now: datetime) -> Volume | None:
    """The volume that is nearest to its end; those of which nothing is known come last."""
    volumes: list[Volume] = []
    for ordinal in range(store.replicas):
        claim = view.claims.get(naming.claim(store.name, ordinal))
        if claim is None:
            continue
        text = cluster_view.log(cluster, store.placement.namespace, f"{store.name}-{ordinal}", "fill", lines=3)
        volumes.append(volume(claim.name, cluster_view.gib(claim.requested), cluster_view.last_fill(text), now))
    return max(volumes, key=lambda held: held.percent if held.percent is not None else -1, default=None)


def volume(claim: str, size_gib: float, fill: Fill | None, now: datetime) -> Volume:
    """A claim and the newest line of its fill sidecar; an old line counts as none."""
    if fill is None or now - fill.time > STALE or fill.size <= 0:
        return Volume(claim=claim, size_gib=size_gib)
    inodes = round(100 * fill.inodes_used / fill.inodes) if fill.inodes and fill.inodes_used is not None else None
    return Volume(
        claim=claim,
        size_gib=size_gib,
        percent=round(100 * fill.used / fill.size),
        shared=fill.size > SHARED * size_gib * cluster_view.GIB,
        inodes_percent=inodes,
    )


def _notes(row: StoreStatus, seen: watched.Health | None) -> list[str]:
    """What the volume of a store will need soon."""
    held = row.volume
    if held is None:
        return []
    notes: list[str] = []
    if held.percent is not None and held.percent >= FULL_PERCENT:
        soon = watched.forecast(seen, row.kind, held.claim)
        if held.shared:
            rule = f"{row.name}: the node's disk, which its volume shares, is {held.percent} % full{soon}"
            notes.append(f"{rule} → make room on the node; a larger storage_gib does not")
        else:
            wanted = f"ladder:{row.kind}.storage_gib: {math.ceil(2 * held.size_gib)}"
            notes.append(f"{row.name}: volume {held.percent} % full{soon} → {wanted}")
    if held.inodes_percent is not None and held.inodes_percent >= FULL_PERCENT:
        notes.append(f"{row.name}: {held.inodes_percent} % of the volume's inodes are used → a larger volume has more")
    return notes


def _left_over(view: View, settings: Settings) -> list[str]:
    """StatefulSets of Ladder's that no setting names."""
    names = {store.name for store in settings.stores.values()}
    return [
        f"{held.name}: runs here, and the settings do not name it"
        for held in view.sets.values()
        if held.labels.get(labels.MANAGED_BY) == "ladder" and held.name not in names
    ]


def _app(cluster: LogReader, view: View, app: AppArgs, namespace: str) -> AppStatus:
    deployment = view.deployments.get(app.name)
    scaler = view.autoscalers.get(app.name)
    pods = [pod for pod in view.pods if pod.of("app", app.name)]
    missing = [] if deployment else [f"Deployment {app.name} does not exist → pulumi up --refresh, or make up"]
    place = trouble.Place(namespace=namespace, key="ladder:app", name=app.name)
    return AppStatus(
        ready=deployment.ready if deployment else 0,
        wanted=deployment.wanted if deployment else app.least,
        least=app.least,
        most=app.most,
        cpu_percent=scaler.cpu_percent if scaler else None,
        troubles=[*missing, *trouble.of(cluster, place, pods, view.warnings)],
    )
