"""MongoDB as a cluster of MongoDB Atlas, in one region of the cloud that the stack runs on."""

from collections.abc import Mapping
from typing import assert_never

import certifi
import pulumi
import pulumi_mongodbatlas as atlas

from components import managed, options, record
from components.atlas import offers
from components.atlas.args import AtlasArgs, identifier
from components.backups.args import BackupAccess
from components.catalog import Cloud
from components.endpoint import CA_FILE, Endpoint
from components.kubernetes import network_policy
from components.managed import Absent, Has, Property, absent, has
from components.mongodb.args import PORT, MongodbArgs
from components.store import BackendArgs

_DOCS = "https://www.mongodb.com/docs/atlas"

PUBLIC = certifi.contents()
"""The public authorities, PEM, from the pinned certifi bundle: which of them signs Atlas's certificates may change.

Source: https://www.mongodb.com/docs/atlas/reference/faq/security/.
"""

EVERY_HOURS = 6
WEEKS, MONTHS = 5, 12
"""How long weekly and monthly snapshots stay; at least as long as daily ones, as Atlas wants it."""

PROPERTIES: Mapping[Property, Has | Absent] = {
    Property.DELETION_PROTECTION: has("termination protection: Atlas refuses to delete it while protect is true"),
    Property.FINAL_SNAPSHOT: absent(
        "Atlas takes none when a cluster goes; those that it has taken stay for their time, oplog and all",
        f"{_DOCS}/pause-terminate-cluster/",
    ),
    Property.BACKUPS: has(f"every {EVERY_HOURS} hours, daily, weekly, monthly; they outlive the cluster"),
    Property.POINT_IN_TIME: has("any moment within atlas.retention_days"),
    Property.GROWTH: has("storage, by itself; the tier up to atlas.instance_max"),
    Property.STANDBY: has("3 nodes or more in the region's zones, by atlas.nodes; the URI names all of them"),
    Property.TLS: has("required, 1.2 or newer; signed by a public authority, which is in ca.crt"),
    Property.PRIVATE: has("a private endpoint; the project's access list stays empty"),
    Property.ENCRYPTION: has("disks and snapshots"),
    Property.CUSTOMER_KEY: has("atlas.kms_key, in front of Atlas's own"),
    Property.ADMISSION: has("the private endpoint, in the cluster's network alone"),
    Property.PARAMETERS: has("TLS 1.2 or newer, writes acknowledged by a majority"),
    Property.MAINTENANCE: has("atlas.maintenance_window; patch releases by themselves"),
    Property.INSIGHT: has("Query Profiler and Performance Advisor, which every dedicated tier has"),
    Property.APP_USER: has("app: readWrite and dbAdmin on database app, on this cluster alone"),
    Property.ROTATION: has("atlas.passwords"),
    Property.READERS: has("readers; MONGODB_READ_URI prefers them"),
}
"""How Atlas has what every managed store must have."""


