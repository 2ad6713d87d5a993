"""The StatefulSet of a store and the objects around it, the same for every kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options
from components.kubernetes import pod, scripts, volumes
from components.store import Spread, StoreArgs

GRACE_SECONDS = 150
"""Time for a server to end in order; the stop scripts give up before it is over."""

STARTUP_SECONDS = 3600
"""How long a server may recover before its first answer; a crash of a big store takes its time."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """What is particular to one server.

    Attributes:
        port: TCP port it listens on; named after the kind.
        data_path: Where its volume is mounted.
        env: Plain settings of its scripts.
        files: Scripts and configuration by file name; `start.sh`, `ready.sh`, `alive.sh`, `stop.sh` among them.
        checksum: Changes when the pods must be rolled: scripts, certificate, passwords.
        volumes: Beside data, scripts and /tmp.
        mounts: For them.
        init_containers: Run before the server.
    """

    port: int
    data_path: str
    env: Mapping[str, str]
    files: Mapping[str, str]
    checksum: pulumi.Input[str]
    volumes: Sequence[k8s.core.v1.VolumeArgs] = ()
    mounts: Sequence[k8s.core.v1.VolumeMountArgs] = ()
    init_containers: Sequence[k8s.core.v1.ContainerArgs] = ()


def deploy(
    parent: pulumi.Resource, store: StoreArgs, server: Server, after: Sequence[pulumi.Resource]
) -> list[pulumi.Resource]:
    """Register everything that runs a store.

    Creates:
        - `<name>-scripts`, `<name>` and `<name>-members` (Services), `data-<name>-<n>` where it holds data
        - the StatefulSet `<name>`; a disruption budget from two members on

    Returns:
        All of it, the Services first.
    """
    made: list[pulumi.Resource] = [*_services(parent, store, server.port)]
    needed: list[pulumi.Resource] = [scripts.config_map(parent, store, server.files), *after]
    if store.holds_data:
        needed += volumes.claims(parent, store)
    made += [*needed, _stateful_set(parent, store, server, needed)]
    if store.replicas > 1:
        made.append(_disruption_budget(parent, store))
    return made


def _metadata(store: StoreArgs, name: str) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=name, namespace=store.placement.namespace, labels=labels.labels(store.kind, store.name)
    )


def _services(parent: pulumi.Resource, store: StoreArgs, port: int) -> list[k8s.core.v1.Service]:
    selector = labels.selector(store.kind, store.name)
    ports = [k8s.core.v1.ServicePortArgs(name=store.kind, port=port, target_port=port)]
    # Clients of a server that is still starting wait at connecting, so the engine need not wait for endpoints.
    metadata = _metadata(store, store.name)
    metadata.annotations = {"pulumi.com/skipAwait": "true"}
    client = k8s.core.v1.Service(
        store.name,
        metadata=metadata,
        spec=k8s.core.v1.ServiceSpecArgs(selector=selector, ports=ports),
        opts=options.child(parent, protect=store.protected),
    )
    headless = k8s.core.v1.Service(
        naming.members(store.name),
        metadata=_metadata(store, naming.members(store.name)),
        spec=k8s.core.v1.ServiceSpecArgs(
            cluster_ip="None", selector=selector, ports=ports, publish_not_ready_addresses=True
        ),
        opts=options.child(parent, protect=store.protected),
    )
    return [client, headless]


def _stateful_set(
    parent: pulumi.Resource, store: StoreArgs, server: Server, after: Sequence[pulumi.Resource]
) -> k8s.apps.v1.StatefulSet:
    return k8s.apps.v1.StatefulSet(
        store.name,
        metadata=_metadata(store, store.name),
        spec=k8s.apps.v1.StatefulSetSpecArgs(
            service_name=naming.members(store.name),
            replicas=store.replicas,
            pod_management_policy="Parallel",
            revision_history_limit=10,
            persistent_volume_claim_retention_policy=k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                when_deleted="Retain", when_scaled="Retain"
            ),
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(store.kind, store.name)),
            volume_claim_templates=[volumes.TEMPLATE] if store.holds_data else None,
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels=labels.labels(store.kind, store.name),
                    annotations={
                        "ladder/checksum": server.checksum,
                        # A node under a database is replaced when somebody decides it, not when it saves money.
                        "karpenter.sh/do-not-disrupt": "true",
                        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                    },
                ),
                spec=_pod(store, server),
            ),
        ),
        opts=options.child(parent, protect=store.protected, depends_on=after, wait_minutes=store.wait_minutes),
    )


def _pod(store: StoreArgs, server: Server) -> k8s.core.v1.PodSpecArgs:
    data = [] if store.holds_data else [_forgetful_data()]
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=GRACE_SECONDS,
        security_context=pod.pod_security(store.run_image.uid),
        topology_spread_constraints=_spread(store) if store.replicas > 1 else None,
        init_containers=list(server.init_containers) or None,
        containers=[_server(store, server), *([_fill(store, server)] if store.holds_data else [])],
        volumes=[pod.TMP, scripts.volume(store), *data, *server.volumes],
    )


def _server(store: StoreArgs, server: Server) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name=store.kind,
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=pod.script("start.sh"),
        env=pod.values(server.env),
        ports=[k8s.core.v1.ContainerPortArgs(name=store.kind, container_port=server.port)],
        startup_probe=k8s.core.v1.ProbeArgs(
            exec_=pod.run("alive.sh"),
            period_seconds=5,
            timeout_seconds=5,
            failure_threshold=STARTUP_SECONDS // 5,
        ),
        liveness_probe=k8s.core.v1.ProbeArgs(
            exec_=pod.run("alive.sh"), period_seconds=30, timeout_seconds=10, failure_threshold=6
        ),
        readiness_probe=k8s.core.v1.ProbeArgs(
            exec_=pod.run("ready.sh"), period_seconds=5, timeout_seconds=5, failure_threshold=3
        ),
        lifecycle=k8s.core.v1.LifecycleArgs(pre_stop=k8s.core.v1.LifecycleHandlerArgs(exec_=pod.run("stop.sh"))),
        resources=pod.resources(store.pods.cpu, store.pods.memory_mib),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[scripts.MOUNT, pod.TMP_MOUNT, pod.mount("data", server.data_path), *server.mounts],
    )


def _fill(store: StoreArgs, server: Server) -> k8s.core.v1.ContainerArgs:
    """The fill of the volume, one JSON line a minute: no job of Ladder needs rights on nodes to know it."""
    return k8s.core.v1.ContainerArgs(
        name="fill",
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=[*pod.script("fill.sh"), server.data_path],
        resources=pod.resources(0.005, 16),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[scripts.MOUNT, pod.mount("data", server.data_path, read_only=True)],
    )


def _forgetful_data() -> k8s.core.v1.VolumeArgs:
    return k8s.core.v1.VolumeArgs(name="data", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="1Gi"))


def _spread(store: StoreArgs) -> list[k8s.core.v1.TopologySpreadConstraintArgs]:
    match store.pods.spread:
        case Spread.HARD:
            unsatisfiable = "DoNotSchedule"
        case Spread.SOFT:
            unsatisfiable = "ScheduleAnyway"
    return [
        k8s.core.v1.TopologySpreadConstraintArgs(
            topology_key=key,
            max_skew=1,
            when_unsatisfiable=unsatisfiable,
            label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(store.kind, store.name)),
        )
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def _disruption_budget(parent: pulumi.Resource, store: StoreArgs) -> k8s.policy.v1.PodDisruptionBudget:
    return k8s.policy.v1.PodDisruptionBudget(
        store.name,
        metadata=_metadata(store, store.name),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(store.kind, store.name)),
        ),
        opts=options.child(parent, protect=store.protected),
    )
