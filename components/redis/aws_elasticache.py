"""A Redis-compatible store as a replication group of Amazon ElastiCache."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components import managed, options
from components.aws import network, tags, trust
from components.aws.args import identifier
from components.backups.args import BackupAccess
from components.catalog import Role
from components.endpoint import Endpoint
from components.kubernetes import network_policy
from components.managed import Absent, Has, Property, absent, has
from components.redis.args import PORT, RedisArgs
from components.store import BackendArgs

APP_MAY = "on ~* &* +@all -@admin -@dangerous +info +keys +sort +sort_ro +flushdb"
"""The same rights as in the cluster: `components/redis/scripts/start.sh`."""

_GUIDE = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg"

PROPERTIES: Mapping[Property, Has | Absent] = {
    Property.DELETION_PROTECTION: absent(
        "ElastiCache has none; the engine's protection, the guard and the final snapshot stand in its place",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html",
    ),
    Property.FINAL_SNAPSHOT: has("<identifier>-final-<random>; none of a cache"),
    Property.BACKUPS: has("a snapshot a day, kept for aws.retention_days; none of a cache"),
    Property.POINT_IN_TIME: absent(
        "ElastiCache goes back to a snapshot, and to nothing in between", f"{_GUIDE}/backups.html"
    ),
    Property.GROWTH: absent(
        "it has no disk: its size is the memory of aws.node_type, changed in place", f"{_GUIDE}/Scaling.html"
    ),
    Property.STANDBY: has("a replica, by aws.multi_az; a failover keeps the name and ends every connection"),
    Property.TLS: has("required; signed by Amazon's public authority, which is in ca.crt"),
    Property.PRIVATE: has("private subnets, no public address"),
    Property.ENCRYPTION: has("disks under it, swap and snapshots"),
    Property.CUSTOMER_KEY: has("aws.kms_key"),
    Property.ADMISSION: has("a security group that lets in the cluster's machines on one port"),
    Property.PARAMETERS: has("noeviction for a store, allkeys-lru for a cache"),
    Property.MAINTENANCE: has("aws.maintenance_window; minor versions by themselves"),
    Property.INSIGHT: absent(
        "ElastiCache has CloudWatch's metrics, and SLOWLOG on each node", f"{_GUIDE}/CacheMetrics.html"
    ),
    Property.APP_USER: has("app, without the commands of an administrator; user default is off"),
    Property.ROTATION: has("aws.passwords"),
    Property.READERS: has("readers; REDIS_READ_URL is the name of all of them"),
}
"""How ElastiCache has what every managed store must have."""


class AwsElasticache(pulumi.ComponentResource):
    """Valkey or Redis on ElastiCache, cluster mode off: one primary, and every node holds everything.

    Creates:
        - `<name>-group`: the replication group
        - `<name>-subnets`, `<name>-parameters-<family>`, `<name>-clients` with its rule
        - `<name>-app`, `<name>-default`, `<name>-users`: who may log in; `<name>-final`
        - the network policy `<name>-clients`

    A write is acknowledged before the replica has it: a failover may lose the last ones.
    """

    TOKEN = "ladder:redis:AwsElasticache"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None = None

    def __init__(self, store: RedisArgs, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the replication group and everything it needs."""
        super().__init__(self.TOKEN, store.name, None, opts)
        self._store = store
        self._identifier = identifier(store, store.aws)
        firewall, rule = network.admit(self, store, self._identifier, PORT)
        users = self._users(args.password)
        group = self._group(firewall, users)
        policy = network_policy.reach(self, store, PORT)
        self.made = [group, rule, policy]
        self.endpoint = self._endpoint(group, pulumi.Output.secret(args.password))
        self.register_outputs({"endpoint": self.endpoint.outputs()})

    def _users(self, password: pulumi.Input[str]) -> aws.elasticache.UserGroup:
        """A user group must hold a user called default; this one can do nothing."""
        store, name = self._store, self._store.name
        app = aws.elasticache.User(
            f"{name}-app",
            user_id=f"{self._identifier}-app",
            user_name="app",
            engine=store.engine,
            access_string=APP_MAY,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="password", passwords=[password]),
            tags=tags.of(store),
            opts=options.child(self),
        )
        default = aws.elasticache.User(
            f"{name}-default",
            user_id=f"{self._identifier}-default",
            user_name="default",
            engine=store.engine,
            access_string="off -@all",
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="no-password-required"),
            tags=tags.of(store),
            opts=options.child(self),
        )
        return aws.elasticache.UserGroup(
            f"{name}-users",
            user_group_id=self._identifier,
            engine=store.engine,
            user_ids=[app.user_id, default.user_id],
            tags=tags.of(store),
            opts=options.child(self, protect=store.protected),
        )

    def _parameters(self) -> aws.elasticache.ParameterGroup:
        """Named by its family: a group has one, and the old one serves until the nodes have changed over."""
        store = self._store
        family = f"{store.engine}{store.version.partition('.')[0]}"
        policy = "allkeys-lru" if store.role is Role.CACHE else "noeviction"
        return aws.elasticache.ParameterGroup(
            f"{store.name}-parameters-{family}",
            name=f"{self._identifier}-{family}",
            family=family,
            description="Parameters of one Redis-compatible store",
            parameters=[aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=policy)],
            tags=tags.of(store),
            opts=options.child(self),
        )

    def _group(
        self, firewall: aws.ec2.SecurityGroup, users: aws.elasticache.UserGroup
    ) -> aws.elasticache.ReplicationGroup:
        store, args = self._store, self._store.aws
        subnets = aws.elasticache.SubnetGroup(
            f"{store.name}-subnets",
            name=self._identifier,
            description="Private subnets of one store",
            subnet_ids=list(network.network_of(store).private_subnet_ids),
            tags=tags.of(store),
            opts=options.child(self, protect=store.protected),
        )
        # Readers and the standby are the same nodes: any replica serves reads, and any takes over.
        nodes = 1 + max(store.readers, 1 if args.multi_az else 0)
        return aws.elasticache.ReplicationGroup(
            f"{store.name}-group",
            replication_group_id=self._identifier,
            description=f"{store.role} {store.name}",
            engine=store.engine,
            engine_version=store.version,
            node_type=args.node_type,
            num_cache_clusters=nodes,
            automatic_failover_enabled=nodes > 1,
            multi_az_enabled=args.multi_az,
            port=PORT,
            parameter_group_name=self._parameters().name,
            subnet_group_name=subnets.name,
            security_group_ids=[firewall.id],
            user_group_ids=[users.user_group_id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.kms_key,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auto_minor_version_upgrade=True,
            apply_immediately=True,
            maintenance_window=args.maintenance_window,
            snapshot_retention_limit=args.retention_days if store.holds_data else 0,
            snapshot_window=args.backup_window,
            final_snapshot_identifier=self._final_snapshot() if store.holds_data else None,
            tags=tags.of_bearer(store),
            opts=options.child(self, protect=store.protected, wait_minutes=managed.WAIT_MINUTES),
        )

    def _final_snapshot(self) -> pulumi.Output[str]:
        final = random.RandomId(f"{self._store.name}-final", byte_length=4, opts=options.child(self))
        return pulumi.Output.concat(self._identifier, "-final-", final.hex)

    def _endpoint(self, group: aws.elasticache.ReplicationGroup, password: pulumi.Output[str]) -> Endpoint:
        def uri(host: pulumi.Output[str]) -> pulumi.Output[str]:
            return pulumi.Output.concat("rediss://app:", password, "@", host, f":{PORT}/0")

        return Endpoint(
            host=group.primary_endpoint_address,
            port=pulumi.Output.from_input(PORT),
            username=pulumi.Output.from_input("app"),
            password=password,
            database=pulumi.Output.from_input("0"),
            ca=pulumi.Output.from_input(trust.PUBLIC),
            uri=uri(group.primary_endpoint_address),
            read_uri=uri(group.reader_endpoint_address) if self._store.readers else None,
        )
