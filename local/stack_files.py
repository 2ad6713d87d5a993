"""The stack files of this machine: the committed ones, plus the cluster and the images that it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".ladder"
STACK = "dev"
VAULT = "dev-vault"
STACK_FILE = HERE / f"Pulumi.{STACK}.yaml"
VAULT_FILE = HERE / f"Pulumi.{VAULT}.yaml"
STORES = ("mongodb", "redis", "postgres")
ENGINE_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""What the engine keeps in a stack file: without them it could not read its own state again."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The cluster that the dev stack goes to.

    Attributes:
        context: In the kubeconfig.
        kubeconfig: Path; None means where kubectl looks.
        identifier: Of the cluster in the state.
        storage_class: Of volumes.
        images: What runs instead of the official images, by store and tool; `app` is the application.
        left_out: Stores that cannot run here, each with the reason.
        local: Whether `local/` made it.
    """

    context: str
    kubeconfig: str | None
    identifier: str
    storage_class: str
    images: Mapping[str, Mapping[str, str | int]]
    left_out: Mapping[str, str]
    local: bool


def write_stack_file(machine: Machine) -> dict[str, str]:
    """Write the committed stack file plus what is particular to this machine.

    Returns:
        What was left out of it, with the reason.
    """
    reader = YAML()
    stack = reader.load(ROOT / f"Pulumi.{STACK}.yaml")
    settings = stack["config"]
    cluster = settings["ladder:cluster"]
    cluster.update(context=machine.context, identifier=machine.identifier, storage_class=machine.storage_class)
    if machine.kubeconfig:
        cluster["kubeconfig"] = machine.kubeconfig
    if STACK_FILE.exists():
        before = reader.load(STACK_FILE)
        stack.update({key: before[key] for key in ENGINE_KEYS if key in before})
        for key, section in before["config"].items():
            if isinstance(section, dict) and "phase" in section and key in settings:
                settings[key]["phase"] = section["phase"]
    left_out: dict[str, str] = {}
    for kind in (*STORES, "app"):
        key = f"ladder:{kind}"
        if kind in machine.left_out and key in settings and "external" not in settings[key]:
            left_out[kind] = machine.left_out[kind]
            del settings[key]
        elif kind in machine.images and key in settings:
            image = dict(machine.images[kind])
            settings[key]["image"] = image["ref"] if kind == "app" else image
    for tool, key in (("restic", "ladder:backups"), ("python", "ladder:alerts")):
        if tool in machine.images:
            settings.setdefault(key, {})["image"] = dict(machine.images[tool])
    _dump(stack, STACK_FILE)
    return left_out


def write_vault_file(machine: Machine) -> None:
    """Likewise for the vault."""
    reader = YAML()
    stack = reader.load(ROOT / f"Pulumi.{VAULT}.yaml")
    settings = stack["config"]
    cluster, repository = settings["ladder:cluster"], settings["ladder:repository"]
    cluster.update(context=machine.context, identifier=machine.identifier, storage_class=machine.storage_class)
    if machine.kubeconfig:
        cluster["kubeconfig"] = machine.kubeconfig
    for tool, key in (("versitygw", "image"), ("python", "setup_image")):
        if tool in machine.images:
            repository[key] = dict(machine.images[tool])
    if VAULT_FILE.exists():
        before = reader.load(VAULT_FILE)
        stack.update({key: before[key] for key in ENGINE_KEYS if key in before})
    _dump(stack, VAULT_FILE)


def forget_vault() -> None:
    """Take the vault out of the machine's own stack file."""
    stack = YAML().load(STACK_FILE)
    stack["config"].pop("ladder:vault", None)
    stack["config"].pop("ladder:alerts", None)
    _dump(stack, STACK_FILE)


def _dump(stack: object, file: Path) -> None:
    with file.open("w") as out:
        out.write(f"# Written by `make up` from {file.name} of the project; edit that one.\n")
        YAML().dump(stack, out)
