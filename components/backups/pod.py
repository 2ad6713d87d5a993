"""The pod of a job of backups: the database's own image, with restic brought along by an init container."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_kubernetes as k8s

from components import labels
from components.backups.args import BackupArgs
from components.backups.repository import Identity
from components.catalog import Image, Keeper
from components.kubernetes import pod
from components.store import StoreArgs

NAME = "ladder-backup"
"""The jobs' pods are no store to any selector."""

USES_REPOSITORY = "ladder/uses-repository"
"""The label by which a pod asks for the vault."""

SECRETS = "/run/ladder"
SCRATCH = "/scratch"
_TOOLS = "/restic"
TOOLS = k8s.core.v1.VolumeArgs(name="tools", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="128Mi"))
TOOLS_MOUNT = pod.mount("tools", _TOOLS, read_only=True)
"""Where restic and the authorities of the world lie."""
FINAL = (20, 21, 22, 23, 24, 25, 30, 40, 41, 50)
"""Exit codes by which a script tells what somebody must mend: another try at once would say the same."""
_CACHE = "/cache"
_OPENS = ("REPOSITORY", "PASSWORD")
_CA = "ca.crt"


@dataclass(frozen=True, kw_only=True)
class JobPod:
    """What is particular to the pod of one job.

    Attributes:
        job: What it does; its script is `<job>.sh`, unless it is named.
        identity: Who it is to the vault.
        repository: Name of the Secret that opens the repository.
        service_account: It runs as.
        logins: Secrets with logins at the store, by the folder under /run/ladder; with any, it may reach the store.
        env: Plain settings.
        memory_mib: MiB.
        scratch: Whether a whole run is restored on its disk.
        room: Size of a scratch that is smaller than that, on the node's disk.
        receipt: Name of the Secret with the key of receipts, for who gives some.
        log: Name of the Secret that opens the repository of shipped writes, for who opens both.
        ready: Script that tells whether it does its work; a pod that has one goes on for ever.
        script: Name of its script without `.sh`, where it is another than the job's.
    """

    job: str
    identity: Identity
    repository: str
    service_account: str
    logins: Mapping[str, str]
    env: Mapping[str, str]
    memory_mib: int
    scratch: bool = False
    room: str = ""
    receipt: str = ""
    log: str = ""
    ready: str = ""
    script: str = ""


def template(store: StoreArgs, backup: BackupArgs, wanted: JobPod, checksum: str) -> k8s.core.v1.PodTemplateSpecArgs:
    """The pod template of a job."""
    asks = {labels.uses(store.kind): "true"} if wanted.logins else {}
    return k8s.core.v1.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(
            labels={
                **labels.labels(NAME, store.name, wanted.job),
                USES_REPOSITORY: "true",
                **asks,
                **identity_labels(wanted.identity),
            },
            annotations={"ladder/checksum": checksum},
        ),
        spec=k8s.core.v1.PodSpecArgs(
            automount_service_account_token=False,
            enable_service_links=False,
            restart_policy=None if wanted.ready else "Never",
            service_account_name=wanted.service_account,
            security_context=pod.pod_security(store.run_image.uid),
            init_containers=[tools(backup.image)],
            containers=[_container(store, wanted)],
            volumes=_volumes(store, backup, wanted),
        ),
    )


def final() -> k8s.batch.v1.PodFailurePolicyArgs:
    """A job is not tried again after one of `FINAL`."""
    codes = k8s.batch.v1.PodFailurePolicyOnExitCodesRequirementArgs(operator="In", values=list(FINAL))
    rule = k8s.batch.v1.PodFailurePolicyRuleArgs(action="FailJob", on_exit_codes=codes)
    return k8s.batch.v1.PodFailurePolicyArgs(rules=[rule])


def identity_labels(identity: Identity) -> dict[str, str]:
    """Azure exchanges tokens only for pods that ask by this label."""
    azure = any(key.startswith("azure.workload.identity/") for key in identity.service_account)
    return {"azure.workload.identity/use": "true"} if azure else {}


