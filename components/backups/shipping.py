"""What ships every write of a store: a pod that does it all the time, and the pods of its jobs."""

from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.backups import cron
from components.backups.args import BackupArgs
from components.backups.pod import NAME, JobPod, template
from components.backups.repository import Repository
from components.store import StoreArgs

SHIP_MIB = 192
"""Memory of the shipper, MiB."""
_ROOM = "3Gi"
"""Of its disk: a chunk of the log, half a GiB, and what comes while the repository does not answer."""


@dataclass(frozen=True, kw_only=True)
class Shipping:
    """What is shipped, and where to.

    Attributes:
        store: Whose writes.
        backup: What is asked of its backups.
        stack: Name of the stack: restic's host.
        log: The repository of the writes.
    """

    store: StoreArgs
    backup: BackupArgs
    stack: str
    log: Repository

    def pod(self, job: str, mib: int) -> JobPod:
        """A pod that works on the repository of the writes alone; only `trim` deletes."""
        name, prunes = self.store.name, job == "trim"
        days = {"DAYS": str(self.backup.point_in_time_days)} if prunes else {}
        return JobPod(
            job=job,
            identity=self.log.pruner if prunes else self.log.writer,
            repository=f"{name}-wal-pruner" if prunes else f"{name}-wal",
            service_account=f"{name}-pruner" if prunes else f"{name}-backup",
            logins={} if prunes else {"store": f"{name}-ship"},
            env={"KIND": str(self.store.kind), "STACK": self.stack, **days},
            memory_mib=mib,
        )


def schedules(name: str) -> dict[str, str]:
    """A base is taken when one is due, which is looked at every hour: so a broken log is whole again within it."""
    return {"base": cron.hourly(f"{name} base"), "trim": cron.daily(name, "trim")}


def shipper(parent: pulumi.Resource, args: Shipping, checksum: str, after: list[pulumi.Resource]) -> None:
    """Register it: one pod, never two, for a slot is for one; an update does not wait for it."""
    store, name = args.store, f"{args.store.name}-ship"
    pod = replace(args.pod("ship", SHIP_MIB), room=_ROOM, ready="fresh.sh")
    k8s.apps.v1.Deployment(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=store.placement.namespace,
            labels=labels.labels(NAME, store.name),
            annotations={"pulumi.com/skipAwait": "true"},
        ),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=1,
            selector=k8s.meta.v1.LabelSelectorArgs(
                match_labels={**labels.selector(NAME, store.name), labels.COMPONENT: "ship"}
            ),
            strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
            template=template(store, args.backup, pod, checksum),
        ),
        opts=options.child(parent, depends_on=after),
    )
