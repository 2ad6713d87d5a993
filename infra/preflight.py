"""Looks at the cluster before anything is registered: the only network access of the program, and it only reads."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import Field

from components import labels
from components.catalog import Keeper
from components.cluster import ClusterKind
from infra.cluster_api import ClusterApi, ClusterError, Finding, Forbidden, Items, Reader, Severity, Shape, at
from infra.settings import Settings
from infra.vault_settings import VaultSettings

FLOOR = (1, 27)
"""Oldest Kubernetes that keeps what our manifests say: before it, `persistentVolumeClaimRetentionPolicy` of a
StatefulSet is dropped without a word. Source: KEP-1847 (beta and on by default in 1.27, stable in 1.32)."""

STORAGE_CLASS = "ladder:cluster.storage_class"
SCRATCH_CLASS = "ladder:backups.scratch_class"
NAMESPACE = "ladder:namespace"


class NotFit(Exception):  # noqa: N818 (says what the cluster is)
    """The cluster cannot take what the stack asks for; nothing was registered."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Say every finding."""
        self.findings = list(findings)
        count = "1 thing is wrong" if len(findings) == 1 else f"{len(findings)} things are wrong"
        listed = "\n".join("  " + str(finding).replace("\n", "\n  ") for finding in findings)
        super().__init__(f"the cluster is not ready for this stack: {count}; nothing was changed\n\n{listed}\n")


class Version(Shape):
    """Of the cluster's API server."""

    major: str
    minor: str
    git_version: str


class StorageClass(Shape):
    """How volumes of a class behave."""

    name: Annotated[str, at("metadata/name")]
    reclaim_policy: str = "Delete"
    allow_volume_expansion: bool = False


class Namespace(Shape):
    """A namespace and who says to own it."""

    labels: Annotated[dict[str, str], at("metadata/labels")] = Field(default_factory=dict[str, str])
    phase: Annotated[str, at("status/phase")] = "Active"


class ResourceList(Shape):
    """What an API offers."""

    group_version: str


class Placed(Protocol):
    """A stack, of whatever kind, that puts something into a namespace."""

    @property
    def namespace(self) -> str:
        """Its own."""
        ...

    @property
    def owner(self) -> str:
        """How it signs it."""
        ...


def enforce(settings: Settings | VaultSettings) -> list[Finding]:
    """Refuse a cluster that does not fit.

    Returns:
        The warnings, for the caller to show.

    Raises:
        NotFit: With every error that was found.
    """
    found = findings(settings) if isinstance(settings, Settings) else findings_for_vault(settings)
    if errors := [finding for finding in found if finding.severity is Severity.ERROR]:
        raise NotFit(errors)
    return found


def findings(settings: Settings) -> list[Finding]:
    """Everything about the cluster that does not fit the stack, found in four or five quick reads.

    A cluster that the stack makes itself is not looked at: before its first `up` there is none.
    """
    if settings.cluster.kind is not ClusterKind.EXISTING:
        return []
    try:
        return look(ClusterApi(settings.cluster), settings)
    except ClusterError as error:
        return [error.finding]


def findings_for_vault(settings: VaultSettings) -> list[Finding]:
    """Everything about the cluster that does not fit a vault in it; nothing where the vault is elsewhere."""
    if settings.cluster is None:
        return []
    try:
        return look_for_vault(ClusterApi(settings.cluster), settings)
    except (ClusterError, Forbidden) as error:
        return [error.finding] if isinstance(error, ClusterError) else []


def look_for_vault(cluster: Reader, settings: VaultSettings) -> list[Finding]:
    """Everything that does not fit a vault in a cluster that answers.

    Raises:
        ClusterError: When it does not answer after all.
    """
    classes = storage_class(settings.storage_class, _classes(cluster))
    return [*version(cluster), *classes, *namespace(cluster, settings)]


def look(cluster: Reader, settings: Settings) -> list[Finding]:
    """Everything that does not fit in a cluster that answers.

    Raises:
        ClusterError: When it does not answer after all.
    """
    found = version(cluster)
    for check in (storage, namespace, metrics):
        try:
            found += check(cluster, settings)
        except Forbidden as error:
            found.append(_unseen(settings, error))
    return found


def version(cluster: Reader) -> list[Finding]:
    """Whether Kubernetes is new enough for our manifests."""
    seen = cluster.get("/version", Version)
    if seen is None or (int(seen.major), int(seen.minor.rstrip("+"))) >= FLOOR:
        return []
    floor = ".".join(map(str, FLOOR))
    return [
        Finding(
            key="ladder:cluster",
            value=f"Kubernetes {seen.git_version}",
            rule=f"Ladder needs {floor} or newer: older ones ignore that volumes must outlive their StatefulSet",
            fix="upgrade the cluster, or name another one",
        )
    ]


def storage(cluster: Reader, settings: Settings) -> list[Finding]:
    """Whether the storage class exists, grows its volumes and keeps them."""
    wanted = {
        store.pods.storage_class
        for store in settings.stores.values()
        if store.keeper is Keeper.CLUSTER and store.holds_data
    }
    if not wanted:
        return []
    classes = _classes(cluster)
    scratch = {store.backup.scratch_class for store in settings.stores.values() if store.backup}
    return [
        *(finding for name in sorted(wanted) for finding in storage_class(name, classes)),
        *(finding for name in sorted(scratch - {None}, key=str) for finding in scratch_class(str(name), classes)),
    ]


