"""A web application that scales by itself."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.app.args import AppArgs
from components.app.connections import NAME as CONNECTIONS
from components.endpoint import CONNECTIONS_FOLDER
from components.kubernetes import pod

CPU_TARGET_PERCENT = 50
UID = 999
"""The user an application runs under; any image whose files it can read will do."""


@dataclass(frozen=True, kw_only=True)
class DeployedApp:
    """An application and where it lands.

    Attributes:
        app: The application.
        namespace: Its namespace.
        checksum: Of the connections; pods roll when it changes.
        wait_minutes: How long an update waits for it.
    """

    app: AppArgs
    namespace: str
    checksum: pulumi.Input[str]
    wait_minutes: int = 10


class App(pulumi.ComponentResource):
    """The application's Deployment and what belongs to it.

    Creates, all named `app`:
        - Deployment (restricted pods, the connections as environment and under /etc/ladder), Service
        - HorizontalPodAutoscaler on CPU; it alone sets the number of replicas
        - PodDisruptionBudget, from two replicas on; NetworkPolicy; Ingress where asked
    """

    TOKEN = "ladder:index:App"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: DeployedApp, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make them."""
        super().__init__(self.TOKEN, name, None, opts)
        policy = _network_policy(self, args)
        deployment = _deployment(self, args, policy)
        _service(self, args)
        _autoscaler(self, args, deployment)
        if args.app.least > 1:
            _disruption_budget(self, args)
        if args.app.ingress:
            _ingress(self, args)
        self.register_outputs({"port": args.app.port, "nodePort": args.app.node_port})


SELECTOR = labels.selector("app", AppArgs.name)


def _metadata(args: DeployedApp) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=AppArgs.name, namespace=args.namespace, labels=labels.labels("app", AppArgs.name)
    )


def _deployment(parent: App, args: DeployedApp, policy: pulumi.Resource) -> k8s.apps.v1.Deployment:
    uses = {labels.uses(kind): "true" for kind in args.app.uses}
    return k8s.apps.v1.Deployment(
        AppArgs.name,
        metadata=_metadata(args),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            strategy=k8s.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
            ),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels={**labels.labels("app", AppArgs.name), **uses},
                    annotations={"ladder/connections": args.checksum},
                ),
                spec=_pod(args),
            ),
        ),
        opts=options.child(parent, depends_on=[policy], wait_minutes=args.wait_minutes),
    )


def _pod(args: DeployedApp) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod.pod_security(UID),
        topology_spread_constraints=[
            k8s.core.v1.TopologySpreadConstraintArgs(
                topology_key="kubernetes.io/hostname",
                max_skew=1,
                when_unsatisfiable="ScheduleAnyway",
                label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            )
        ],
        containers=[_container(args.app)],
        volumes=[pod.TMP, pod.secret_volume("connections", CONNECTIONS)],
    )


def _container(app: AppArgs) -> k8s.core.v1.ContainerArgs:
    connections = k8s.core.v1.SecretEnvSourceArgs(name=CONNECTIONS)
    return k8s.core.v1.ContainerArgs(
        name="app",
        image=app.image,
        image_pull_policy="IfNotPresent",
        env=pod.values({"PORT": str(app.port)}),
        env_from=[k8s.core.v1.EnvFromSourceArgs(secret_ref=connections)],
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=app.port)],
        startup_probe=_probe("/healthz", period_seconds=2, failure_threshold=60),
        liveness_probe=_probe("/healthz", period_seconds=10, failure_threshold=6),
        readiness_probe=_probe("/readyz", period_seconds=5, failure_threshold=3),
        # Endpoints forget a pod some seconds after it was told to end; until then it keeps serving.
        lifecycle=k8s.core.v1.LifecycleArgs(
            pre_stop=k8s.core.v1.LifecycleHandlerArgs(exec_=k8s.core.v1.ExecActionArgs(command=["sleep", "5"]))
        ),
        resources=pod.resources(app.cpu, app.memory_mib),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[pod.TMP_MOUNT, pod.mount("connections", CONNECTIONS_FOLDER, read_only=True)],
    )


def _probe(path: str, *, period_seconds: int, failure_threshold: int) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port="http"),
        period_seconds=period_seconds,
        timeout_seconds=5,
        failure_threshold=failure_threshold,
    )


def _service(parent: App, args: DeployedApp) -> None:
    node_port = args.app.node_port
    k8s.core.v1.Service(
        AppArgs.name,
        metadata=_metadata(args),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="NodePort" if node_port else "ClusterIP",
            selector=SELECTOR,
            ports=[k8s.core.v1.ServicePortArgs(name="http", port=80, target_port="http", node_port=node_port)],
        ),
        opts=options.child(parent),
    )


def _autoscaler(parent: App, args: DeployedApp, deployment: k8s.apps.v1.Deployment) -> None:
    k8s.autoscaling.v2.HorizontalPodAutoscaler(
        AppArgs.name,
        metadata=_metadata(args),
        spec=k8s.autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=k8s.autoscaling.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=AppArgs.name
            ),
            min_replicas=args.app.least,
            max_replicas=args.app.most,
            metrics=[
                k8s.autoscaling.v2.MetricSpecArgs(
                    type="Resource",
                    resource=k8s.autoscaling.v2.ResourceMetricSourceArgs(
                        name="cpu",
                        target=k8s.autoscaling.v2.MetricTargetArgs(
                            type="Utilization", average_utilization=CPU_TARGET_PERCENT
                        ),
                    ),
                )
            ],
        ),
        opts=options.child(parent, depends_on=[deployment]),
    )


def _disruption_budget(parent: App, args: DeployedApp) -> None:
    k8s.policy.v1.PodDisruptionBudget(
        AppArgs.name,
        metadata=_metadata(args),
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR)
        ),
        opts=options.child(parent),
    )


def _network_policy(parent: App, args: DeployedApp) -> k8s.networking.v1.NetworkPolicy:
    """Anybody may call its port; what it calls is its own affair (stores decide for themselves whom they let in)."""
    return k8s.networking.v1.NetworkPolicy(
        AppArgs.name,
        metadata=_metadata(args),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
            policy_types=["Ingress", "Egress"],
            ingress=[
                k8s.networking.v1.NetworkPolicyIngressRuleArgs(
                    ports=[k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=args.app.port)]
                )
            ],
            egress=[k8s.networking.v1.NetworkPolicyEgressRuleArgs()],
        ),
        opts=options.child(parent),
    )


def _ingress(parent: App, args: DeployedApp) -> None:
    wanted = args.app.ingress
    if wanted is None:
        return
    backend = k8s.networking.v1.IngressBackendArgs(
        service=k8s.networking.v1.IngressServiceBackendArgs(
            name=AppArgs.name, port=k8s.networking.v1.ServiceBackendPortArgs(name="http")
        )
    )
    path = k8s.networking.v1.HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
    metadata = _metadata(args)
    # Whether a controller has an address for it is not this program's to wait for.
    metadata.annotations = {"pulumi.com/skipAwait": "true"}
    k8s.networking.v1.Ingress(
        AppArgs.name,
        metadata=metadata,
        spec=k8s.networking.v1.IngressSpecArgs(
            ingress_class_name=wanted.ingress_class,
            rules=[
                k8s.networking.v1.IngressRuleArgs(
                    host=wanted.host, http=k8s.networking.v1.HTTPIngressRuleValueArgs(paths=[path])
                )
            ],
        ),
        opts=options.child(parent),
    )
