"""A Redis-compatible store as an instance of Memorystore for Redis."""

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components import managed, options
from components.backups.args import BackupAccess
from components.catalog import Role
from components.endpoint import Endpoint
from components.gcp import labels, network
from components.gcp.args import identifier
from components.kubernetes import network_policy
from components.managed import Absent, Has, Property, absent, has
from components.redis.args import MEMORYSTORE_PORT, RedisArgs

_DOCS = "https://docs.cloud.google.com/memorystore/docs/redis"

PROPERTIES: Mapping[Property, Has | Absent] = {
    Property.DELETION_PROTECTION: absent(
        "Memorystore for Redis has none; the guard, the engine and the provider refuse to delete it",
        f"{_DOCS}/reference/rest/v1/projects.locations.instances",
    ),
    Property.FINAL_SNAPSHOT: absent(
        "it takes none; what must stay is exported before", f"{_DOCS}/about-importing-exporting"
    ),
    Property.BACKUPS: absent(
        "its hourly snapshots bring back an instance whose nodes all failed, and go with it; none of a cache",
        f"{_DOCS}/about-rdb-snapshots",
    ),
    Property.POINT_IN_TIME: absent("nobody can choose the snapshot that it loads", f"{_DOCS}/about-rdb-snapshots"),
    Property.GROWTH: absent(
        "it has no disk: its size is gcp.memory_gib, changed in place", f"{_DOCS}/scaling-behavior"
    ),
    Property.STANDBY: has("a replica, by gcp.standby; a failover keeps the address and ends every connection"),
    Property.TLS: has("required; the instance's own authority is in ca.crt"),
    Property.PRIVATE: has("private services access, no public address"),
    Property.ENCRYPTION: has("snapshots, always"),
    Property.CUSTOMER_KEY: has("gcp.kms_key"),
    Property.ADMISSION: has("connected to the cluster's network and to no other"),
    Property.PARAMETERS: has("noeviction for a store, allkeys-lru for a cache"),
    Property.MAINTENANCE: has("gcp.maintenance_window; minor versions by themselves"),
    Property.INSIGHT: absent("it has Cloud Monitoring's metrics, and SLOWLOG", f"{_DOCS}/monitor-instances"),
    Property.APP_USER: absent(
        "it has one user, default, from whom the service keeps its administration: ACL, CONFIG, SAVE, MIGRATE …",
        f"{_DOCS}/product-constraints",
    ),
    Property.ROTATION: absent(
        "the service makes the password, and another one only when AUTH is switched off and on by hand",
        f"{_DOCS}/about-redis-auth",
    ),
    Property.READERS: has("readers, from 5 GiB on; REDIS_READ_URL is the address of all of them"),
}
"""How Memorystore for Redis has what every managed store must have."""


class GcpMemorystore(pulumi.ComponentResource):
    """Redis on Memorystore: one primary, and every node holds everything.

    Creates:
        - `<name>-instance`: the primary, its standby in another zone, its copies for reading
        - the network policy `<name>-clients`

    A write is acknowledged before the replica has it: a failover may lose the last ones. The service makes the
    password: see `docs/adr/0007-redis-on-google-cloud-has-a-password.md`.
    """

    TOKEN = "ladder:redis:GcpMemorystore"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None = None

    def __init__(self, store: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the instance and the way to it."""
        super().__init__(self.TOKEN, store.name, None, opts)
        self._store = store
        instance = self._instance()
        policy = network_policy.reach(self, store, MEMORYSTORE_PORT)
        self.made = [instance, policy]
        self.endpoint = self._endpoint(instance)
        self.register_outputs({"endpoint": self.endpoint.outputs()})

    def _instance(self) -> gcp.redis.Instance:
        store, args = self._store, self._store.gcp
        inside = network.network_of(store)
        readers = bool(store.readers)
        return gcp.redis.Instance(
            f"{store.name}-instance",
            name=identifier(store, args),
            region=store.placement.region,
            tier="STANDARD_HA" if args.standby else "BASIC",
            memory_size_gb=args.memory_gib,
            redis_version=f"REDIS_{store.version.replace('.', '_')}",
            redis_configs={"maxmemory-policy": "allkeys-lru" if store.role is Role.CACHE else "noeviction"},
            # The standby is one of the readers: any replica serves reads, and any takes over.
            replica_count=max(store.readers, 1) if args.standby else 0,
            read_replicas_mode="READ_REPLICAS_ENABLED" if readers else "READ_REPLICAS_DISABLED",
            secondary_ip_range=inside.services_range if readers else None,
            persistence_config=_snapshots(hourly=store.holds_data),
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            connect_mode="PRIVATE_SERVICE_ACCESS",
            authorized_network=inside.network,
            reserved_ip_range=inside.services_range,
            customer_managed_key=args.kms_key,
            maintenance_policy=_window(*args.maintenance),
            deletion_protection=store.protected,
            labels=labels.of_bearer(store),
            opts=options.child(
                self,
                protect=store.protected,
                depends_on=[inside.connection] if inside.connection else [],
                wait_minutes=managed.WAIT_MINUTES,
            ),
        )

    def _endpoint(self, instance: gcp.redis.Instance) -> Endpoint:
        password = pulumi.Output.secret(instance.auth_string)
        ca = pulumi.Output.unsecret(instance.server_ca_certs.apply(lambda held: network.pem(it.cert for it in held)))

        def uri(host: pulumi.Output[str]) -> pulumi.Output[str]:
            return pulumi.Output.concat("rediss://:", password, "@", host, f":{MEMORYSTORE_PORT}/0")

        return Endpoint(
            host=instance.host,
            port=pulumi.Output.from_input(MEMORYSTORE_PORT),
            username=pulumi.Output.from_input("default"),
            password=password,
            database=pulumi.Output.from_input("0"),
            ca=ca,
            uri=uri(instance.host),
            read_uri=uri(instance.read_endpoint) if self._store.readers else None,
        )


def _snapshots(*, hourly: bool) -> gcp.redis.InstancePersistenceConfigArgs:
    if not hourly:
        return gcp.redis.InstancePersistenceConfigArgs(persistence_mode="DISABLED")
    return gcp.redis.InstancePersistenceConfigArgs(persistence_mode="RDB", rdb_snapshot_period="ONE_HOUR")


def _window(day: int, hour: int) -> gcp.redis.InstanceMaintenancePolicyArgs:
    window = gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
        day=_DAYS[day - 1],
        start_time=gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(hours=hour, minutes=0),
    )
    return gcp.redis.InstanceMaintenancePolicyArgs(weekly_maintenance_windows=[window])


_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
