"""A Redis-compatible store as a StatefulSet of one member."""

import pulumi

from components import facade, naming
from components.backups import access
from components.backups.args import BackupAccess
from components.catalog import Engine, Role
from components.endpoint import Endpoint
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, workload
from components.redis.args import PORT
from components.store import BackendArgs, StoreArgs

SCRIPTS = scripts.SHARED | scripts.read("components.redis")
MEMORY_SHARE = 0.7
"""Of the limit is for data; the rest for clients and for the copy-on-write of a rewrite. Source: field practice,
Redis documentation on `maxmemory` and persistence."""


class InCluster(pulumi.ComponentResource):
    """Valkey or Redis in the cluster.

    Creates:
        - `<name>-auth`, `<name>-tls`: passwords, certificate
        - what `workload.deploy` creates; no volume in role `cache`
        - the network policy `<name>`

    It has one member: a node that dies is down until Kubernetes starts the pod elsewhere.
    """

    TOKEN = "ladder:redis:InCluster"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None

    def __init__(self, name: str, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the server and everything it needs."""
        super().__init__(self.TOKEN, name, None, opts)
        store = args.store
        admin = facade.random_password(self, f"{name}-admin", protect=store.protected)
        passwords = access.passwords(args) | {"admin-password": admin}
        auth = secrets.auth(self, store, passwords)
        tls = certificates.server_tls(self, store)
        policies = network_policy.serve(self, store, PORT)
        rolled_by = secrets.fingerprint(scripts.checksum(SCRIPTS), *passwords.values(), tls.certificate)
        server = _server(store, tls, rolled_by)
        self.made = workload.deploy(self, store, server, after=[auth, *policies, *tls.made])
        self.endpoint = _endpoint(store, tls, pulumi.Output.secret(args.password))
        host = naming.host(name, store.placement.namespace)
        self.backup = access.of(args, host=host, port=PORT, database="0", ca=tls.ca)
        self.register_outputs({"endpoint": self.endpoint.outputs()})


def max_memory_mib(limit_mib: int) -> int:
    """What `maxmemory` is for a memory limit, MiB."""
    return int(limit_mib * MEMORY_SHARE)


def _server(store: StoreArgs, tls: certificates.ServerTls, rolled_by: pulumi.Output[str]) -> workload.Server:
    program = "redis" if store.engine is Engine.REDIS else "valkey"
    return workload.Server(
        port=PORT,
        data_path="/data",
        env={
            "SERVER": f"{program}-server",
            # Redis changes its files in minor versions, Valkey does not.
            "VERSION": store.version if store.engine is Engine.REDIS else store.version.partition(".")[0],
            "CLI": f"{program}-cli",
            "CHECK": f"{program}-check-aof",
            "ROLE": store.role or Role.STORE,
            "PORT": str(PORT),
            "TLS": "on" if store.pods.tls else "off",
            "MAXMEMORY_MIB": str(max_memory_mib(store.pods.memory_mib)),
        },
        files=SCRIPTS,
        checksum=rolled_by,
        volumes=[pod.secret_volume("auth", f"{store.name}-auth"), pod.memory_folder("server"), *tls.volumes],
        mounts=[
            pod.mount("auth", "/run/ladder/auth", read_only=True),
            pod.mount("server", "/run/ladder/server"),
            *tls.mounts,
        ],
    )


def _endpoint(store: StoreArgs, tls: certificates.ServerTls, password: pulumi.Output[str]) -> Endpoint:
    host = naming.host(store.name, store.placement.namespace)
    scheme = "rediss" if store.pods.tls else "redis"
    return Endpoint(
        host=pulumi.Output.from_input(host),
        port=pulumi.Output.from_input(PORT),
        username=pulumi.Output.from_input("app"),
        password=password,
        database=pulumi.Output.from_input("0"),
        ca=pulumi.Output.from_input(tls.ca),
        uri=pulumi.Output.concat(scheme, "://app:", password, f"@{host}:{PORT}/0"),
    )
