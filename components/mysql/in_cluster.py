"""MySQL as a StatefulSet of one member."""

import pulumi

from components import naming
from components.backups.args import BackupAccess
from components.endpoint import CA_FILE, Endpoint
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, workload
from components.mysql.args import PORT
from components.store import BackendArgs, StoreArgs

SCRIPTS = scripts.SHARED | scripts.read("components.mysql")
_DATA = "/var/lib/mysql"


class InCluster(pulumi.ComponentResource):
    """MySQL in the cluster.

    Creates:
        - `<name>-auth`, `<name>-tls`: password, certificate
        - what `workload.deploy` creates
        - the network policy `<name>`

    It has one member: a node that dies is down until Kubernetes starts the pod elsewhere.
    """

    TOKEN = "ladder:mysql:InCluster"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None = None

    def __init__(self, name: str, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the server and everything it needs."""
        super().__init__(self.TOKEN, name, None, opts)
        store = args.store
        auth = secrets.auth(self, store, {"app-password": args.password})
        tls = certificates.server_tls(self, store)
        policies = network_policy.serve(self, store, PORT)
        rolled_by = secrets.fingerprint(scripts.checksum(SCRIPTS), args.password, tls.certificate)
        server = _server(store, tls, rolled_by)
        self.made = workload.deploy(self, store, server, after=[auth, *policies, *tls.made])
        self.endpoint = _endpoint(store, tls, pulumi.Output.secret(args.password))
        self.register_outputs({"endpoint": self.endpoint.outputs()})


def buffer_pool_mib(limit_mib: int) -> int:
    """What `innodb_buffer_pool_size` is for a memory limit, MiB: half of it, less what the server takes beside it.

    MySQL 9.7 with the settings of my.cnf and no clients took 364 MiB, 16 of them for the pool.
    """
    return max(128, limit_mib // 2 - 256)


def _server(store: StoreArgs, tls: certificates.ServerTls, rolled_by: pulumi.Output[str]) -> workload.Server:
    return workload.Server(
        port=PORT,
        data_path=_DATA,
        env={
            # Not the mount point itself: the server makes a database in a folder of its own only.
            "DATADIR": f"{_DATA}/data",
            # Sorts and copies of tables spill here: the container's own /tmp is small.
            "TEMPORARY": f"{_DATA}/temporary",
            "VERSION": store.version,
            "TLS": "on" if store.pods.tls else "off",
            "BUFFER_POOL_MIB": str(buffer_pool_mib(store.pods.memory_mib)),
        },
        files=SCRIPTS,
        checksum=rolled_by,
        volumes=[pod.secret_volume("auth", f"{store.name}-auth"), pod.memory_folder("socket"), *tls.volumes],
        mounts=[
            pod.mount("auth", "/run/ladder/auth", read_only=True),
            pod.mount("socket", "/var/run/mysqld"),
            *tls.mounts,
        ],
    )


def _endpoint(store: StoreArgs, tls: certificates.ServerTls, password: pulumi.Output[str]) -> Endpoint:
    host = naming.host(store.name, store.placement.namespace)
    trust = f"ssl-mode=VERIFY_IDENTITY&ssl-ca={CA_FILE}" if store.pods.tls else "ssl-mode=DISABLED"
    return Endpoint(
        host=pulumi.Output.from_input(host),
        port=pulumi.Output.from_input(PORT),
        username=pulumi.Output.from_input("app"),
        password=password,
        database=pulumi.Output.from_input("app"),
        ca=pulumi.Output.from_input(tls.ca),
        uri=pulumi.Output.concat("mysql://app:", password, f"@{host}:{PORT}/app?{trust}"),
    )
