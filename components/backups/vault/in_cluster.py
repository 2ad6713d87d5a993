"""An S3 server in the cluster (versitygw), for development: its backups go down with the cluster that they are of."""

import json
from collections.abc import Mapping
from hashlib import sha256

import pulumi
import pulumi_kubernetes as k8s

from components import labels, naming, options
from components.backups.pod import USES_REPOSITORY
from components.backups.vault.args import InClusterArgs, Keys, RepositoryKind
from components.backups.vault.made import Bucket
from components.backups.vault.s3_compatible import identity
from components.facade import random_password
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, volumes

APP = "ladder-vault"
SETUP = "ladder-vault-setup"
PORT = 7443
BUCKET = "backups"
REGION = "us-east-1"
USERS = ("root", "writer", "pruner")
_FILES = scripts.read("components.backups.vault")


class InCluster(pulumi.ComponentResource):
    """An S3 server with one bucket, versioned, and a policy that keeps its writer from deleting.

    Creates:
        - `<name>-tls`, `<name>-keys`: certificate, keys of root, writer and pruner
        - `data-<name>-0`: the volume's claim, which outlives everything else
        - the StatefulSet and the Service `<name>`, the network policies `<name>` and `<name>-setup`
        - the Job `<name>-setup-<hash>`: makes the bucket and its policy, again whenever either changes
    """

    TOKEN = "ladder:vault:InCluster"  # noqa: S105 (a type's name)
    bucket: Bucket

    def __init__(self, name: str, args: InClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the server, and the bucket in it."""
        super().__init__(self.TOKEN, name, None, opts)
        keys = {user: _keys(self, name, user, args) for user in USERS}
        tls = certificates.issue(
            self, name, args.namespace, args.issuer, labels.labels(APP, name), protect=args.protect
        )
        secret = _secret(self, name, args, keys)
        service = _service(self, name, args)
        claim = volumes.claim(
            naming.claim(name, 0),
            _metadata(naming.claim(name, 0), APP, name, args),
            storage_class=args.storage_class,
            storage_gib=args.storage_gib,
            opts=options.child(self, protect=args.protect, wait_minutes=args.wait_minutes),
        )
        policy = _let_in(self, name, args)
        rolled_by = secrets.fingerprint(tls.certificate, *(key.secret_access_key for key in keys.values()))
        server = _server(self, name, args, tls, rolled_by, [secret, claim, policy, *tls.made])
        _setup(self, name, args, [secret, service, server])
        self.bucket = Bucket(
            kind=RepositoryKind.IN_CLUSTER,
            url=f"s3:https://{naming.host(name, args.namespace)}:{PORT}/{BUCKET}",
            ca=tls.ca,
            writer=identity(keys["writer"], REGION),
            pruner=identity(keys["pruner"], REGION),
        )
        self.register_outputs({"url": self.bucket.url})


def policy() -> dict[str, object]:
    """Who may do what: the writer adds and reads, and deletes locks; the pruner deletes, yet no kept version."""
    bucket, objects = f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"
    look = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
    write = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]

    def allow(user: str, actions: list[str], resource: str) -> dict[str, object]:
        return {"Effect": "Allow", "Principal": {"AWS": [user]}, "Action": actions, "Resource": resource}

    return {
        "Version": "2012-10-17",
        "Statement": [
            allow("writer", look, bucket),
            allow("writer", write, objects),
            allow("writer", ["s3:DeleteObject"], f"arn:aws:s3:::{BUCKET}/*/locks/*"),
            allow("pruner", look, bucket),
            allow("pruner", [*write, "s3:DeleteObject"], objects),
        ],
    }


def _keys(parent: InCluster, name: str, user: str, args: InClusterArgs) -> Keys:
    return Keys(
        access_key_id=user, secret_access_key=random_password(parent, f"{name}-{user}-key", protect=args.protect)
    )


def _metadata(name: str, app: str, owner: str, args: InClusterArgs) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=labels.labels(app, owner))


def _secret(parent: InCluster, name: str, args: InClusterArgs, keys: Mapping[str, Keys]) -> k8s.core.v1.Secret:
    """`users.json` is versitygw's own file of accounts: whoever is in it exists, without a call that makes him."""

    def accounts(secret_keys: Mapping[str, str]) -> str:
        found = {
            user: {"access": user, "secret": secret, "role": "user", "userID": 0, "groupID": 0, "projectID": 0}
            for user, secret in secret_keys.items()
        }
        return json.dumps({"accessAccounts": found})

    users = {user: key.secret_access_key for user, key in keys.items() if user != "root"}
    return k8s.core.v1.Secret(
        f"{name}-keys",
        metadata=_metadata(f"{name}-keys", APP, name, args),
        string_data={
            "root": keys["root"].secret_access_key,
            "users.json": pulumi.Output.secret(pulumi.Output.all(**users)).apply(accounts),
        },
        opts=options.child(parent, protect=args.protect),
    )


def _service(parent: InCluster, name: str, args: InClusterArgs) -> k8s.core.v1.Service:
    metadata = _metadata(name, APP, name, args)
    metadata.annotations = {"pulumi.com/skipAwait": "true"}
    return k8s.core.v1.Service(
        name,
        metadata=metadata,
        spec=k8s.core.v1.ServiceSpecArgs(
            selector=labels.selector(APP, name),
            ports=[k8s.core.v1.ServicePortArgs(name="s3", port=PORT, target_port=PORT)],
        ),
        opts=options.child(parent, protect=args.protect),
    )


def _let_in(parent: InCluster, name: str, args: InClusterArgs) -> k8s.networking.v1.NetworkPolicy:
    """Jobs of any namespace that ask by label, and the setup Job; the server itself goes nowhere."""
    any_namespace = k8s.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=k8s.meta.v1.LabelSelectorArgs(),
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={USES_REPOSITORY: "true"}),
    )
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=_metadata(name, APP, name, args),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(APP, name)),
            policy_types=["Ingress", "Egress"],
            ingress=[
                k8s.networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=[any_namespace, network_policy.pods(labels.selector(SETUP, name))],
                    ports=[network_policy.tcp(PORT)],
                )
            ],
        ),
        opts=options.child(parent, protect=args.protect),
    )


