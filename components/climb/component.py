"""The jobs that carry a store's data from one backend to the other, and what they need."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.catalog import Keeper, Kind
from components.climb import copiers
from components.external import External
from components.facade import Made, receipt_secret
from components.kubernetes import network_policy, pod, scripts
from components.store import StoreArgs

NAME = "ladder-climb"
"""The jobs' pods are no store to any selector."""

STEPS = ("check", "copy", "gate", "back", "end")
"""What a job may be asked to do, by STEP: its script is `climb_<step>.sh`."""

SECRETS = "/run/ladder"
SCRATCH = "/scratch"
JOB_MIB = 512
"""Memory of a job, MiB, at least: a copy goes through it in pieces, but that of a server that it must run itself."""
HOURS = 48
"""How long a copy may take."""


@dataclass(frozen=True, kw_only=True)
class ClimbArgs:
    """What the jobs of a climb are asked for.

    Attributes:
        store: Which store, with where it climbs to.
        stack: Name of the stack.
        source: Where its data is.
        target: Where its data goes.
    """

    store: StoreArgs
    stack: str
    source: Made
    target: Made


class Climb(pulumi.ComponentResource):
    """The jobs of one climb.

    Creates:
        - `<store>-climb-source`, `<store>-climb-target`: Secrets with logins at both sides; no application has them
        - `<store>-climb-scripts`, the service account and the network policy `<store>-climb`
        - the suspended CronJob `<store>-climb`: the template of the jobs that `ladder climb` starts

    None of it bears data, so none is protected.
    """

    TOKEN = "ladder:climb:Climb"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: ClimbArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make them.

        Raises:
            ValueError: When the store climbs nowhere.
        """
        if args.store.climb is None:
            raise ValueError(f"store {args.store.name}: it climbs nowhere; set its climb")
        super().__init__(self.TOKEN, name, None, opts)
        store, target = args.store, args.store.climb.to
        files = copiers.files(store.kind)
        source_login, target_login = login(args.source), login(args.target)
        made: list[pulumi.Resource] = [
            self._login(store, "source", source_login),
            self._login(store, "target", target_login),
            k8s.core.v1.ConfigMap(
                f"{name}-scripts", metadata=_metadata(store, "-scripts"), data=dict(files), opts=options.child(self)
            ),
            k8s.core.v1.ServiceAccount(
                name, metadata=_metadata(store), automount_service_account_token=False, opts=options.child(self)
            ),
            self._reach(store, source_login, target_login),
        ]
        k8s.batch.v1.CronJob(
            name,
            metadata=_metadata(store),
            spec=k8s.batch.v1.CronJobSpecArgs(
                schedule="0 0 1 1 *",
                time_zone="Etc/UTC",
                suspend=True,
                concurrency_policy="Forbid",
                job_template=k8s.batch.v1.JobTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels.labels(NAME, store.name)),
                    spec=k8s.batch.v1.JobSpecArgs(
                        backoff_limit=0,
                        active_deadline_seconds=HOURS * 3600,
                        template=_template(args, target, scripts.checksum(files)),
                    ),
                ),
            ),
            opts=options.child(self, depends_on=made),
        )
        self.register_outputs({})

    def _login(self, store: StoreArgs, side: str, data: "Login") -> k8s.core.v1.Secret:
        return k8s.core.v1.Secret(
            f"{store.name}-climb-{side}",
            metadata=_metadata(store, f"-{side}"),
            string_data={
                "host": data.host,
                "port": pulumi.Output.from_input(data.port).apply(str),
                "user": data.user,
                "password": pulumi.Output.secret(data.password),
                "database": data.database,
                "app": data.app,
                "ca.crt": data.ca,
            },
            opts=options.child(self),
        )

    def _reach(self, store: StoreArgs, *sides: "Login") -> k8s.networking.v1.NetworkPolicy:
        """Nothing comes in, and out it reaches both sides: a service has a name, and a policy knows ports alone."""
        name = f"{store.name}-climb"
        ports = [k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=side.port) for side in sides]
        return k8s.networking.v1.NetworkPolicy(
            name,
            metadata=_metadata(store),
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(NAME, store.name)),
                policy_types=["Ingress", "Egress"],
                egress=[network_policy.DNS, k8s.networking.v1.NetworkPolicyEgressRuleArgs(ports=ports)],
            ),
            opts=options.child(self),
        )


@dataclass(frozen=True, kw_only=True)
class Login:
    """How a job reaches one side; the password is secret. `app` is who the application is there."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    user: pulumi.Input[str]
    password: pulumi.Input[str]
    database: pulumi.Input[str]
    app: pulumi.Input[str]
    ca: pulumi.Input[str]


