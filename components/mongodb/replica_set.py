"""The Job that makes members one replica set and sets its users; every change of either runs a new one."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options
from components.kubernetes import certificates, network_policy, pod, scripts
from components.mongodb.args import PORT
from components.store import StoreArgs

APP = "mongodb-init"
"""The Job's pods are not MongoDB to any selector."""

REFUSED = 42
"""What init.js ends with when another try cannot help."""

RETRIES = 3
"""For a pod that a node took with it. init.js itself retries until the deadline."""


def members(store: StoreArgs) -> list[str]:
    """Host and port of every member, in order."""
    namespace = store.placement.namespace
    return [f"{naming.member_host(store.name, n, namespace)}:{PORT}" for n in range(store.replicas)]


def initiate(
    parent: pulumi.Resource,
    store: StoreArgs,
    tls: certificates.ServerTls,
    *,
    checksum: str,
    passwords: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Register the Job and what lets it reach the members.

    Creates:
        - the network policy `<name>-init`
        - the Job `<name>-init-<hash>`, never cleaned up by time: one that vanished would show as drift

    Args:
        parent: The component that makes them.
        store: Whose members.
        tls: To trust them.
        checksum: Of the scripts.
        passwords: Changes when a password does; then the Job runs again.
        after: What the Job's pod needs. Never the StatefulSet: its members wait for this Job.
    """
    match = labels.selector(APP, store.name)
    namespace = store.placement.namespace
    policy = network_policy.use(parent, f"{store.name}-init", namespace, match, store.kind, PORT)
    env = _environment(store)
    name = job_name(store.name, env, store.run_image.pinned, checksum)
    job = k8s.batch.v1.Job(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=namespace,
            labels=labels.labels(APP, store.name),
            # One that failed is made anew by the next update, instead of being waited for in vain.
            annotations={"pulumi.com/replaceUnready": "true"},
        ),
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=RETRIES,
            active_deadline_seconds=store.wait_minutes * 60,
            pod_failure_policy=_give_up_when_refused(),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels={**labels.labels(APP, store.name), labels.uses(store.kind): "true"},
                    annotations={"ladder/checksum": passwords},
                ),
                spec=_pod(store, tls, env),
            ),
        ),
        opts=options.child(parent, depends_on=[*after, policy], wait_minutes=store.wait_minutes),
    )
    return [policy, job]


def job_name(store: str, env: Mapping[str, str], image: str, checksum: str) -> str:
    """`<store>-init-<hash>`: another name, and so another run, whenever members, settings, image or scripts change."""
    parts = [image, checksum, *(f"{key}={env[key]}" for key in sorted(env))]
    return f"{store}-init-{sha256(chr(0).join(parts).encode()).hexdigest()[:8]}"


def _environment(store: StoreArgs) -> dict[str, str]:
    return {
        "SET": store.name,
        "MEMBERS": ",".join(members(store)),
        "VERSION": store.version,
        "TLS": "on" if store.pods.tls else "off",
        # A little before the Job's own deadline, which would end it without a word.
        "DEADLINE_SECONDS": str(store.wait_minutes * 60 - 30),
        "HOME": "/tmp",  # noqa: S108 (a volume of the pod's own)
    }


def _give_up_when_refused() -> k8s.batch.v1.PodFailurePolicyArgs:
    refused = k8s.batch.v1.PodFailurePolicyOnExitCodesRequirementArgs(operator="In", values=[REFUSED])
    rule = k8s.batch.v1.PodFailurePolicyRuleArgs(action="FailJob", on_exit_codes=refused)
    return k8s.batch.v1.PodFailurePolicyArgs(rules=[rule])


def _pod(store: StoreArgs, tls: certificates.ServerTls, env: Mapping[str, str]) -> k8s.core.v1.PodSpecArgs:
    container = k8s.core.v1.ContainerArgs(
        name="init",
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=["mongosh", "--nodb", "--norc", "--quiet", f"{pod.SCRIPTS}/init.js"],
        env=pod.values(env),
        resources=pod.resources(0.1, 256),
        security_context=pod.CONTAINER_SECURITY,
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[
            scripts.MOUNT,
            pod.TMP_MOUNT,
            pod.mount("auth", "/run/ladder/auth", read_only=True),
            *tls.mounts,
        ],
    )
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        security_context=pod.pod_security(store.run_image.uid),
        containers=[container],
        volumes=[
            pod.TMP,
            scripts.volume(store),
            pod.secret_volume("auth", f"{store.name}-auth"),
            *tls.volumes,
        ],
    )