def _server(
    parent: InCluster,
    name: str,
    args: InClusterArgs,
    tls: certificates.ServerTls,
    rolled_by: pulumi.Output[str],
    after: list[pulumi.Resource],
) -> k8s.apps.v1.StatefulSet:
    return k8s.apps.v1.StatefulSet(
        name,
        metadata=_metadata(name, APP, name, args),
        spec=k8s.apps.v1.StatefulSetSpecArgs(
            service_name=name,
            replicas=1,
            pod_management_policy="Parallel",
            revision_history_limit=10,
            persistent_volume_claim_retention_policy=k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                when_deleted="Retain", when_scaled="Retain"
            ),
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(APP, name)),
            volume_claim_templates=[volumes.TEMPLATE],
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    labels=labels.labels(APP, name), annotations={"ladder/checksum": rolled_by}
                ),
                spec=_server_pod(name, args, tls),
            ),
        ),
        opts=options.child(parent, protect=args.protect, depends_on=after, wait_minutes=args.wait_minutes),
    )


def _server_pod(name: str, args: InClusterArgs, tls: certificates.ServerTls) -> k8s.core.v1.PodSpecArgs:
    folders = ["/data/buckets", "/data/versions"]
    health = k8s.core.v1.HTTPGetActionArgs(path="/health", port=PORT, scheme="HTTPS")
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=pod.pod_security(args.image.uid),
        init_containers=[
            k8s.core.v1.ContainerArgs(
                name="folders",
                image=args.image.pinned,
                image_pull_policy="IfNotPresent",
                command=["mkdir", "-p", *folders],
                resources=pod.resources(0.01, 16),
                security_context=pod.CONTAINER_SECURITY,
                volume_mounts=[pod.mount("data", "/data")],
            )
        ],
        containers=[
            k8s.core.v1.ContainerArgs(
                name="versitygw",
                image=args.image.pinned,
                image_pull_policy="IfNotPresent",
                command=[
                    *("versitygw", "--port", f":{PORT}", "--region", REGION, "--health", "/health", "--quiet"),
                    *("--cert", "/run/ladder/tls/tls.crt", "--key", "/run/ladder/tls/tls.key", "--iam-dir", "/iam"),
                    *("posix", "--versioning-dir", folders[1], folders[0]),
                ],
                env=[
                    *pod.values({"ROOT_ACCESS_KEY_ID": "root"}),
                    pod.from_secret("ROOT_SECRET_ACCESS_KEY", f"{name}-keys", "root"),
                ],
                ports=[k8s.core.v1.ContainerPortArgs(name="s3", container_port=PORT)],
                readiness_probe=k8s.core.v1.ProbeArgs(http_get=health, period_seconds=2, failure_threshold=3),
                liveness_probe=k8s.core.v1.ProbeArgs(
                    http_get=health, period_seconds=30, timeout_seconds=10, failure_threshold=6
                ),
                resources=pod.resources(0.05, args.memory_mib),
                security_context=pod.CONTAINER_SECURITY,
                volume_mounts=[
                    pod.mount("data", "/data"),
                    pod.mount("iam", "/iam", read_only=True),
                    pod.TMP_MOUNT,
                    *tls.mounts,
                ],
            )
        ],
        volumes=[
            pod.TMP,
            k8s.core.v1.VolumeArgs(
                name="iam",
                secret=k8s.core.v1.SecretVolumeSourceArgs(
                    secret_name=f"{name}-keys",
                    default_mode=0o440,
                    items=[k8s.core.v1.KeyToPathArgs(key="users.json", path="users.json")],
                ),
            ),
            *tls.volumes,
        ],
    )


