"""PostgreSQL as a StatefulSet of one member."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components import naming
from components.backups import access
from components.backups.args import BackupAccess
from components.endpoint import CA_FILE, Endpoint
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, workload
from components.postgres.args import PORT
from components.store import BackendArgs, StoreArgs

SCRIPTS = scripts.SHARED | scripts.read("components.postgres")
_BACKUP = scripts.read("components.postgres", "backup")
_USERS = "roles.sql"
_ADMISSIONS = ("pg_hba.conf", "pg_hba_plaintext.conf")
_SHIPPING = {_USERS: "ship.sql", "pg_hba.conf": "ship_hba.conf", "pg_hba_plaintext.conf": "ship_hba_plaintext.conf"}


class InCluster(pulumi.ComponentResource):
    """PostgreSQL in the cluster.

    Creates:
        - `<name>-auth`, `<name>-tls`: password, certificate
        - what `workload.deploy` creates
        - the network policy `<name>`

    It has one member: a node that dies is down until Kubernetes starts the pod elsewhere.
    """

    TOKEN = "ladder:postgres:InCluster"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None

    def __init__(self, name: str, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the server and everything it needs."""
        super().__init__(self.TOKEN, name, None, opts)
        store = args.store
        passwords = access.passwords(args)
        auth = secrets.auth(self, store, passwords)
        tls = certificates.server_tls(self, store)
        policies = network_policy.serve(self, store, PORT)
        files = _files(store)
        rolled_by = secrets.fingerprint(scripts.checksum(files), *passwords.values(), tls.certificate)
        server = _server(store, tls, files, rolled_by)
        self.made = workload.deploy(self, store, server, after=[auth, *policies, *tls.made])
        self.endpoint = _endpoint(store, tls, pulumi.Output.secret(args.password))
        host = naming.host(name, store.placement.namespace)
        self.backup = access.of(args, host=host, port=PORT, database="app", ca=tls.ca)
        self.register_outputs({"endpoint": self.endpoint.outputs()})


def shared_buffers_mib(limit_mib: int) -> int:
    """A quarter of the memory limit, MiB. Source: PostgreSQL manual, "Resource Consumption"."""
    return limit_mib // 4


def _files(store: StoreArgs) -> dict[str, str]:
    """Scripts and configuration; where backups are taken, their users are made and let in as well."""
    if store.backup is None:
        return SCRIPTS
    added = {name: _BACKUP[name] for name in (_USERS, *_ADMISSIONS)}
    if store.backup.point_in_time_days:
        added = {name: text + _BACKUP[_SHIPPING[name]] for name, text in added.items()}
    return SCRIPTS | {name: SCRIPTS[name] + text for name, text in added.items()}


def _server(
    store: StoreArgs, tls: certificates.ServerTls, files: Mapping[str, str], rolled_by: pulumi.Output[str]
) -> workload.Server:
    return workload.Server(
        port=PORT,
        data_path="/var/lib/postgresql/data",
        env={
            # Not the mount point itself: initdb refuses a folder that is not its own, or holds lost+found.
            "PGDATA": "/var/lib/postgresql/data/pgdata",
            "VERSION": store.version,
            "TLS": "on" if store.pods.tls else "off",
            "SHARED_BUFFERS_MIB": str(shared_buffers_mib(store.pods.memory_mib)),
            **({"SHIPPED": "yes"} if store.backup and store.backup.point_in_time_days else {}),
        },
        files=files,
        checksum=rolled_by,
        volumes=[
            pod.secret_volume("auth", f"{store.name}-auth"),
            pod.memory_folder("socket"),
            _shared_memory(store),
            *tls.volumes,
        ],
        mounts=[
            pod.mount("auth", "/run/ladder/auth", read_only=True),
            pod.mount("socket", "/var/run/postgresql"),
            pod.mount("shared-memory", "/dev/shm"),  # noqa: S108 (a volume of the pod's own)
            *tls.mounts,
        ],
    )


def _shared_memory(store: StoreArgs) -> k8s.core.v1.VolumeArgs:
    """Parallel queries exchange rows here; the runtime's own 64 MiB are soon too small."""
    source = k8s.core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{store.pods.memory_mib // 4}Mi")
    return k8s.core.v1.VolumeArgs(name="shared-memory", empty_dir=source)


def _endpoint(store: StoreArgs, tls: certificates.ServerTls, password: pulumi.Output[str]) -> Endpoint:
    host = naming.host(store.name, store.placement.namespace)
    trust = f"sslmode=verify-full&sslrootcert={CA_FILE}" if store.pods.tls else "sslmode=disable"
    return Endpoint(
        host=pulumi.Output.from_input(host),
        port=pulumi.Output.from_input(PORT),
        username=pulumi.Output.from_input("app"),
        password=password,
        database=pulumi.Output.from_input("app"),
        ca=pulumi.Output.from_input(tls.ca),
        uri=pulumi.Output.concat("postgresql://app:", password, f"@{host}:{PORT}/app?{trust}"),
    )
