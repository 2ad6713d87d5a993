"""The application's user on a managed server, made by a Job in the cluster: the program itself connects to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.backups import access
from components.kubernetes import pod, scripts, secrets
from components.postgres.args import PORT
from components.store import BackendArgs, StoreArgs

APP = "postgres-users"
"""The Job's pods are not PostgreSQL to any selector."""

SCRIPTS = scripts.read("components.postgres.managed")
DEADLINE_SECONDS = 900
RETRIES = 5


@dataclass(frozen=True, kw_only=True)
class Server:
    """A managed server.

    Attributes:
        host: Its name.
        ca: PEM of who signed its certificate.
        administrator: Who may make users.
        admin_password: Secret.
    """

    host: pulumi.Input[str]
    ca: pulumi.Input[str]
    administrator: str
    admin_password: pulumi.Input[str] = field(repr=False)


def make(
    parent: pulumi.Resource,
    store: StoreArgs,
    server: Server,
    asked: BackendArgs,
    *,
    after: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Register the Job that brings users, ownership and passwords to what is wanted; it changes nothing that fits.

    Creates:
        - `<name>-auth`, `<name>-scripts`
        - the Job `<name>-users-<hash>`, never cleaned up by time: one that vanished would show as drift

    Returns:
        All of them, the Job last.
    """
    passwords = access.passwords(asked) | {"admin-password": server.admin_password}
    auth = secrets.auth(parent, store, {**passwords, "ca.crt": server.ca})
    mounted = scripts.config_map(parent, store, SCRIPTS)
    env = {"PGPORT": str(PORT), "PGUSER": server.administrator, "PGDATABASE": "postgres"}
    name = job_name(store, env)
    job = k8s.batch.v1.Job(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=store.placement.namespace,
            labels=labels.labels(APP, store.name),
            # One that failed is made anew by the next update, instead of being waited for in vain.
            annotations={"pulumi.com/replaceUnready": "true"},
        ),
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=RETRIES,
            active_deadline_seconds=DEADLINE_SECONDS,
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels={**labels.labels(APP, store.name), labels.uses(store.kind): "true"},
                    # Other passwords, or another server behind the name: it runs again.
                    annotations={"ladder/checksum": secrets.fingerprint(*passwords.values(), server.host)},
                ),
                spec=_pod(store, env, server.host),
            ),
        ),
        opts=options.child(parent, depends_on=[*after, auth, mounted], wait_minutes=DEADLINE_SECONDS // 60 + 1),
    )
    return [auth, mounted, job]


def when_made(password: pulumi.Input[str], made: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """The application's password once the server knows it: what is told to applications waits for the Job."""
    job = made[-1]
    assert isinstance(job, k8s.batch.v1.Job)  # noqa: S101 (`make` puts it last)
    return pulumi.Output.secret(pulumi.Output.all(password, job.id).apply(lambda known: str(known[0])))


def job_name(store: StoreArgs, env: Mapping[str, str]) -> str:
    """`<store>-users-<hash>`: another name, and so another run, whenever settings, image or scripts change."""
    parts = [store.run_image.pinned, scripts.checksum(SCRIPTS), *(f"{key}={env[key]}" for key in sorted(env))]
    return f"{store.name}-users-{sha256(chr(0).join(parts).encode()).hexdigest()[:8]}"


def _pod(store: StoreArgs, env: Mapping[str, str], host: pulumi.Input[str]) -> k8s.core.v1.PodSpecArgs:
    container = k8s.core.v1.ContainerArgs(
        name="users",
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=pod.script("users.sh"),
        env=[*pod.values(env), k8s.core.v1.EnvVarArgs(name="PGHOST", value=host)],
        resources=pod.resources(0.1, 128),
        security_context=pod.CONTAINER_SECURITY,
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[scripts.MOUNT, pod.TMP_MOUNT, pod.mount("auth", "/run/ladder/auth", read_only=True)],
    )
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        security_context=pod.pod_security(store.run_image.uid),
        containers=[container],
        volumes=[pod.TMP, scripts.volume(store), pod.secret_volume("auth", f"{store.name}-auth")],
    )