def _classes(cluster: Reader) -> dict[str, StorageClass]:
    listed = cluster.get("/apis/storage.k8s.io/v1/storageclasses", Items[StorageClass])
    return {held.name: held for held in listed.items} if listed else {}


def scratch_class(name: str, classes: dict[str, StorageClass]) -> list[Finding]:
    """What is wrong with the class of volumes that live as long as one job."""
    held = classes.get(name)
    if held is not None and held.reclaim_policy == "Delete":
        return []
    rule = (
        "the cluster has no storage class of this name"
        if held is None
        else f"keeps every volume (reclaimPolicy: {held.reclaim_policy}): each proof of a backup would leave one behind"
    )
    free = ", ".join(sorted(one.name for one in classes.values() if one.reclaim_policy == "Delete"))
    fix = f"set one that deletes: {free}" if free else "leave it out: the node's disk is used then"
    return [Finding(key=SCRATCH_CLASS, value=name, rule=rule, fix=fix)]


def storage_class(name: str, classes: dict[str, StorageClass]) -> list[Finding]:
    """What is wrong with the class `name`, given all `classes` of the cluster."""
    held = classes.get(name)
    if held is None:
        fix = f"set one of: {', '.join(sorted(classes))}" if classes else "create one: this cluster has none"
        rule = "the cluster has no storage class of this name"
        return [Finding(key=STORAGE_CLASS, value=name, rule=rule, fix=fix)]
    found: list[Finding] = []
    if not held.allow_volume_expansion:
        found.append(
            Finding(
                severity=Severity.WARNING,
                key=STORAGE_CLASS,
                value=name,
                rule="its volumes cannot grow (allowVolumeExpansion is off): a larger storage_gib will be refused",
                fix="switch it on where the driver can, or use a class that has it, before the volumes fill",
            )
        )
    if held.reclaim_policy == "Delete":
        found.append(
            Finding(
                severity=Severity.WARNING,
                key=STORAGE_CLASS,
                value=name,
                rule="deletes a volume, data included, with its claim (reclaimPolicy: Delete)",
                fix="use a class with reclaimPolicy: Retain; a volume that exists keeps the policy it was made with",
            )
        )
    return found


def namespace(cluster: Reader, settings: Placed) -> list[Finding]:
    """Whether the namespace is free or this stack's own."""
    name = settings.namespace
    seen = cluster.get(f"/api/v1/namespaces/{name}", Namespace)
    if seen is None:
        return []
    if found := foreign(seen, settings):
        return [found]
    if seen.phase == "Terminating":
        rule = "this namespace is being deleted"
        fix = f"wait until it is gone: kubectl get namespace {name}"
        return [Finding(key=NAMESPACE, value=name, rule=rule, fix=fix)]
    if rendered(seen):
        rule = "what it holds was applied as rendered manifests, without Pulumi's state; `up` would collide with it"
        fix = "remove it and begin again, data included: make down, then pulumi up"
        return [Finding(key=NAMESPACE, value=name, rule=rule, fix=fix)]
    return []


def foreign(seen: Namespace, settings: Placed) -> Finding | None:
    """Whether a namespace is somebody else's."""
    owner = seen.labels.get(labels.STACK)
    if owner == settings.owner:
        return None
    name = settings.namespace
    whose = f"belongs to the stack {owner}" if owner else f"was not made by Ladder (no label {labels.STACK})"
    claim = (
        "" if owner else f"; or, if it is this stack's: kubectl label namespace {name} {labels.STACK}={settings.owner}"
    )
    return Finding(
        key=NAMESPACE,
        value=name,
        rule=f"this namespace exists and {whose}; this stack is {settings.owner}",
        fix=f"set {NAMESPACE} to a name that is free{claim}",
    )


def rendered(seen: Namespace) -> bool:
    """Whether a namespace was applied as rendered manifests."""
    return seen.labels.get(labels.APPLIED_BY) == "render"


def metrics(cluster: Reader, settings: Settings) -> list[Finding]:
    """Whether the application's autoscaler will see how busy it is."""
    if settings.app is None or has_metrics(cluster):
        return []
    return [
        Finding(
            severity=Severity.WARNING,
            key="ladder:app.replicas",
            value=f"{{min: {settings.app.least}, max: {settings.app.most}}}",
            rule="the cluster has no metrics API: the autoscaler sees no load and keeps the minimum",
            fix="install metrics-server (https://github.com/kubernetes-sigs/metrics-server)",
        )
    ]


def has_metrics(cluster: Reader) -> bool:
    """Whether the metrics API answers; it is a service of its own and may be down while the cluster is up."""
    try:
        return cluster.get("/apis/metrics.k8s.io/v1beta1", ResourceList) is not None
    except ClusterError:
        return False


def _unseen(settings: Settings, refusal: Forbidden) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        key="ladder:cluster.context",
        value=settings.cluster.context,
        rule=f"may not read something that is checked beforehand ({refusal}), so it was not checked",
        fix="let its user read namespaces and storage classes",
    )
