"""PostgreSQL as an instance of Cloud SQL."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp.sql.outputs import DatabaseInstanceDnsName

from components import facade, managed, options
from components.backups import access
from components.backups.args import BackupAccess
from components.endpoint import Endpoint
from components.gcp import labels, network
from components.gcp.args import identifier
from components.kubernetes import network_policy
from components.managed import Absent, Has, Property, has
from components.postgres.args import PORT, PostgresArgs
from components.postgres.managed import endpoint, users
from components.store import BackendArgs

ADMINISTRATOR = "postgres"

FINAL_DAYS = 365
"""How long the last backup stays after a deletion: the longest that Cloud SQL takes."""

PROPERTIES: Mapping[Property, Has | Absent] = {
    Property.DELETION_PROTECTION: has("Cloud SQL and the provider refuse to delete it while protect is true"),
    Property.FINAL_SNAPSHOT: has(f"by Cloud SQL itself, kept {FINAL_DAYS} days; its other backups stay for theirs"),
    Property.BACKUPS: has("daily, kept for gcp.retention_days, in the region"),
    Property.POINT_IN_TIME: has(
        "any second within gcp.retention_days; at most 7, or 35 with a tier of Enterprise Plus"
    ),
    Property.GROWTH: has("up to gcp.storage_max_gib"),
    Property.STANDBY: has("synchronous, by gcp.standby; a failover keeps the address and ends every connection"),
    Property.TLS: has("required; the region's authority is in ca.crt, the name in its certificate is the host's"),
    Property.PRIVATE: has("private services access, no public address"),
    Property.ENCRYPTION: has("disks, backups and logs, always"),
    Property.CUSTOMER_KEY: has("gcp.kms_key"),
    Property.ADMISSION: has("connected to the cluster's network and to no other; no authorized networks"),
    Property.PARAMETERS: has("logical decoding on"),
    Property.MAINTENANCE: has("gcp.maintenance_window; minor versions by themselves"),
    Property.INSIGHT: has("Query Insights"),
    Property.APP_USER: has("app, made by a Job in the cluster"),
    Property.ROTATION: has("gcp.passwords"),
    Property.READERS: has("readers; DATABASE_READ_URL names all of them"),
}
"""How Cloud SQL has what every managed store must have."""


class GcpCloudSql(pulumi.ComponentResource):
    """PostgreSQL on Cloud SQL.

    Creates:
        - `<name>-instance`: the server, and its standby in another zone; `<name>-reader-<n>`
        - per server the name in its certificate, as a private zone of DNS: Cloud SQL tells an address alone
        - `<name>-admin`: the administrator's password
        - `<name>-auth`, the network policy `<name>-clients`, and the Job that makes the application's user

    A change is applied at once. Another tier restarts the server, a major version stops it for some minutes.
    """

    TOKEN = "ladder:postgres:GcpCloudSql"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None

    def __init__(self, store: PostgresArgs, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the instance and everything it needs."""
        super().__init__(self.TOKEN, store.name, None, opts)
        self._store = store
        self._identifier = identifier(store, store.gcp)
        self._network = network.network_of(store)
        self._admin = facade.random_password(self, f"{store.name}-admin", protect=False, generation=store.gcp.passwords)
        instance = self._instance()
        named = self._named("instance", instance)
        readers = [self._reader(number, instance) for number in range(store.readers)]
        readers_named = [self._named(f"reader-{number}", reader) for number, reader in enumerate(readers)]
        policy = network_policy.reach(self, store, PORT)
        # Google calls it sensitive; it is what every client is told.
        host = _host(named)
        ca = pulumi.Output.unsecret(instance.server_ca_certs.apply(lambda held: network.pem(it.cert for it in held)))
        ready = users.make(
            self,
            store,
            users.Server(host=host, ca=ca, administrator=ADMINISTRATOR, admin_password=self._admin),
            args,
            after=[instance, named, policy],
        )
        self.made = [instance, named, *readers, *readers_named, policy, *ready]
        self.endpoint = endpoint.of(
            host, [_host(it) for it in readers_named], ca, users.when_made(args.password, ready)
        )
        self.backup = access.of(args, host=host, port=PORT, database="app", ca=ca)
        self.register_outputs({"endpoint": self.endpoint.outputs()})

    def _named(self, role: str, instance: gcp.sql.DatabaseInstance) -> gcp.dns.RecordSet:
        name = self._identifier if role == "instance" else f"{self._identifier}-{role}"
        certified = pulumi.Output.all(instance.dns_names.apply(_own), instance.dns_name).apply(
            lambda known: f"{(known[0] or known[1]).rstrip('.')}."
        )
        return network.name(self, self._store, role, name, certified, instance.private_ip_address)

    def _instance(self) -> gcp.sql.DatabaseInstance:
        store, args = self._store, self._store.gcp
        connection = self._network.connection
        return gcp.sql.DatabaseInstance(
            f"{store.name}-instance",
            name=self._identifier,
            region=store.placement.region,
            database_version=f"POSTGRES_{store.version}",
            include_replicas_for_major_version_upgrade=True,
            root_password=self._admin,
            encryption_key_name=args.kms_key,
            deletion_protection=store.protected,
            settings=gcp.sql.DatabaseInstanceSettingsArgs(
                tier=args.tier,
                edition=args.edition,
                availability_type="REGIONAL" if args.standby else "ZONAL",
                deletion_protection_enabled=store.protected,
                retain_backups_on_delete=True,
                final_backup_config=gcp.sql.DatabaseInstanceSettingsFinalBackupConfigArgs(
                    enabled=True, retention_days=FINAL_DAYS
                ),
                disk_type="PD_SSD",
                disk_size=store.storage_gib,
                disk_autoresize=True,
                disk_autoresize_limit=store.ceiling_gib,
                backup_configuration=self._backups(),
                ip_configuration=self._reached(),
                database_flags=[_FOLLOWED],
                insights_config=_INSIGHT,
                maintenance_window=self._window(),
                user_labels={**labels.of_stack(store.tags), **labels.of_bearer(store)},
            ),
            opts=options.child(
                self,
                protect=store.protected,
                depends_on=[connection] if connection else [],
                wait_minutes=managed.WAIT_MINUTES,
            ),
        )

    def _reader(self, number: int, source: gcp.sql.DatabaseInstance) -> gcp.sql.DatabaseInstance:
        """A copy that follows its source; it holds nothing that the source does not, so it may go."""
        store, args = self._store, self._store.gcp
        return gcp.sql.DatabaseInstance(
            f"{store.name}-reader-{number}",
            name=f"{self._identifier}-reader-{number}",
            region=store.placement.region,
            database_version=f"POSTGRES_{store.version}",
            master_instance_name=source.name,
            instance_type="READ_REPLICA_INSTANCE",
            encryption_key_name=args.kms_key,
            deletion_protection=False,
            settings=gcp.sql.DatabaseInstanceSettingsArgs(
                tier=args.tier,
                edition=args.edition,
                availability_type="ZONAL",
                disk_type="PD_SSD",
                disk_autoresize=True,
                disk_autoresize_limit=store.ceiling_gib,
                ip_configuration=self._reached(),
                database_flags=[_FOLLOWED],
                insights_config=_INSIGHT,
                user_labels={**labels.of_stack(store.tags), **labels.of(store)},
            ),
            # Its version follows that of its source, which takes its copies along.
            opts=options.child(self, ignore_changes=["databaseVersion"], wait_minutes=managed.WAIT_MINUTES),
        )

    def _backups(self) -> gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs:
        args = self._store.gcp
        return gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
            enabled=True,
            start_time=args.backup_start,
            location=self._store.placement.region,
            point_in_time_recovery_enabled=True,
            transaction_log_retention_days=args.log_days,
            backup_retention_settings=gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                retention_unit="COUNT", retained_backups=args.retention_days
            ),
        )

    def _reached(self) -> gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs:
        """From within the network alone; certificates by the region's authority, which name the host."""
        return gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,
            private_network=self._network.network,
            allocated_ip_range=self._network.services_range,
            ssl_mode="ENCRYPTED_ONLY",
            server_ca_mode="GOOGLE_MANAGED_CAS_CA",
            server_certificate_rotation_mode="AUTOMATIC_ROTATION_DURING_MAINTENANCE",
        )

    def _window(self) -> gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs:
        day, hour = self._store.gcp.maintenance
        return gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs(day=day, hour=hour, update_track="stable")


_FOLLOWED = gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name="cloudsql.logical_decoding", value="on")
"""From day one: switching it on later restarts the server, and a climb needs it."""

_INSIGHT = gcp.sql.DatabaseInstanceSettingsInsightsConfigArgs(query_insights_enabled=True)


# What follows is read from cloud-sql-go-connector, `internal/cloudsql/refresh.go`: servers with a certificate of the
# shared authority have names, each of which stands in it; the authority is a chain.


def _host(record: gcp.dns.RecordSet) -> pulumi.Output[str]:
    """The name, once it leads somewhere."""
    return record.name.apply(lambda name: name.rstrip("."))


def _own(names: Sequence[DatabaseInstanceDnsName] | None) -> str:
    """The name that is this server's and no other's; empty where only the older property has one."""
    return next((it.name for it in names or () if it.name and it.dns_scope != "CLUSTER"), "")
