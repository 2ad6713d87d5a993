"""What a single machine is told when it starts: scripts, units and settings as cloud-init takes them. No secret."""

import json
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

NODE = "ladder"
"""Name of the node, the same on every machine: a local volume belongs to the node of this name."""

HOOK = "ready"
"""Name of the lifecycle hook that the machine completes once its cluster answers."""

DATA = "/var/lib/ladder"
RELEASES = "https://github.com/k3s-io/k3s/releases/download"
LONGEST = 16384
"""Bytes of user data that EC2 takes, before they are encoded. Source: "Run commands at launch", EC2 user guide."""

_SCRIPTS = "/opt/ladder"
_UNITS = "/etc/systemd/system"


@dataclass(frozen=True, kw_only=True)
class BootArgs:
    """What the machine must know.

    Attributes:
        region: Of AWS.
        volume: Id of the data disk.
        address: Id of the fixed address.
        public_ip: The address itself.
        parameters: Path of the authorities in the parameter store.
        version: Release of k3s.
    """

    region: str
    volume: str
    address: str
    public_ip: str
    parameters: str
    version: str


def user_data(args: BootArgs) -> str:
    """The text that cloud-init runs at the first boot."""
    files = [
        _file("/etc/ladder/node.env", _environment(args), "0644"),
        _file("/etc/rancher/k3s/config.yaml", json.dumps(k3s_config(args)), "0600"),
        *(_shipped(name, text) for name, text in sorted(_read().items())),
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
        "tls-san": [args.public_ip],
        "secrets-encryption": True,
        "write-kubeconfig-mode": "0600",
    }


def _environment(args: BootArgs) -> str:
    values = {
        "AWS_DEFAULT_REGION": args.region,
        "VOLUME": args.volume,
        "ADDRESS": args.address,
        "PARAMETERS": args.parameters,
        "K3S_VERSION": args.version,
        "RELEASES": RELEASES,
        "HOOK": HOOK,
        "NODE": NODE,
        "DATA": DATA,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _read() -> dict[str, str]:
    folder = resources.files("components.cluster") / "scripts"
    return {entry.name: entry.read_text() for entry in folder.iterdir() if entry.name.partition(".")[2] in _SHIPPED}


_SHIPPED = {"sh": (_SCRIPTS, "0755"), "service": (_UNITS, "0644"), "timer": (_UNITS, "0644")}


def _shipped(name: str, text: str) -> dict[str, str]:
    folder, mode = _SHIPPED[name.partition(".")[2]]
    return _file(f"{folder}/{name}", text, mode)


def _file(path: str, text: str, mode: str) -> dict[str, str]:
    return {"path": path, "permissions": mode, "content": text}
