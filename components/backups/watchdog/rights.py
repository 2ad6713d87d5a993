"""What the watchdog may do in its namespace."""

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.backups.watchdog.args import WatchdogArgs

TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a folder)


def grant(parent: pulumi.Resource, name: str, args: WatchdogArgs, health: str) -> list[pulumi.Resource]:
    """Register the service account and its role.

    It lists what a job is known by, without Secrets; reads the logs of the stores' members, for the fill of their
    volumes; and writes one ConfigMap, which it cannot create.
    """
    members = [f"{one.store.name}-{ordinal}" for one in args.stores for ordinal in one.members]
    identity = {key: text for one in args.repositories for key, text in one.writer.service_account.items()}
    metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=labels.labels(name, name))
    account = k8s.core.v1.ServiceAccount(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=args.namespace,
            labels=labels.labels(name, name),
            annotations=identity or None,
        ),
        automount_service_account_token=False,
        opts=options.child(parent),
    )
    rules = [
        _rule("batch", ["jobs", "cronjobs"], ["list"]),
        _rule("", ["pods"], ["list"]),
        _rule("", ["configmaps"], ["get", "patch"], [health]),
        # A rule without names would be one for all.
        *([_rule("", ["pods/log"], ["get"], members)] if members else []),
    ]
    role = k8s.rbac.v1.Role(name, metadata=metadata, rules=rules, opts=options.child(parent))
    binding = k8s.rbac.v1.RoleBinding(
        name,
        metadata=metadata,
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=name, namespace=args.namespace)],
        opts=options.child(parent, depends_on=[account, role]),
    )
    return [account, role, binding]


def _rule(
    group: str, resources: list[str], verbs: list[str], names: list[str] | None = None
) -> k8s.rbac.v1.PolicyRuleArgs:
    return k8s.rbac.v1.PolicyRuleArgs(api_groups=[group], resources=resources, verbs=verbs, resource_names=names)


def token() -> k8s.core.v1.VolumeArgs:
    """The account's token, where clients look for it; renewed by the kubelet, worthless soon after the pod is gone."""
    sources = [
        k8s.core.v1.VolumeProjectionArgs(
            service_account_token=k8s.core.v1.ServiceAccountTokenProjectionArgs(path="token", expiration_seconds=3600)
        ),
        k8s.core.v1.VolumeProjectionArgs(
            config_map=k8s.core.v1.ConfigMapProjectionArgs(
                name="kube-root-ca.crt", items=[k8s.core.v1.KeyToPathArgs(key="ca.crt", path="ca.crt")]
            )
        ),
    ]
    source = k8s.core.v1.ProjectedVolumeSourceArgs(sources=sources, default_mode=0o440)
    return k8s.core.v1.VolumeArgs(name="token", projected=source)