def tools(image: Image) -> k8s.core.v1.ContainerArgs:
    """Copies restic and the authorities of the world to where the job finds them."""
    return k8s.core.v1.ContainerArgs(
        name="tools",
        image=image.pinned,
        image_pull_policy="IfNotPresent",
        command=["cp", "/usr/bin/restic", "/etc/ssl/certs/ca-certificates.crt", f"{_TOOLS}/"],
        resources=pod.resources(0.01, 64),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[pod.mount("tools", _TOOLS)],
    )


def _container(store: StoreArgs, wanted: JobPod) -> k8s.core.v1.ContainerArgs:
    # Sorted: the engine hands mappings over in any order.
    credentials = ["RESTIC_REPOSITORY", "RESTIC_PASSWORD", *sorted(wanted.identity.env)]
    return k8s.core.v1.ContainerArgs(
        name=wanted.job,
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=pod.script(f"{wanted.script or wanted.job}.sh"),
        env=[
            *pod.values({"RESTIC_CACHE_DIR": _CACHE, "HOME": "/tmp", **wanted.env}),  # noqa: S108 (the pod's own)
            *(pod.from_secret(name, wanted.repository, name) for name in credentials),
            *(pod.from_secret(f"LOG_{name}", wanted.log, f"RESTIC_{name}") for name in _OPENS if wanted.log),
        ],
        readiness_probe=k8s.core.v1.ProbeArgs(
            exec_=pod.run(wanted.ready), period_seconds=10, timeout_seconds=10, failure_threshold=1
        )
        if wanted.ready
        else None,
        resources=pod.resources(0.1, wanted.memory_mib),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[
            k8s.core.v1.VolumeMountArgs(name="scripts", mount_path=pod.SCRIPTS, read_only=True),
            pod.TMP_MOUNT,
            pod.mount("cache", _CACHE),
            TOOLS_MOUNT,
            pod.mount("repository", f"{SECRETS}/repository", read_only=True),
            *(pod.mount(folder, f"{SECRETS}/{folder}", read_only=True) for folder in wanted.logins),
            *([pod.mount("receipt", f"{SECRETS}/receipt", read_only=True)] if wanted.receipt else []),
            *([pod.mount("scratch", SCRATCH)] if wanted.scratch or wanted.room else []),
        ],
    )


def _volumes(store: StoreArgs, backup: BackupArgs, wanted: JobPod) -> list[k8s.core.v1.VolumeArgs]:
    scripts = k8s.core.v1.ConfigMapVolumeSourceArgs(name=f"{store.name}-backup-scripts", default_mode=0o444)
    trust = k8s.core.v1.SecretVolumeSourceArgs(
        secret_name=wanted.repository, default_mode=0o440, items=[k8s.core.v1.KeyToPathArgs(key=_CA, path=_CA)]
    )
    return [
        k8s.core.v1.VolumeArgs(name="scripts", config_map=scripts),
        k8s.core.v1.VolumeArgs(name="repository", secret=trust),
        pod.TMP,
        _folder("cache", "4Gi"),
        TOOLS,
        *(pod.secret_volume(folder, secret) for folder, secret in wanted.logins.items()),
        *([pod.secret_volume("receipt", wanted.receipt)] if wanted.receipt else []),
        *([_scratch(store, backup)] if wanted.scratch else []),
        *([_folder("scratch", wanted.room)] if wanted.room else []),
    ]


def _folder(name: str, size: str) -> k8s.core.v1.VolumeArgs:
    return k8s.core.v1.VolumeArgs(name=name, empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=size))


def _scratch(store: StoreArgs, backup: BackupArgs) -> k8s.core.v1.VolumeArgs:
    """Room for everything that the store can hold, as far as a service lets it grow."""
    ceiling = store.ceiling_gib if store.keeper is Keeper.PROVIDER else None
    size = f"{ceiling or store.storage_gib}Gi"
    if backup.scratch_class is None:
        return _folder("scratch", size)
    claim = k8s.core.v1.PersistentVolumeClaimTemplateArgs(
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=backup.scratch_class,
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": size}),
        )
    )
    return k8s.core.v1.VolumeArgs(
        name="scratch", ephemeral=k8s.core.v1.EphemeralVolumeSourceArgs(volume_claim_template=claim)
    )
