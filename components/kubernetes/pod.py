"""Pod parts that the Pod Security level `restricted` asks for, the same in every pod of Ladder."""

from collections.abc import Mapping

import pulumi_kubernetes as k8s

SCRIPTS = "/etc/ladder"
"""Where a store's scripts and configuration are mounted in its own pods."""

TMP = k8s.core.v1.VolumeArgs(name="tmp", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="256Mi"))
TMP_MOUNT = k8s.core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp")  # noqa: S108 (a volume of the pod's own)

CONTAINER_SECURITY = k8s.core.v1.SecurityContextArgs(
    allow_privilege_escalation=False,
    read_only_root_filesystem=True,
    capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
)


def pod_security(uid: int) -> k8s.core.v1.PodSecurityContextArgs:
    """Run as `uid`; large volumes are not walked for ownership at every start."""
    return k8s.core.v1.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=uid,
        run_as_group=uid,
        fs_group=uid,
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def resources(cpu: float, memory_mib: int) -> k8s.core.v1.ResourceRequirementsArgs:
    """Memory limited to what was requested; processor time requested, never capped (a throttled database stalls).

    Args:
        cpu: Cores.
        memory_mib: MiB.
    """
    return k8s.core.v1.ResourceRequirementsArgs(
        requests={"cpu": f"{round(cpu * 1000)}m", "memory": f"{memory_mib}Mi"},
        limits={"memory": f"{memory_mib}Mi"},
    )


def script(name: str) -> list[str]:
    """The command that runs a mounted script."""
    return ["bash", f"{SCRIPTS}/{name}"]


def run(name: str) -> k8s.core.v1.ExecActionArgs:
    """A probe or hook that runs a mounted script."""
    return k8s.core.v1.ExecActionArgs(command=script(name))


def values(env: Mapping[str, str]) -> list[k8s.core.v1.EnvVarArgs]:
    """Plain environment variables, in a stable order."""
    return [k8s.core.v1.EnvVarArgs(name=name, value=value) for name, value in sorted(env.items())]


def memory_folder(name: str) -> k8s.core.v1.VolumeArgs:
    """A small folder in memory: for sockets and for copies of secrets, never written to a disk."""
    source = k8s.core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit="8Mi")
    return k8s.core.v1.VolumeArgs(name=name, empty_dir=source)


def mount(volume: str, path: str, *, read_only: bool = False) -> k8s.core.v1.VolumeMountArgs:
    """Mount `volume` at `path`."""
    return k8s.core.v1.VolumeMountArgs(name=volume, mount_path=path, read_only=read_only or None)


def secret_volume(name: str, secret: str) -> k8s.core.v1.VolumeArgs:
    """A Secret as files that the server's own group may read."""
    source = k8s.core.v1.SecretVolumeSourceArgs(secret_name=secret, default_mode=0o440)
    return k8s.core.v1.VolumeArgs(name=name, secret=source)


def from_secret(name: str, secret: str, key: str) -> k8s.core.v1.EnvVarArgs:
    """An environment variable that the kubelet reads from a Secret."""
    source = k8s.core.v1.SecretKeySelectorArgs(name=secret, key=key)
    return k8s.core.v1.EnvVarArgs(name=name, value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=source))
