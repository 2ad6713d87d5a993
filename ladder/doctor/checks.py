"""`ladder doctor`: what is missing on this machine or in the cluster that a stack names, each with its fix."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import assert_never

from components.catalog import Keeper
from components.cluster import ClusterKind
from components.store import StoreArgs
from infra import preflight
from infra.cluster_api import ClusterApi, ClusterError, Forbidden, Items
from infra.settings import Settings
from ladder.cluster_view import Pod
from ladder.doctor import expiry, probe
from ladder.doctor.probe import Hands, Result, Verdict
from ladder.doctor.report import Check, DoctorReport, State

PULUMI_FLOOR = (3, 259, 0)
"""The CLI whose behaviour the guard relies on, and with which the recordings were made."""


def run(
    settings: Settings, *, tell: Callable[[str], None] = lambda _: None, now: datetime | None = None
) -> DoctorReport:
    """Look at this machine and at the one cluster that the stack names.

    Two pods live in the stack's namespace for some ten seconds when a store runs there; nothing else is changed.

    Args:
        settings: Of the stack.
        tell: Called with what is about to be done when it takes long.
        now: The time by which certificates are judged.
    """
    checks = [_python(), pulumi_cli(), *sign_in(settings.cluster.kind)]
    try:
        # One by one: what was found before the cluster went away is kept.
        for check in look(ClusterApi(settings.cluster), settings, now or datetime.now(UTC), tell):
            checks.append(check)
    except ClusterError as error:
        checks.append(Check.of("cluster", error.finding))
    return DoctorReport(stack=settings.stack, checks=checks)


def look(cluster: Hands, settings: Settings, now: datetime, tell: Callable[[str], None]) -> Iterator[Check]:
    """Every check of a cluster that answers.

    Raises:
        ClusterError: When it does not answer after all.
    """

    def network() -> list[Check]:
        tell("knocking at a store that must not open (some ten seconds)")
        return [_network(cluster, settings)]

    for name, check in (
        ("cluster", lambda: _version(cluster)),
        ("storage class", lambda: _storage(cluster, settings)),
        ("namespace", lambda: _namespace(cluster, settings)),
        ("metrics", lambda: _metrics(cluster, settings)),
        ("certificates", lambda: _certificates(cluster, settings, now)),
        ("pod security", lambda: [_pod_security(cluster, settings)]),
        ("network policy", network),
    ):
        try:
            yield from check()
        except Forbidden as error:
            seen, fix = f"these credentials may not do what it takes ({error})", "ask somebody who may"
            yield Check(name=name, state=State.UNTESTED, seen=seen, fix=fix)


def _python() -> Check:
    return Check(name="python", state=State.FINE, seen=platform.python_version())


def pulumi_cli() -> Check:
    """Whether the Pulumi CLI is there and new enough."""
    name, floor = "pulumi", ".".join(map(str, PULUMI_FLOOR))
    get = f"get {floor} or newer: https://www.pulumi.com/docs/install/, or let make up install it"
    path = shutil.which(name)
    if path is None:
        seen = "the Pulumi CLI is not on PATH: make up applies rendered manifests, without ledger and guard"
        return Check(name=name, state=State.WARNING, seen=seen, fix=get)
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(  # noqa: S603 (the program that `pulumi` means here, nothing from outside)
            [path, "version"], capture_output=True, text=True, timeout=20, env=environment, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name=name, state=State.WRONG, seen=f"{path} does not run: {error}", fix=get)
    return pulumi_version(done.stdout.strip(), path)


def pulumi_version(text: str, path: str) -> Check:
    """Judge what `pulumi version` prints."""
    floor = ".".join(map(str, PULUMI_FLOOR))
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    if found and tuple(map(int, found.groups())) >= PULUMI_FLOOR:
        return Check(name="pulumi", state=State.FINE, seen=f"{text} at {path}")
    seen = f"{text or 'no version'} at {path}: the guard relies on {floor} or newer"
    return Check(name="pulumi", state=State.WRONG, seen=seen, fix="upgrade it: https://www.pulumi.com/docs/install/")


SIGN_IN = {
    ClusterKind.EKS: ("aws", "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"),
    ClusterKind.GKE: ("gke-gcloud-auth-plugin", "gcloud components install gke-gcloud-auth-plugin"),
}
"""What the kubeconfig of a cluster that Ladder made calls to get a token, and how to get it."""


def sign_in(kind: ClusterKind) -> list[Check]:
    """Whether the program is there by which the cluster's kubeconfig signs in."""
    if kind not in SIGN_IN:
        return []
    name, get = SIGN_IN[kind]
    if path := shutil.which(name):
        return [Check(name=name, state=State.FINE, seen=path)]
    seen = "not on PATH: the kubeconfig of this cluster signs in with it, for pulumi and ladder alike"
    return [Check(name=name, state=State.WRONG, seen=seen, fix=f"get it: {get}")]


def _version(cluster: Hands) -> list[Check]:
    found = [Check.of("cluster", finding) for finding in preflight.version(cluster)]
    seen = cluster.get("/version", preflight.Version)
    return found or [Check(name="cluster", state=State.FINE, seen=f"Kubernetes {seen.git_version if seen else '?'}")]


