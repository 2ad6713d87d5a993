"""The jobs that take, verify, prune, list and restore the runs of one store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.backups import hooks
from components.backups.args import BackupAccess, BackupArgs, Login
from components.backups.pod import NAME, JobPod, final, template
from components.backups.reach import reach_repository
from components.backups.repository import Identity, Repository
from components.backups.shipping import Shipping, schedules, shipper
from components.facade import receipt_secret
from components.kubernetes import scripts
from components.store import StoreArgs

MINUTE = 60
HOUR = 60 * MINUTE
NEVER = "0 0 1 1 *"
"""When a suspended job would run; the API wants a time."""

JOB_MIB = 512
"""Memory of a job, MiB: restic's index and buffers grow with the repository, not with a dump."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """Runs of another stack, from which a store is filled when its environment moves.

    Attributes:
        stack: Name of the stack that took them.
        repository: Where they lie.
    """

    stack: str
    repository: Repository


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """What a schedule is asked for.

    Attributes:
        store: Whose runs; its `backup` is set.
        stack: Name of the stack: restic's host.
        access: How the jobs reach the store's server.
        repository: Where the runs lie.
        log: Where every write is shipped to; absent where none is.
        received: Those of another stack, while the environment moves here.
    """

    store: StoreArgs
    stack: str
    access: BackupAccess
    repository: Repository
    log: Repository | None = None
    received: Received | None = None

    @property
    def backup(self) -> BackupArgs:
        """What is asked of the store's backups.

        Raises:
            ValueError: When nothing is.
        """
        if self.store.backup is None:
            raise ValueError(f"store {self.store.name}: no backups are asked for; set its backup")
        return self.store.backup


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One CronJob: its pod, when it runs, how long it may, and how late it may begin, seconds."""

    pod: JobPod
    schedule: str
    deadline: int
    late: int
    retries: int = 0
    suspended: bool = False


