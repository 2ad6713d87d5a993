"""The watchdog: a small Deployment that notices what nobody looks at."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options
from components.backups import pod as jobs
from components.backups import reach, shipping
from components.backups.args import BackupArgs
from components.backups.watchdog import rights
from components.backups.watchdog.args import WatchdogArgs, Watched
from components.kubernetes import network_policy, pod, scripts, secrets

NAME = "ladder-watchdog"
HEALTH = "ladder-health"
PORT = 9480
PROGRAM = scripts.read("components.backups.watchdog", "program")
CONFIG = "config.json"
MEMORY_MIB = 256
"""MiB: Python's own 30, and a restic that lists snapshots."""

_MODULE = "watchdog"
_HOME = "/app"
_ALERTS = f"{NAME}-alerts"
SELECTOR = labels.selector(NAME, NAME)


class Watchdog(pulumi.ComponentResource):
    """Tells when backups are late, unproven or failing, and when volumes fill.

    Creates, named `ladder-watchdog` where nothing else is said:
        - ServiceAccount, Role, RoleBinding: lists jobs and pods, reads the fill of the stores' volumes, and writes one
          ConfigMap
        - `ladder-health`: that ConfigMap, empty; what it holds is the watchdog's own
        - ConfigMap with its program and settings; `ladder-watchdog-alerts`: Secret with the addresses it sends to
        - NetworkPolicy, Service (/metrics), Deployment of one pod

    It opens each store's repository for reading. It has no login at any store, and none of the application's.
    """

    TOKEN = "ladder:backups:Watchdog"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: WatchdogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make them."""
        super().__init__(self.TOKEN, name, None, opts)
        settings = {**PROGRAM, CONFIG: json.dumps(_settings(args), indent=1)}
        made: list[pulumi.Resource] = [
            *rights.grant(self, NAME, args, HEALTH),
            k8s.core.v1.ConfigMap(NAME, metadata=_metadata(args, NAME), data=settings, opts=options.child(self)),
            # No data of ours, and none of the watchdog's is taken away: neither by `up`, nor after a `refresh`.
            k8s.core.v1.ConfigMap(
                HEALTH, metadata=_metadata(args, HEALTH), opts=options.child(self, ignore_changes=["data"])
            ),
            _reach(self, args),
        ]
        if args.alerts.addresses:
            made.append(
                k8s.core.v1.Secret(
                    _ALERTS,
                    metadata=_metadata(args, _ALERTS),
                    string_data={key: pulumi.Output.secret(url) for key, url in args.alerts.addresses.items()},
                    opts=options.child(self),
                )
            )
        _service(self, args)
        rolled_by = secrets.fingerprint(scripts.checksum(settings), *args.alerts.addresses.values())
        _deployment(self, args, rolled_by, made)
        self.register_outputs({"health": HEALTH})


def _settings(args: WatchdogArgs) -> dict[str, object]:
    return {
        "stack": args.stack,
        "namespace": args.namespace,
        "format": args.alerts.format,
        "stores": [_store(watched) for watched in args.stores],
    }


def _store(watched: Watched) -> dict[str, object]:
    store, backup = watched.store, watched.store.backup if watched.repository else None
    return {
        "kind": store.kind,
        "name": store.name,
        "schedules": _schedules(store.name, backup) if backup else {},
        "ships": bool(backup and backup.point_in_time_days),
        "volumes": [
            {"pod": f"{store.name}-{ordinal}", "claim": naming.claim(store.name, ordinal), "gib": store.storage_gib}
            for ordinal in watched.members
        ],
    }


def _schedules(name: str, backup: BackupArgs) -> dict[str, str]:
    runs = {"backup": backup.schedule, "verify": backup.verify, "prune": backup.prune}
    return runs | (shipping.schedules(name) if backup.point_in_time_days else {})


def _metadata(args: WatchdogArgs, name: str) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=labels.labels(NAME, NAME))


def _reach(parent: pulumi.Resource, args: WatchdogArgs) -> k8s.networking.v1.NetworkPolicy:
    """Out to the API server, the repositories, and whom it tells; in to /metrics, from anywhere in the cluster.

    The API server has no address that a policy could name on every cluster: its usual ports are open instead.
    """
    anywhere = sorted({443, 6443, *args.alerts.ports})
    vault = [rule for one in args.repositories[:1] for rule in reach.out(one, (one.writer,))]
    return k8s.networking.v1.NetworkPolicy(
        NAME,
        metadata=_metadata(args, NAME),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            policy_types=["Ingress", "Egress"],
            ingress=[
                k8s.networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=[k8s.networking.v1.NetworkPolicyPeerArgs(namespace_selector=k8s.meta.v1.LabelSelectorArgs())],
                    ports=[network_policy.tcp(PORT)],
                )
            ],
            egress=[
                network_policy.DNS,
                k8s.networking.v1.NetworkPolicyEgressRuleArgs(ports=[network_policy.tcp(port) for port in anywhere]),
                *vault,
            ],
        ),
        opts=options.child(parent),
    )


def _service(parent: pulumi.Resource, args: WatchdogArgs) -> None:
    metadata = _metadata(args, NAME)
    metadata.annotations = {
        "pulumi.com/skipAwait": "true",
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(PORT),
    }
    k8s.core.v1.Service(
        NAME,
        metadata=metadata,
        spec=k8s.core.v1.ServiceSpecArgs(
            selector=SELECTOR, ports=[k8s.core.v1.ServicePortArgs(name="metrics", port=PORT, target_port="metrics")]
        ),
        opts=options.child(parent),
    )


def _deployment(
    parent: pulumi.Resource, args: WatchdogArgs, rolled_by: pulumi.Input[str], after: list[pulumi.Resource]
) -> None:
    """One pod, never two: the second would tell everything once more."""
    k8s.apps.v1.Deployment(
        NAME,
        metadata=_metadata(args, NAME),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=1,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels={
                        **labels.labels(NAME, NAME),
                        jobs.USES_REPOSITORY: "true",
                        **{
                            key: text
                            for one in args.repositories
                            for key, text in jobs.identity_labels(one.writer).items()
                        },
                    },
                    annotations={"ladder/checksum": rolled_by},
                ),
                spec=_pod(args),
            ),
        ),
        opts=options.child(parent, depends_on=after, wait_minutes=args.wait_minutes),
    )


def _pod(args: WatchdogArgs) -> k8s.core.v1.PodSpecArgs:
    opened = _opened(args)
    program = k8s.core.v1.ConfigMapVolumeSourceArgs(name=NAME, default_mode=0o444, items=_files(*PROGRAM))
    settings = k8s.core.v1.ConfigMapVolumeSourceArgs(name=NAME, default_mode=0o444, items=_files(CONFIG))
    work = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="1Gi")
    return k8s.core.v1.PodSpecArgs(
        service_account_name=NAME,
        # The token is mounted where it is needed alone, see `rights.token`.
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod.pod_security(args.alerts.image.uid),
        init_containers=[jobs.tools(args.restic)],
        containers=[_container(args, opened)],
        volumes=[
            rights.token(),
            k8s.core.v1.VolumeArgs(name="program", config_map=program),
            k8s.core.v1.VolumeArgs(name="settings", config_map=settings),
            k8s.core.v1.VolumeArgs(name="work", empty_dir=work),
            jobs.TOOLS,
            *(pod.secret_volume(secret, secret) for secret in opened),
            *([pod.secret_volume("alerts", _ALERTS)] if args.alerts.addresses else []),
        ],
    )


def _files(*names: str) -> list[k8s.core.v1.KeyToPathArgs]:
    return [k8s.core.v1.KeyToPathArgs(key=name, path=name) for name in names]


def _opened(args: WatchdogArgs) -> dict[str, str]:
    """Secrets of the repositories, with the folders in which the program finds them."""
    found: dict[str, str] = {}
    for store in (watched.store for watched in args.stores if watched.repository):
        found[f"{store.name}-repository"] = store.name
        if store.backup and store.backup.point_in_time_days:
            found[f"{store.name}-wal"] = f"{store.name}-wal"
    return found


def _container(args: WatchdogArgs, opened: Mapping[str, str]) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name="watchdog",
        image=args.alerts.image.pinned,
        image_pull_policy="IfNotPresent",
        command=["python3", "-m", _MODULE],
        env=pod.values({"PYTHONPATH": _HOME, "PYTHONDONTWRITEBYTECODE": "1"}),
        ports=[k8s.core.v1.ContainerPortArgs(name="metrics", container_port=PORT)],
        liveness_probe=k8s.core.v1.ProbeArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path="/healthz", port="metrics"),
            initial_delay_seconds=5,
            period_seconds=30,
            timeout_seconds=5,
            failure_threshold=3,
        ),
        readiness_probe=k8s.core.v1.ProbeArgs(
            http_get=k8s.core.v1.HTTPGetActionArgs(path="/healthz", port="metrics"),
            period_seconds=5,
            timeout_seconds=5,
        ),
        resources=pod.resources(0.02, MEMORY_MIB),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[
            pod.mount("token", rights.TOKEN_FOLDER, read_only=True),
            pod.mount("program", f"{_HOME}/{_MODULE}", read_only=True),
            pod.mount("settings", pod.SCRIPTS, read_only=True),
            pod.mount("work", "/work"),
            jobs.TOOLS_MOUNT,
            *(
                pod.mount(secret, f"{jobs.SECRETS}/repositories/{folder}", read_only=True)
                for secret, folder in opened.items()
            ),
            *([pod.mount("alerts", f"{jobs.SECRETS}/alerts", read_only=True)] if args.alerts.addresses else []),
        ],
    )
