"""A stack with backups and its vault, made by the Pulumi CLI, and its jobs started by hand."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster_stores import ROOT, Machine, Namespace, image, until

BACKUPS = "ladder-test-backups"
VAULT = "ladder-test-vault"
SIZES = {"postgres": {"memory_mib": 320, "cpu": 0.05}, "redis": {"memory_mib": 128, "cpu": 0.05}}
PASSPHRASE = "only-for-tests"  # noqa: S105 (what it encrypts is made up)


@dataclass(frozen=True, kw_only=True)
class Backed(Namespace):
    """The environment; `vault` is the namespace of its vault, `folder` holds the stack files and their backend."""

    vault: Namespace
    folder: Path
    store: str = "postgres"

    def job(
        self, job: str, name: str, *, command: list[str] | None = None, deadline: float = 240, **env: str
    ) -> dict[str, Any]:
        """Start a job as a person would, and return its report when it is done."""
        template = self.get("cronjob", f"{self.store}-{job}")["spec"]["jobTemplate"]
        container = template["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [
            {"name": it["name"], "value": env[it["name"]]} if it["name"] in env else it for it in container["env"]
        ]
        if command:
            container["command"] = command
        template["spec"]["backoffLimit"] = 0
        self.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": template["spec"]})
        until(lambda: self._conditions(name), f"{name} to end", deadline)
        listed = self.get("pods", "--selector", f"batch.kubernetes.io/job-name={name}")["items"]
        return json.loads(listed[0]["status"]["containerStatuses"][0]["state"]["terminated"]["message"])

    def _conditions(self, name: str) -> list[str]:
        found = self.get("job", name)["status"].get("conditions", [])
        return [it["type"] for it in found if it["status"] == "True" and it["type"] in ("Complete", "Failed")]


def bring_up(
    machine: Machine,
    folder: Path,
    names: tuple[str, str] = (BACKUPS, VAULT),
    store: str = "postgres",
    **settings: object,
) -> Backed:
    """Make the vault and then the environment, each a stack in a backend of the test's own.

    Args:
        machine: The cluster.
        folder: Where the stack files, and their state, are kept.
        names: The namespaces of the environment and of its vault.
        store: The one that it has.
        settings: More settings of the store.
    """
    namespace, vault = names
    at = {key: getattr(machine, key) for key in ("context", "kubeconfig", "identifier", "storage_class")}
    cluster = {"kind": "existing", **at}
    images = {
        "image": dict(machine.images["versitygw"]),
        "setup_image": dict(machine.images["python"]),
    }
    _up(
        folder,
        "backups-vault",
        {
            "kind": "vault",
            "cloud": "local",
            "namespace": vault,
            "cluster": cluster,
            "repository": {"kind": "in_cluster", "storage_gib": 1, "protect": False, "wait_minutes": 3, **images},
        },
    )
    _up(
        folder,
        "backups",
        {
            "stage": "bootstrap",
            "cloud": "local",
            "namespace": namespace,
            "cluster": cluster,
            "vault": "backups-vault",
            "backups": {"image": dict(machine.images["restic"])},
            "alerts": {"image": dict(machine.images["python"])},
            store: {"storage_gib": 1, "protect": False, **SIZES[store], **image(machine, store), **settings},
        },
    )
    of_vault = Namespace(machine=machine, name=vault)
    return Backed(machine=machine, name=namespace, vault=of_vault, folder=folder, store=store)


def lose_the_volume(backed: Backed) -> None:
    """The pod is killed and its volume erased, whatever is written meanwhile."""
    claim = f"data-{backed.store}-0"
    volume = backed.get("pvc", claim)["spec"]["volumeName"]
    # Else it would make the pod, and a claim, anew.
    backed.kubectl("delete", "statefulset", backed.store, "--cascade=orphan")
    backed.kubectl("delete", "pod", f"{backed.store}-0", "--force", "--grace-period=0")
    backed.machine.kubectl("patch", "pv", volume, "--patch", '{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}')
    backed.kubectl("delete", "pvc", claim)
    until(lambda: backed.machine.kubectl("get", "pv", volume).returncode != 0, "the volume to be gone")


def mend(backed: Backed) -> None:
    """Bring the environment up again, after something of it was lost."""
    _again(backed.folder, "backups", "--refresh")


def _up(folder: Path, stack: str, config: Mapping[str, object]) -> None:
    file = folder / f"Pulumi.{stack}.yaml"
    file.write_text(json.dumps({"config": {f"ladder:{key}": value for key, value in config.items()}}))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    _pulumi(folder, folder, "stack", "init", stack)
    _again(folder, stack)


def _again(folder: Path, stack: str, *more: str) -> None:
    file = str(folder / f"Pulumi.{stack}.yaml")
    _pulumi(folder, ROOT, "up", "--yes", "--skip-preview", *more, "--stack", stack, "--config-file", file)


def _pulumi(folder: Path, at: Path, *words: str) -> None:
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    done = subprocess.run(
        ["pulumi", *words, "--non-interactive"], cwd=at, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