class Schedule(pulumi.ComponentResource):
    """The backups of one store.

    Creates:
        - `<store>-repository`, `<store>-pruner`: Secrets that open the repository, for writers and for the pruner
        - `<store>-backup`, `<store>-restore`: Secrets with the logins at the server
        - `<store>-backup-scripts`, the service accounts `<store>-backup` and `<store>-pruner`
        - the network policy `<store>-backups`
        - CronJobs `<store>-backup`, `<store>-verify`, `<store>-prune`; suspended, as templates of jobs that a person
          starts, `<store>-restore`, `<store>-list`, and `<store>-freeze` where the server can be frozen
        - where every write is shipped: the Secrets `<store>-ship` (login), `<store>-wal` and `<store>-wal-pruner`
          (repository), the Deployment `<store>-ship` of one pod, CronJobs `<store>-base` and `<store>-trim`
        - while the environment moves here, the job `<store>-receive` and its Secret `<store>-received`

    None of it bears data, so none is protected. No job can read what an application logs in with.
    """

    TOKEN = "ladder:backups:Schedule"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the jobs and what they need."""
        super().__init__(self.TOKEN, name, None, opts)
        store, files = args.store, hooks.files(args.store.kind)
        made: list[pulumi.Resource] = [
            _opens(self, store, "repository", args.repository, args.repository.writer),
            _opens(self, store, "pruner", args.repository, args.repository.pruner),
            _login(self, store, "backup", args.access, args.access.backup),
            _login(self, store, "restore", args.access, args.access.restore),
            _account(self, store, "backup", args.repository.writer),
            _account(self, store, "pruner", args.repository.pruner),
            reach_repository(self, store, args.repository),
            k8s.core.v1.ConfigMap(
                f"{store.name}-backup-scripts",
                metadata=_metadata(store, "backup-scripts"),
                data=dict(files),
                opts=options.child(self),
            ),
        ]
        if args.received:
            made.append(_opens(self, store, "received", args.received.repository, args.received.repository.writer))
        jobs = _jobs(args)
        if args.log and args.access.ship:
            made += [
                _opens(self, store, "wal", args.log, args.log.writer),
                _opens(self, store, "wal-pruner", args.log, args.log.pruner),
                _login(self, store, "ship", args.access, args.access.ship, "postgres"),
            ]
            shipping = Shipping(store=store, backup=args.backup, stack=args.stack, log=args.log)
            jobs += _log_jobs(shipping)
            shipper(self, shipping, scripts.checksum(files), made)
        for job in jobs:
            _cron_job(self, args, job, scripts.checksum(files), made)
        self.register_outputs({"repository": args.repository.url})


def _metadata(store: StoreArgs, role: str, annotations: Mapping[str, str] | None = None) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=f"{store.name}-{role}",
        namespace=store.placement.namespace,
        labels=labels.labels(NAME, store.name),
        annotations=annotations or None,
    )


def _opens(
    parent: Schedule, store: StoreArgs, role: str, repository: Repository, identity: Identity
) -> k8s.core.v1.Secret:
    return k8s.core.v1.Secret(
        f"{store.name}-{role}",
        metadata=_metadata(store, role),
        string_data={
            "RESTIC_REPOSITORY": repository.url,
            "RESTIC_PASSWORD": pulumi.Output.secret(repository.password),
            **{name: pulumi.Output.secret(value) for name, value in identity.env.items()},
            "ca.crt": repository.ca,
        },
        opts=options.child(parent),
    )


def _login(
    parent: Schedule, store: StoreArgs, role: str, access: BackupAccess, login: Login, database: str | None = None
) -> k8s.core.v1.Secret:
    return k8s.core.v1.Secret(
        f"{store.name}-{role}",
        metadata=_metadata(store, role),
        string_data={
            "host": access.host,
            "port": pulumi.Output.from_input(access.port).apply(str),
            "user": login.user,
            "password": pulumi.Output.secret(login.password),
            "database": database or access.database,
            "ca.crt": access.ca,
        },
        opts=options.child(parent),
    )


def _account(parent: Schedule, store: StoreArgs, role: str, identity: Identity) -> k8s.core.v1.ServiceAccount:
    return k8s.core.v1.ServiceAccount(
        f"{store.name}-{role}",
        metadata=_metadata(store, role, identity.service_account),
        automount_service_account_token=False,
        opts=options.child(parent),
    )


def _jobs(args: ScheduleArgs) -> list[_Job]:
    """Every job of a store. Only backup and restore reach the server; only prune deletes."""
    store, backup = args.store, args.backup
    plain = {"KIND": str(store.kind), "STACK": args.stack}
    keep = {f"KEEP_{name.upper()}": str(count) for name, count in vars(backup.keep).items()}
    reads, restores = {"store": f"{store.name}-backup"}, {"restore": f"{store.name}-restore"}
    at, log = ({"AT": ""}, f"{store.name}-wal") if args.log else ({}, "")
    # A throwaway server needs what the store's own does.
    server_mib = max(JOB_MIB, store.pods.memory_mib)
    loads = store.kind in hooks.LOADS

    def pod(
        job: str, logins: Mapping[str, str], env: Mapping[str, str], mib: int = JOB_MIB, scratch: bool = False
    ) -> JobPod:
        prunes = job == "prune"
        return JobPod(
            job=job,
            identity=args.repository.pruner if prunes else args.repository.writer,
            repository=f"{store.name}-{'pruner' if prunes else 'repository'}",
            service_account=f"{store.name}-{'pruner' if prunes else 'backup'}",
            logins=logins,
            env={**plain, **env},
            memory_mib=mib,
            scratch=scratch,
        )

    wanted = {"RUN": "", "INTO": "", "OVERWRITE": "0", "CHECK": "0", **at}
    restore = replace(pod("restore", reads | restores, wanted, server_mib, scratch=True), log=log)
    proof = {"RUN": "", "PROVES": "retire" if store.arriving else "copy"}
    return [
        _Job(
            pod=pod("backup", reads, {"ACCEPT_EMPTY": "0"}, server_mib if loads else JOB_MIB, scratch=loads),
            schedule=backup.schedule,
            deadline=3 * HOUR,
            late=30 * MINUTE,
            retries=1,
        ),
        _Job(
            pod=replace(pod("verify", {}, proof, server_mib, scratch=True), receipt=receipt_secret(store.name)),
            schedule=backup.verify,
            deadline=12 * HOUR,
            late=6 * HOUR,
        ),
        _Job(pod=pod("prune", {}, keep), schedule=backup.prune, deadline=6 * HOUR, late=6 * HOUR),
        _by_hand(restore, 24 * HOUR),
        _by_hand(replace(pod("list", {}, {}), log=log), 10 * MINUTE),
        *([_by_hand(pod("freeze", restores, {"THAW": "0"}), 10 * MINUTE)] if store.kind in hooks.FREEZES else []),
        *([_by_hand(_receiving(restore, args.received, store), 24 * HOUR)] if args.received else []),
    ]


def _log_jobs(shipping: Shipping) -> list[_Job]:
    times = schedules(shipping.store.name)
    return [
        _Job(
            pod=shipping.pod("base", JOB_MIB),
            schedule=times["base"],
            deadline=12 * HOUR,
            late=30 * MINUTE,
            retries=1,
        ),
        _Job(
            pod=shipping.pod("trim", JOB_MIB),
            schedule=times["trim"],
            deadline=HOUR,
            late=6 * HOUR,
            retries=1,
        ),
    ]


def _by_hand(pod: JobPod, deadline: int) -> _Job:
    """A job that a person starts."""
    return _Job(pod=pod, schedule=NEVER, deadline=deadline, late=HOUR, suspended=True)


def _receiving(restore: JobPod, received: Received, store: StoreArgs) -> JobPod:
    """Puts back what another stack saved, and otherwise restores."""
    env = {**restore.env, "STACK": received.stack, "REPLACE_KNOWN": "1"}
    return replace(restore, job="receive", script=restore.job, repository=f"{store.name}-received", env=env, log="")


def _cron_job(
    parent: Schedule, args: ScheduleArgs, job: _Job, checksum: str, after: list[pulumi.Resource]
) -> k8s.batch.v1.CronJob:
    """A hung job ends at its deadline, and never blocks the next for ever; a hundred missed starts never stop it."""
    store = args.store
    return k8s.batch.v1.CronJob(
        f"{store.name}-{job.pod.job}",
        metadata=_metadata(store, job.pod.job),
        spec=k8s.batch.v1.CronJobSpecArgs(
            schedule=job.schedule,
            time_zone="Etc/UTC",
            suspend=job.suspended,
            concurrency_policy="Forbid",
            starting_deadline_seconds=job.late,
            successful_jobs_history_limit=3,
            failed_jobs_history_limit=3,
            job_template=k8s.batch.v1.JobTemplateSpecArgs(
                metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels.labels(NAME, store.name, job.pod.job)),
                spec=k8s.batch.v1.JobSpecArgs(
                    backoff_limit=job.retries,
                    pod_failure_policy=final(),
                    active_deadline_seconds=job.deadline,
                    template=template(store, args.backup, job.pod, checksum),
                ),
            ),
        ),
        opts=options.child(parent, depends_on=after),
    )