def _setup(parent: InCluster, name: str, args: InClusterArgs, after: list[pulumi.Resource]) -> None:
    """The Job that makes the bucket; another name, and so another run, whenever what it makes changes."""
    wanted = {"policy.json": json.dumps(policy(), indent=1), **_FILES}
    env = {
        "ENDPOINT": f"https://{naming.host(name, args.namespace)}:{PORT}",
        "BUCKET": BUCKET,
        "REGION": REGION,
        "ACCESS_KEY_ID": "root",
        "DEADLINE_SECONDS": str(args.wait_minutes * 60 - 30),
    }
    parts = [args.setup_image.pinned, scripts.checksum(wanted), *(f"{key}={env[key]}" for key in sorted(env))]
    job = f"{name}-setup-{sha256(chr(0).join(parts).encode()).hexdigest()[:8]}"
    files = k8s.core.v1.ConfigMap(
        f"{name}-setup",
        metadata=_metadata(f"{name}-setup", SETUP, name, args),
        data=wanted,
        opts=options.child(parent),
    )
    to_server = k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=[network_policy.pods(labels.selector(APP, name))], ports=[network_policy.tcp(PORT)]
    )
    out = k8s.networking.v1.NetworkPolicy(
        f"{name}-setup",
        metadata=_metadata(f"{name}-setup", SETUP, name, args),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels.selector(SETUP, name)),
            policy_types=["Ingress", "Egress"],
            egress=[network_policy.DNS, to_server],
        ),
        opts=options.child(parent),
    )
    metadata = _metadata(job, SETUP, name, args)
    metadata.annotations = {"pulumi.com/replaceUnready": "true"}
    k8s.batch.v1.Job(
        job,
        metadata=metadata,
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=3,
            active_deadline_seconds=args.wait_minutes * 60,
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels.labels(SETUP, name)),
                spec=_setup_pod(name, args, env),
            ),
        ),
        opts=options.child(parent, depends_on=[*after, files, out], wait_minutes=args.wait_minutes),
    )


def _setup_pod(name: str, args: InClusterArgs, env: Mapping[str, str]) -> k8s.core.v1.PodSpecArgs:
    files = k8s.core.v1.ConfigMapVolumeSourceArgs(name=f"{name}-setup", default_mode=0o444)
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        security_context=pod.pod_security(args.setup_image.uid),
        containers=[
            k8s.core.v1.ContainerArgs(
                name="setup",
                image=args.setup_image.pinned,
                image_pull_policy="IfNotPresent",
                command=["python3", f"{pod.SCRIPTS}/setup.py"],
                env=[*pod.values(env), pod.from_secret("SECRET_ACCESS_KEY", f"{name}-keys", "root")],
                resources=pod.resources(0.05, 64),
                security_context=pod.CONTAINER_SECURITY,
                termination_message_policy="FallbackToLogsOnError",
                volume_mounts=[
                    pod.mount("scripts", pod.SCRIPTS, read_only=True),
                    pod.mount("tls", "/run/ladder/tls", read_only=True),
                    pod.TMP_MOUNT,
                ],
            )
        ],
        volumes=[
            pod.TMP,
            k8s.core.v1.VolumeArgs(name="scripts", config_map=files),
            k8s.core.v1.VolumeArgs(
                name="tls",
                secret=k8s.core.v1.SecretVolumeSourceArgs(
                    secret_name=f"{name}-tls",
                    default_mode=0o440,
                    items=[k8s.core.v1.KeyToPathArgs(key="ca.crt", path="ca.crt")],
                ),
            ),
        ],
    )
