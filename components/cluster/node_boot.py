"""What a single machine is told when it starts: scripts, units and settings as cloud-init takes them. No secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources

from components.catalog import Cloud

NODE = "ladder"
"""Name of the node, the same on every machine: a local volume belongs to the node of this name."""

PODS = "10.42.0.0/16"
"""Addresses of pods, those that k3s gives by itself."""

DATA = "/var/lib/ladder"
RELEASES = "https://github.com/k3s-io/k3s/releases/download"
LONGEST = 16384
"""Bytes of user data that EC2 takes, before they are encoded; Google takes more. Source: "Run commands at launch", EC2
user guide."""

_SCRIPTS = "/opt/ladder"
_UNITS = "/etc/systemd/system"


@dataclass(frozen=True, kw_only=True)
class BootArgs:
    """What the machine must know.

    Attributes:
        cloud: On which it stands: its scripts are named by it.
        device: Path at which the data disk appears.
        public_ip: The fixed address.
        secrets: Where the authorities are kept: what their files' names are put behind.
        version: Release of k3s.
        more: What the scripts of its cloud want to know beside that.
    """

    cloud: Cloud
    device: str
    public_ip: str
    secrets: str
    version: str
    more: Mapping[str, str] = field(default_factory=dict[str, str])


def user_data(args: BootArgs) -> str:
    """The text that cloud-init runs at the first boot."""
    files = [
        _file("/etc/ladder/node.env", _environment(args), "0644"),
        _file("/etc/rancher/k3s/config.yaml", json.dumps(k3s_config(args)), "0600"),
        *(_shipped(name, text) for name, text in sorted(_read(args.cloud).items())),
    ]
    start = [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", "ladder-node.service"]]
    return "#cloud-config\n" + json.dumps({"write_files": files, "runcmd": start})


def digest(text: str) -> str:
    """What changes when a machine must be replaced."""
    return sha256(text.encode()).hexdigest()[:8]


def k3s_config(args: BootArgs) -> dict[str, object]:
    """The settings of k3s; what it enforces by itself (network policies) and brings (metrics) is left on."""
    return {
        "data-dir": f"{DATA}/k3s",
        "default-local-storage-path": f"{DATA}/volumes",
        "node-name": NODE,
        "node-external-ip": args.public_ip,
        "cluster-cidr": PODS,
        "tls-san": [args.public_ip],
        "secrets-encryption": True,
        "write-kubeconfig-mode": "0600",
    }


def _environment(args: BootArgs) -> str:
    values = {
        "CLOUD": args.cloud,
        "DEVICE": args.device,
        "SECRETS": args.secrets,
        "K3S_VERSION": args.version,
        "RELEASES": RELEASES,
        "NODE": NODE,
        "DATA": DATA,
        "PODS": PODS,
        **args.more,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _read(cloud: Cloud) -> dict[str, str]:
    folder = resources.files("components.cluster") / "scripts"
    return {entry.name: entry.read_text() for entry in folder.iterdir() if _is_for(cloud, entry.name)}


def _is_for(cloud: Cloud, name: str) -> bool:
    first = name.replace(".", "-").partition("-")[0]
    return name.partition(".")[2] in _SHIPPED and first not in set(Cloud) - {cloud}


_SHIPPED = {
    "sh": (_SCRIPTS, "0755"),
    "service": (_UNITS, "0644"),
    "socket": (_UNITS, "0644"),
    "timer": (_UNITS, "0644"),
}


def _shipped(name: str, text: str) -> dict[str, str]:
    folder, mode = _SHIPPED[name.partition(".")[2]]
    return _file(f"{folder}/{name}", text, mode)


def _file(path: str, text: str, mode: str) -> dict[str, str]:
    return {"path": path, "permissions": mode, "content": text}
