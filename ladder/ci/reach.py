"""How continuous integration reaches the cluster of a stack: it has no kubeconfig of its own."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from components.cluster import ClusterKind
from infra.settings import Settings
from ladder import plan
from ladder.stack.pulumi_cli import PulumiCli
from ladder.stack.stackfile import StackFile


@contextmanager
def settings(file: StackFile) -> Generator[Settings]:
    """The stack's settings; a cluster that the stack made is reached by its own kubeconfig, kept no longer than this.

    Raises:
        LadderError: When the stack does not give it.
        SettingsError: When the settings are wrong.
    """
    wanted = plan.read_settings(file)
    if wanted.cluster.kind is ClusterKind.EXISTING or wanted.cluster.kubeconfig or os.environ.get("KUBECONFIG"):
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="ladder-") as folder:
        path = Path(folder) / "kubeconfig"
        path.touch(mode=0o600)
        path.write_text(PulumiCli(file).kubeconfig(), encoding="utf-8")
        yield replace(wanted, cluster=replace(wanted.cluster, kubeconfig=str(path)))