class MongodbAtlas(pulumi.ComponentResource):
    """MongoDB on Atlas.

    Creates:
        - `<name>-cluster`: the replica set; `<name>-backups`: its schedule; `<name>-window`: of its maintenance
        - `<name>-app`: the application's user
        - what `components.atlas.aws` or `gcp` makes: the private endpoint, and what lets Atlas use the customer's key
        - the network policy `<name>-clients`

    The URI names no host but one that drivers look up, so that nodes may come and go: they must know `mongodb+srv`.
    """

    TOKEN = "ladder:mongodb:MongodbAtlas"  # noqa: S105 (a type's name)
    endpoint: Endpoint
    made: list[pulumi.Resource]
    backup: BackupAccess | None = None

    def __init__(self, store: MongodbArgs, args: BackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster and everything it needs."""
        super().__init__(self.TOKEN, store.name, None, opts)
        self._store, self._asked = store, store.atlas
        link, encryption = self._place()
        cluster = self._cluster(link, encryption)
        schedule = self._schedule(cluster)
        window = self._window()
        app = self._app(cluster, args.password)
        policy = network_policy.reach_privately(self, store, offers.FIRST_PORT, offers.LAST_PORT)
        self.made = [cluster, schedule, window, app, policy]
        known = pulumi.Output.all(args.password, app.id).apply(lambda both: str(both[0]))
        self.endpoint = self._endpoint(cluster, link, pulumi.Output.secret(known))
        self.register_outputs({"endpoint": self.endpoint.outputs()})

    def _place(self) -> tuple[atlas.PrivateLinkEndpointService, atlas.EncryptionAtRest | None]:
        """What lies in the stack's own cloud; the SDK of another one is never loaded."""
        store, args = self._store, self._asked
        match store.placement.cloud:
            case Cloud.AWS:
                from components.atlas import aws as place
            case Cloud.GCP:
                from components.atlas import gcp as place
            case Cloud.LOCAL | Cloud.AZURE:
                raise ValueError(f"store {store.name}: {store.backend} has no way in from {store.placement.cloud}")
            case _:
                assert_never(store.placement.cloud)
        encryption = place.encrypt(self, store, args, args.kms_key) if args.kms_key else None
        return place.link(self, store, args), encryption

    def _cluster(
        self, link: atlas.PrivateLinkEndpointService, encryption: atlas.EncryptionAtRest | None
    ) -> atlas.AdvancedCluster:
        """After the way in: only what is linked when a cluster is made has its connection string at once."""
        store, args = self._store, self._asked
        return atlas.AdvancedCluster(
            f"{store.name}-cluster",
            project_id=args.project,
            name=identifier(store, args),
            cluster_type="REPLICASET",
            mongo_db_major_version=store.version,
            replication_specs=[atlas.AdvancedClusterReplicationSpecArgs(region_configs=[self._region()])],
            # What Atlas made of a size by itself is none of a change.
            use_effective_fields=True,
            advanced_configuration=atlas.AdvancedClusterAdvancedConfigurationArgs(
                minimum_enabled_tls_protocol="TLS1_2", default_write_concern="majority"
            ),
            encryption_at_rest_provider=offers.PROVIDERS[store.placement.cloud] if encryption else "NONE",
            backup_enabled=True,
            pit_enabled=True,
            retain_backups_enabled=True,
            termination_protection_enabled=store.protected,
            # One that is late is waited for again, not deleted.
            delete_on_create_timeout=False,
            tags={**store.tags, f"{record.TAG}store": store.name, **record.tags(store)},
            opts=options.child(
                self,
                protect=store.protected,
                depends_on=[link, *([encryption] if encryption else [])],
                wait_minutes=managed.WAIT_MINUTES,
            ),
        )

    def _region(self) -> atlas.AdvancedClusterReplicationSpecRegionConfigArgs:
        store, args = self._store, self._asked
        place, gib = store.placement, float(store.storage_gib)
        return atlas.AdvancedClusterReplicationSpecRegionConfigArgs(
            provider_name=offers.PROVIDERS[place.cloud],
            region_name=offers.REGIONS[place.cloud][place.region or ""],
            priority=7,
            electable_specs=atlas.AdvancedClusterReplicationSpecRegionConfigElectableSpecsArgs(
                instance_size=args.instance_size, node_count=args.nodes, disk_size_gb=gib
            ),
            # Said also where there are none: left out, those that there were would stay.
            read_only_specs=atlas.AdvancedClusterReplicationSpecRegionConfigReadOnlySpecsArgs(
                instance_size=args.instance_size, node_count=store.readers, disk_size_gb=gib
            ),
            auto_scaling=_scaling(args),
        )

    def _schedule(self, cluster: atlas.AdvancedCluster) -> atlas.CloudBackupSchedule:
        """Each kind stays at least as long as the more frequent one, as Atlas wants it."""
        days = self._asked.retention_days
        return atlas.CloudBackupSchedule(
            f"{self._store.name}-backups",
            project_id=self._asked.project,
            cluster_name=cluster.name,
            reference_hour_of_day=2,
            reference_minute_of_hour=0,
            restore_window_days=days,
            policy_item_hourly=atlas.CloudBackupSchedulePolicyItemHourlyArgs(
                frequency_interval=EVERY_HOURS, retention_unit="days", retention_value=days
            ),
            policy_item_daily=atlas.CloudBackupSchedulePolicyItemDailyArgs(
                frequency_interval=1, retention_unit="days", retention_value=days
            ),
            policy_item_weeklies=[
                atlas.CloudBackupSchedulePolicyItemWeeklyArgs(
                    frequency_interval=7, retention_unit="weeks", retention_value=WEEKS
                )
            ],
            policy_item_monthlies=[
                atlas.CloudBackupSchedulePolicyItemMonthlyArgs(
                    frequency_interval=1, retention_unit="months", retention_value=MONTHS
                )
            ],
            opts=options.child(self, protect=self._store.protected),
        )

    def _window(self) -> atlas.MaintenanceWindow:
        day, hour = self._asked.window
        return atlas.MaintenanceWindow(
            f"{self._store.name}-window",
            project_id=self._asked.project,
            day_of_week=day,
            hour_of_day=hour,
            opts=options.child(self),
        )

    def _app(self, cluster: atlas.AdvancedCluster, password: pulumi.Input[str]) -> atlas.DatabaseUser:
        """The same rights as in the cluster: `components/mongodb/scripts/init.js`."""
        return atlas.DatabaseUser(
            f"{self._store.name}-app",
            project_id=self._asked.project,
            username="app",
            password=password,
            auth_database_name="admin",
            roles=[
                atlas.DatabaseUserRoleArgs(role_name=role, database_name="app") for role in ("readWrite", "dbAdmin")
            ],
            scopes=[atlas.DatabaseUserScopeArgs(name=cluster.name, type="CLUSTER")],
            opts=options.child(self, protect=self._store.protected),
        )

    def _endpoint(
        self, cluster: atlas.AdvancedCluster, link: atlas.PrivateLinkEndpointService, password: pulumi.Output[str]
    ) -> Endpoint:
        host = link.endpoint_service_id.apply(
            lambda endpoint: cluster.connection_strings.apply(lambda strings: private_host(strings, endpoint))
        )
        query = f"authSource=admin&tls=true&tlsCAFile={CA_FILE}"
        uri = pulumi.Output.concat("mongodb+srv://app:", password, "@", host, f"/app?{query}")
        reads = "readPreference=secondaryPreferred&readPreferenceTags=nodeType:READ_ONLY"
        return Endpoint(
            host=host,
            port=pulumi.Output.from_input(PORT),
            username=pulumi.Output.from_input("app"),
            password=password,
            database=pulumi.Output.from_input("app"),
            ca=pulumi.Output.from_input(PUBLIC),
            uri=uri,
            read_uri=pulumi.Output.concat(uri, f"&{reads}") if self._store.readers else None,
        )


def _scaling(args: AtlasArgs) -> atlas.AdvancedClusterReplicationSpecRegionConfigAutoScalingArgs:
    """The tier goes back down too, never below where it began."""
    return atlas.AdvancedClusterReplicationSpecRegionConfigAutoScalingArgs(
        disk_gb_enabled=args.autoscale,
        compute_enabled=args.instance_max is not None,
        compute_scale_down_enabled=args.instance_max is not None,
        compute_min_instance_size=args.instance_size if args.instance_max else None,
        compute_max_instance_size=args.instance_max,
    )


def private_host(strings: atlas.outputs.AdvancedClusterConnectionStrings, endpoint: str) -> str:
    """The name behind which drivers find the nodes through a private endpoint.

    Args:
        strings: Every way to the cluster.
        endpoint: By which Atlas knows the endpoint.

    Raises:
        ValueError: When there is no way through it.
    """
    held = strings.private_endpoints or []
    for way in held:
        ours = len(held) == 1 or endpoint in {it.endpoint_id for it in way.endpoints or []}
        if ours and way.srv_connection_string:
            return way.srv_connection_string.removeprefix("mongodb+srv://").partition("/")[0]
    raise ValueError(
        f"Atlas names no connection string for the private endpoint {endpoint} yet: run pulumi refresh, then pulumi up"
    )