def login(made: Made) -> Login:
    """As who may read or write everything: user `restore` where Ladder has one, else whom the settings name."""
    if (access := made.backup) is not None:
        return Login(
            host=access.host,
            port=access.port,
            user=access.restore.user,
            password=access.restore.password,
            database=access.database,
            app=made.endpoint.username,
            ca=access.ca,
        )
    endpoint = made.login if isinstance(made, External) else made.endpoint
    return Login(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.username,
        password=endpoint.password,
        database=endpoint.database,
        app=made.endpoint.username,
        ca=endpoint.ca,
    )


def _metadata(store: StoreArgs, suffix: str = "") -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=f"{store.name}-climb{suffix}",
        namespace=store.placement.namespace,
        labels=labels.labels(NAME, store.name),
    )


def _template(args: ClimbArgs, target: StoreArgs, checksum: str) -> k8s.core.v1.PodTemplateSpecArgs:
    store = args.store
    inside = store if store.keeper is Keeper.CLUSTER else target
    image = inside.run_image
    mounted = {"source": f"{store.name}-climb-source", "target": f"{store.name}-climb-target"}
    mounted["receipt"] = receipt_secret(store.name)
    if store.kind is Kind.REDIS and inside.keeper is Keeper.CLUSTER and inside.pods.tls:
        # A server that follows another by TLS must have a certificate, though nobody connects to it.
        mounted["own"] = f"{store.name}-tls"
    room = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{max(store.storage_gib, target.storage_gib)}Gi")
    return k8s.core.v1.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(
            labels={**labels.labels(NAME, store.name), labels.uses(store.kind): "true"},
            annotations={"ladder/checksum": checksum},
        ),
        spec=k8s.core.v1.PodSpecArgs(
            automount_service_account_token=False,
            enable_service_links=False,
            restart_policy="Never",
            service_account_name=f"{store.name}-climb",
            security_context=pod.pod_security(image.uid),
            containers=[
                k8s.core.v1.ContainerArgs(
                    name="climb",
                    image=image.pinned,
                    image_pull_policy="IfNotPresent",
                    command=["bash", "-c", f"exec bash {pod.SCRIPTS}/climb_$STEP.sh"],
                    env=pod.values(
                        {
                            "HOME": "/tmp",  # noqa: S108 (the pod's own)
                            "KIND": str(store.kind),
                            "STACK": args.stack,
                            "STEP": STEPS[0],
                            "LIMIT_SECONDS": "60",
                        }
                    ),
                    resources=pod.resources(0.1, max(JOB_MIB, store.pods.memory_mib + JOB_MIB // 2)),
                    security_context=pod.CONTAINER_SECURITY,
                    volume_mounts=[
                        k8s.core.v1.VolumeMountArgs(name="scripts", mount_path=pod.SCRIPTS, read_only=True),
                        pod.TMP_MOUNT,
                        pod.mount("scratch", SCRATCH),
                        *(pod.mount(folder, f"{SECRETS}/{folder}", read_only=True) for folder in mounted),
                    ],
                )
            ],
            volumes=[
                k8s.core.v1.VolumeArgs(
                    name="scripts",
                    config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(
                        name=f"{store.name}-climb-scripts", default_mode=0o444
                    ),
                ),
                pod.TMP,
                k8s.core.v1.VolumeArgs(name="scratch", empty_dir=room),
                *(pod.secret_volume(folder, secret) for folder, secret in mounted.items()),
            ],
        ),
    )
