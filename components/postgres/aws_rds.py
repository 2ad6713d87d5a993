"""PostgreSQL as an instance of Amazon RDS."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components import facade, managed, options
from components.aws import network, tags, trust
from components.aws.args import identifier
from components.backups import access
from components.backups.args import BackupAccess
from components.endpoint import Endpoint
from components.kubernetes import network_policy
from components.managed import Absent, Has, Property, has
from components.postgres.args import PORT, PostgresArgs
from components.postgres.managed import endpoint, users
from components.store import BackendArgs

ADMINISTRATOR = "ladder"

PROPERTIES: Mapping[Property, Has | Absent] = {
    Property.DELETION_PROTECTION: has("RDS refuses to delete it while protect is true"),
    Property.FINAL_SNAPSHOT: has("<identifier>-final-<random>; its automated backups stay for their days too"),
    Property.BACKUPS: has("daily, kept for aws.retention_days"),
    Property.POINT_IN_TIME: has("any second within aws.retention_days, up to the last 5 minutes"),
    Property.GROWTH: has("up to aws.storage_max_gib"),
    Property.STANDBY: has("synchronous, by aws.multi_az; a failover keeps the name and ends every connection"),
    Property.TLS: has("rds.force_ssl; the region's authority is in ca.crt"),
    Property.PRIVATE: has("private subnets, no public address"),
    Property.ENCRYPTION: has("storage, snapshots and logs"),
    Property.CUSTOMER_KEY: has("aws.kms_key"),
    Property.ADMISSION: has("a security group that lets in the cluster's machines on one port"),
    Property.PARAMETERS: has("TLS forced, logical replication on"),
    Property.MAINTENANCE: has("aws.maintenance_window; minor versions by themselves"),
    Property.INSIGHT: has("Performance Insights, 7 days"),
    Property.APP_USER: has("app, made by a Job in the cluster"),
    Property.ROTATION: has("aws.passwords"),
    Property.READERS: has("readers; DATABASE_READ_URL names all of them"),
}
"""How RDS has what every managed store must have."""


class AwsRds(pulumi.ComponentResource):
    """PostgreSQL on RDS.

    Creates:
        - `<name>-instance`: the server, and its standby in another zone; `<name>-reader-<n>`
        - `<name>-subnets`, `<name>-parameters-<version>`, `<name>-clients` with its rule
        - `<name>-admin`: the administrator's password; `<name>-final`: what makes the last snapshot's name unique
        - `<name>-auth`, the network policy `<name>-clients`, and the Job that makes the application's user

    A change is applied at once, not in the maintenance window: what `up` says is done is done. Another class or
    version restarts the server: a minute or two with a standby, some ten minutes for a major version.
    """

    TOKEN = "ladder:postgres:AwsRds"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None

    def __init__(self, store: PostgresArgs, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the instance and everything it needs."""
        super().__init__(self.TOKEN, store.name, None, opts)
        self._store = store
        self._identifier = identifier(store, store.aws)
        self._admin = facade.random_password(self, f"{store.name}-admin", protect=False, generation=store.aws.passwords)
        group, rule = network.admit(self, store, self._identifier, PORT)
        parameters = self._parameters()
        instance = self._instance(group, parameters)
        readers = [self._reader(n, instance, group, parameters) for n in range(store.readers)]
        policy = network_policy.reach(self, store, PORT)
        ca = trust.RDS[store.placement.region or ""]
        ready = users.make(
            self,
            store,
            users.Server(host=instance.address, ca=ca, administrator=ADMINISTRATOR, admin_password=self._admin),
            args,
            after=[instance, rule, policy],
        )
        self.made = [instance, *readers, rule, policy, *ready]
        self.endpoint = endpoint.of(
            instance.address, [reader.address for reader in readers], ca, users.when_made(args.password, ready)
        )
        self.backup = access.of(args, host=instance.address, port=PORT, database="app", ca=ca)
        self.register_outputs({"endpoint": self.endpoint.outputs()})

    def _parameters(self) -> aws.rds.ParameterGroup:
        """Named by its version: a group has one family, and the old one serves until the instance has changed over."""
        version = self._store.version
        return aws.rds.ParameterGroup(
            f"{self._store.name}-parameters-{version}",
            name=f"{self._identifier}-{version}",
            family=f"postgres{version}",
            description="Parameters of one PostgreSQL store",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1"),
                # From day one: switching it on later restarts the server, and a climb needs it.
                aws.rds.ParameterGroupParameterArgs(
                    name="rds.logical_replication", value="1", apply_method="pending-reboot"
                ),
            ],
            tags=tags.of(self._store),
            opts=options.child(self),
        )

    def _instance(self, group: aws.ec2.SecurityGroup, parameters: aws.rds.ParameterGroup) -> aws.rds.Instance:
        store, args = self._store, self._store.aws
        subnets = aws.rds.SubnetGroup(
            f"{store.name}-subnets",
            name=self._identifier,
            description="Private subnets of one store",
            subnet_ids=list(network.network_of(store).private_subnet_ids),
            tags=tags.of(store),
            opts=options.child(self, protect=store.protected),
        )
        final = random.RandomId(f"{store.name}-final", byte_length=4, opts=options.child(self))
        return aws.rds.Instance(
            f"{store.name}-instance",
            identifier=self._identifier,
            engine="postgres",
            engine_version=store.version,
            allow_major_version_upgrade=True,
            auto_minor_version_upgrade=True,
            apply_immediately=True,
            instance_class=args.instance_class,
            storage_type="gp3",
            allocated_storage=store.storage_gib,
            max_allocated_storage=store.ceiling_gib,
            storage_encrypted=True,
            kms_key_id=args.kms_key,
            db_name="app",
            username=ADMINISTRATOR,
            password=self._admin,
            port=PORT,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            multi_az=args.multi_az,
            ca_cert_identifier=trust.RDS_NAME,
            parameter_group_name=parameters.name,
            backup_retention_period=args.retention_days,
            backup_window=args.backup_window,
            maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            deletion_protection=store.protected,
            skip_final_snapshot=False,
            final_snapshot_identifier=pulumi.Output.concat(self._identifier, "-final-", final.hex),
            performance_insights_enabled=True,
            performance_insights_retention_period=7,
            tags=tags.of_bearer(store),
            opts=options.child(self, protect=store.protected, wait_minutes=managed.WAIT_MINUTES),
        )

    def _reader(
        self,
        number: int,
        source: aws.rds.Instance,
        group: aws.ec2.SecurityGroup,
        parameters: aws.rds.ParameterGroup,
    ) -> aws.rds.Instance:
        """A copy that follows its source; it holds nothing that the source does not, so it may go."""
        return aws.rds.Instance(
            f"{self._store.name}-reader-{number}",
            identifier=f"{self._identifier}-reader-{number}",
            replicate_source_db=source.identifier,
            instance_class=self._store.aws.instance_class,
            auto_minor_version_upgrade=True,
            apply_immediately=True,
            max_allocated_storage=self._store.ceiling_gib,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            ca_cert_identifier=trust.RDS_NAME,
            parameter_group_name=parameters.name,
            maintenance_window=self._store.aws.maintenance_window,
            skip_final_snapshot=True,
            performance_insights_enabled=True,
            performance_insights_retention_period=7,
            tags=tags.of(self._store),
            opts=options.child(self, wait_minutes=managed.WAIT_MINUTES),
        )
