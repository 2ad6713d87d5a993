"""MongoDB as a StatefulSet: a replica set of one to three members."""

import pulumi
import pulumi_kubernetes as k8s

from components import facade, naming
from components.backups import access
from components.backups.args import BackupAccess
from components.endpoint import CA_FILE, Endpoint
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, workload
from components.mongodb import replica_set
from components.mongodb.args import PORT
from components.store import BackendArgs, StoreArgs

SCRIPTS = scripts.SHARED | scripts.read("components.mongodb")
LEAST_CACHE_GIB = 0.25
"""The smallest cache that mongod takes. Source: MongoDB Manual, `storage.wiredTiger.engineConfig.cacheSizeGB`."""


class InCluster(pulumi.ComponentResource):
    """MongoDB in the cluster.

    Creates:
        - `<name>-auth`, `<name>-tls`: the members' key and the password, certificate
        - what `workload.deploy` creates
        - the network policy `<name>`
        - what `replica_set.initiate` creates: the Job that makes the members one set

    With one member a node that dies is down until Kubernetes starts the pod elsewhere; with two, so is the set,
    because one of two is no majority. Three go on.
    """

    TOKEN = "ladder:mongodb:InCluster"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None

    def __init__(self, name: str, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the members and everything they need."""
        super().__init__(self.TOKEN, name, None, opts)
        store = args.store
        key = facade.random_password(self, f"{name}-keyfile", protect=store.protected)
        passwords = access.passwords(args)
        auth = secrets.auth(self, store, {"keyfile": key, **passwords})
        tls = certificates.server_tls(self, store)
        policies = network_policy.serve(self, store, PORT)
        server = _server(store, tls, secrets.fingerprint(scripts.checksum(SCRIPTS), key, tls.certificate))
        made = workload.deploy(self, store, server, after=[auth, *policies, *tls.made])
        # Not after the StatefulSet: its members become ready only once the Job has made them one set.
        needed = [part for part in made if isinstance(part, (k8s.core.v1.Service, k8s.core.v1.ConfigMap))]
        job = replica_set.initiate(
            self,
            store,
            tls,
            checksum=scripts.checksum(SCRIPTS),
            passwords=secrets.fingerprint(key, *passwords.values()),
            after=[*needed, auth, *policies, *tls.made],
        )
        self.made = [*made, *job]
        self.endpoint = _endpoint(store, tls, pulumi.Output.secret(args.password))
        # Whichever member answers tells who the others are.
        host = naming.host(name, store.placement.namespace)
        self.backup = access.of(args, host=host, port=PORT, database="app", ca=tls.ca)
        self.register_outputs({"endpoint": self.endpoint.outputs()})


def cache_gib(limit_mib: int) -> float:
    """WiredTiger's cache for a memory limit in MiB: half of what is above 1 GiB, and never less than it takes.

    Source: MongoDB Manual, "WiredTiger Storage Engine", Memory Use. mongod would size it by the machine's memory
    where it does not see the pod's limit.
    """
    return max(LEAST_CACHE_GIB, (limit_mib / 1024 - 1) / 2)


def _server(store: StoreArgs, tls: certificates.ServerTls, rolled_by: pulumi.Output[str]) -> workload.Server:
    # Nothing here tells how many members there are: one more must not roll the others.
    env = {
        "SET": store.name,
        "PORT": str(PORT),
        "VERSION": store.version,
        "TLS": "on" if store.pods.tls else "off",
        "CACHE_GIB": f"{cache_gib(store.pods.memory_mib):.2f}",
        # The shell keeps its own files at home.
        "HOME": "/tmp",  # noqa: S108 (a volume of the pod's own)
    }
    copies = pod.mount("server", "/run/ladder/server")
    sources = [pod.mount("auth", "/run/ladder/auth", read_only=True), *tls.mounts]
    prepare = k8s.core.v1.ContainerArgs(
        name="prepare",
        image=store.run_image.pinned,
        image_pull_policy="IfNotPresent",
        command=pod.script("prepare.sh"),
        env=pod.values({"TLS": env["TLS"]}),
        resources=pod.resources(0.01, 32),
        security_context=pod.CONTAINER_SECURITY,
        volume_mounts=[scripts.MOUNT, copies, *sources],
    )
    return workload.Server(
        port=PORT,
        data_path="/data/db",
        env=env,
        files=SCRIPTS,
        checksum=rolled_by,
        volumes=[pod.secret_volume("auth", f"{store.name}-auth"), pod.memory_folder("server"), *tls.volumes],
        mounts=[pod.mount("server", "/run/ladder/server", read_only=True), *tls.mounts],
        init_containers=[prepare],
    )


def _endpoint(store: StoreArgs, tls: certificates.ServerTls, password: pulumi.Output[str]) -> Endpoint:
    hosts = ",".join(replica_set.members(store))
    trust = f"&tls=true&tlsCAFile={CA_FILE}" if store.pods.tls else ""
    query = f"replicaSet={store.name}&authSource=admin{trust}"
    return Endpoint(
        host=pulumi.Output.from_input(naming.member_host(store.name, 0, store.placement.namespace)),
        port=pulumi.Output.from_input(PORT),
        username=pulumi.Output.from_input("app"),
        password=password,
        database=pulumi.Output.from_input("app"),
        ca=pulumi.Output.from_input(tls.ca),
        uri=pulumi.Output.concat("mongodb://app:", password, f"@{hosts}/app?{query}"),
    )