def _storage(cluster: Hands, settings: Settings) -> list[Check]:
    classes = sorted({store.pods.storage_class for store in settings.stores.values() if store.holds_data})
    found = [Check.of("storage class", finding) for finding in preflight.storage(cluster, settings)]
    if found or not classes:
        return found
    seen = f"{', '.join(classes)}: volumes grow, and outlive their claims"
    return [Check(name="storage class", state=State.FINE, seen=seen)]


def _namespace(cluster: Hands, settings: Settings) -> list[Check]:
    name = settings.placement.namespace
    seen = cluster.get(f"/api/v1/namespaces/{name}", preflight.Namespace)
    if seen is not None and preflight.rendered(seen):
        words = f"{name} was applied as rendered manifests: no ledger, no guard"
        return [
            Check(name="namespace", state=State.WARNING, seen=words, fix="make down, then pulumi up, data included")
        ]
    found = [Check.of("namespace", finding) for finding in preflight.namespace(cluster, settings)]
    words = f"{name} is free" if seen is None else f"{name} belongs to this stack"
    return found or [Check(name="namespace", state=State.FINE, seen=words)]


def _metrics(cluster: Hands, settings: Settings) -> list[Check]:
    found = [Check.of("metrics", finding) for finding in preflight.metrics(cluster, settings)]
    fine = Check(name="metrics", state=State.FINE, seen="the application's autoscaler sees its load")
    return found or ([fine] if settings.app else [])


def _certificates(cluster: Hands, settings: Settings, now: datetime) -> list[Check]:
    stores = [store for store in _in_cluster(settings) if store.pods.tls]
    checks: list[Check] = []
    for judged in expiry.read(cluster, stores, now):
        state = State.WRONG if judged.days < 0 else State.WARNING if judged.soon else State.FINE
        fix = "" if state is State.FINE else judged.fix
        checks.append(Check(name="certificates", state=state, seen=judged.seen, fix=fix))
    return checks


def _pod_security(cluster: Hands, settings: Settings) -> Check:
    name = "pod security"
    if (why := _not_ours(cluster, settings)) is not None:
        return Check(name=name, state=State.UNTESTED, seen=why, fix="bring the stack up, then run this again")
    result = probe.pod_security(cluster, settings.placement.namespace)
    return _judged(
        name,
        result,
        fine="a privileged pod is refused in the stack's namespace",
        wrong="NOT enforced here: a privileged pod would be taken in the stack's namespace, and own its node",
        fix="switch on the PodSecurity admission plugin, and give the namespace back its labels: pulumi up",
    )


def _network(cluster: Hands, settings: Settings) -> Check:
    name = "network policy"
    why = _not_ours(cluster, settings)
    target = None if why else _target(cluster, settings)
    if target is None:
        why = why or "no store of the stack is ready in the cluster, so there is nothing to knock at"
        return Check(name=name, state=State.UNTESTED, seen=why, fix="bring the stack up, then run this again")
    result = probe.network_policy(cluster, target)
    return _judged(
        name,
        result,
        fine=f"enforced: a pod that did not ask for {target.store.name} cannot reach it, one that asked can",
        wrong=f"NOT enforced here: every pod of the cluster reaches {target.store.name}; only passwords stand between",
        fix="use a network plugin that enforces policies (Cilium, Calico), or switch it on (EKS Auto Mode); if it "
        f"does, another policy opens the store: kubectl -n {settings.placement.namespace} get networkpolicy",
    )


def _judged(name: str, result: Result, *, fine: str, wrong: str, fix: str) -> Check:
    match result.verdict:
        case Verdict.ENFORCED:
            return Check(name=name, state=State.FINE, seen=fine)
        case Verdict.OPEN:
            return Check(name=name, state=State.WRONG, seen=wrong, fix=fix)
        case Verdict.UNKNOWN:
            return Check(name=name, state=State.UNTESTED, seen=result.why, fix="see why, then run this again")
        case _:
            assert_never(result.verdict)


def _not_ours(cluster: Hands, settings: Settings) -> str | None:
    """Why nothing may be tried in the namespace: it is not there, or somebody else's."""
    name = settings.placement.namespace
    seen = cluster.get(f"/api/v1/namespaces/{name}", preflight.Namespace)
    if seen is None:
        return f"the namespace {name} does not exist yet"
    return f"the namespace {name} is not this stack's" if preflight.foreign(seen, settings) else None


def _target(cluster: Hands, settings: Settings) -> probe.Target | None:
    listed = cluster.get(f"/api/v1/namespaces/{settings.placement.namespace}/pods", Items[Pod])
    pods = listed.items if listed else []
    return next(
        (
            probe.Target(store=store, member=pod)
            for store in _in_cluster(settings)
            for pod in pods
            if pod.ready and pod.of(store.kind, store.name)
        ),
        None,
    )


def _in_cluster(settings: Settings) -> list[StoreArgs]:
    return [store for store in settings.stores.values() if store.keeper is Keeper.CLUSTER]
