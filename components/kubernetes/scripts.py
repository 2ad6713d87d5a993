"""Scripts that run inside pods: read once, when a backend is imported, and mounted from a ConfigMap."""

from collections.abc import Mapping
from hashlib import sha256
from importlib import resources

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.kubernetes.pod import SCRIPTS
from components.store import StoreArgs


def read(package: str, folder_name: str = "scripts") -> dict[str, str]:
    """The files of a folder in a package, by name.

    Args:
        package: A Python package, for example `components.postgres`.
        folder_name: The folder in it.
    """
    folder = resources.files(package) / folder_name
    return {
        entry.name: entry.read_text() for entry in sorted(folder.iterdir(), key=lambda e: e.name) if entry.is_file()
    }


SHARED = read("components.kubernetes")
"""Scripts that every store's pods have: the fill of the volume."""


def checksum(files: Mapping[str, str]) -> str:
    """A digest that changes when any file does; as an annotation it rolls the pods."""
    return sha256("\0".join(f"{name}\0{files[name]}" for name in sorted(files)).encode()).hexdigest()[:16]


def config_map(parent: pulumi.Resource, store: StoreArgs, files: Mapping[str, str]) -> k8s.core.v1.ConfigMap:
    """Register `<name>-scripts`."""
    name = f"{store.name}-scripts"
    return k8s.core.v1.ConfigMap(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=store.placement.namespace,
            labels=labels.labels(store.kind, store.name),
        ),
        data=dict(files),
        opts=options.child(parent, protect=store.protected),
    )


def volume(store: StoreArgs) -> k8s.core.v1.VolumeArgs:
    """The volume that holds them."""
    source = k8s.core.v1.ConfigMapVolumeSourceArgs(name=f"{store.name}-scripts", default_mode=0o444)
    return k8s.core.v1.VolumeArgs(name="scripts", config_map=source)


MOUNT = k8s.core.v1.VolumeMountArgs(name="scripts", mount_path=SCRIPTS, read_only=True)
