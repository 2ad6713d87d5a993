"""What people rely on when a service keeps their data: every backend has each property, or says why it cannot."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import pytest
from sdk_types import takes, wrong_keys
from stacks import TRIPLES, config, inputs, least, settled

from components import catalog, managed, record
from components.atlas import offers
from components.catalog import Backend, Cloud, Keeper, Kind
from components.managed import Absent, Has, Property
from components.mongodb.args import MongodbBackend
from components.mysql.args import MysqlBackend
from components.postgres.args import PostgresBackend
from components.redis.args import RedisBackend
from ladder.engine import Registration, Run

MANAGED = [it for it in TRIPLES if catalog.keeper(catalog.SUPPORT[it]) is Keeper.PROVIDER]
KEY = "projects/acme-prod-1/locations/europe-west3/keyRings/ring/cryptoKeys/key"
KEYS = {
    Backend.AWS_RDS: "arn:aws:kms:eu-central-1:123456789012:key/abc",
    Backend.AWS_ELASTICACHE: "arn:aws:kms:eu-central-1:123456789012:key/abc",
    Backend.GCP_CLOUD_SQL: KEY,
    Backend.GCP_MEMORYSTORE: KEY,
}
ENOUGH: Mapping[Backend, Mapping[str, object]] = {Backend.GCP_MEMORYSTORE: {"memory_gib": 5}}
"""What its readers want."""

OF_ATLAS = {Cloud.AWS: KEYS[Backend.AWS_RDS], Cloud.GCP: f"{KEY}/cryptoKeyVersions/1"}
OWN = ("aws:", "gcp:", "mongodbatlas:")
RDS, CACHE = "aws:rds/instance:Instance", "aws:elasticache/replicationGroup:ReplicationGroup"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
MEMORYSTORE = "gcp:redis/instance:Instance"
ATLAS = "mongodbatlas:index/advancedCluster:AdvancedCluster"
SCHEDULE = "mongodbatlas:index/cloudBackupSchedule:CloudBackupSchedule"
USER = "mongodbatlas:index/databaseUser:DatabaseUser"

Check = Callable[[Run], object]


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == type_]


def one(run: Run, type_: str) -> Any:
    """The only resource of a type, readers left out."""
    (found,) = [it for it in of_type(run, type_) if not {"replicateSourceDb", "masterInstanceName"} & set(it)]
    return found


def parameters(run: Run, type_: str) -> dict[str, str]:
    return {it["name"]: it["value"] for it in one(run, type_)["parameters"]}


def connections(run: Run) -> Any:
    return next(inputs(it)["stringData"] for it in run.registrations if it.name == "connections" and it.custom)


def lets_in_the_cluster_alone(run: Run) -> bool:
    groups = of_type(run, "aws:ec2/securityGroup:SecurityGroup")
    (rule,) = of_type(run, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    ports = {"postgres": (5432, 5432), "redis": (6379, 6379), "mongodb": (1024, 65535)}
    first, last = next(found for kind, found in ports.items() if kind in str(rule["tags"]))
    return (
        rule["referencedSecurityGroupId"] == "sg-machines"
        and (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (first, last, "tcp")
        and all(not {"ingress", "egress"} & set(it) for it in groups)
        and "0.0.0.0/0" not in str([it for it in run.registrations if it.type.startswith("aws:")])
    )


def settings(run: Run) -> Any:
    """Of the only instance of Cloud SQL."""
    return one(run, SQL)["settings"]


def leads_to_the_instance(run: Run) -> bool:
    """The host in the URI stands in the certificate, and leads to the private address within the network alone."""
    zone = next(it for it in of_type(run, "gcp:dns/managedZone:ManagedZone") if "reader" not in it["name"])
    record = next(it for it in of_type(run, "gcp:dns/recordSet:RecordSet") if it["managedZone"] == zone["name"])
    name = "generated:postgres-instance.dnsNames.0.name"
    return (
        (zone["dnsName"], record["name"], zone["visibility"]) == (f"{name}.", f"{name}.", "private")
        and record["rrdatas"] == ["generated:postgres-instance.privateIpAddress"]
        and f"@{name}:5432/app?sslmode=verify-full" in connections(run)["DATABASE_URL"]
        and connections(run)["ca.crt"] == "generated:postgres-instance.serverCaCerts.0.cert\n"
    )


def app_is_made_in_the_cluster(run: Run, administrator: str) -> bool:
    job = next(it for it in run.registrations if it.type == "kubernetes:batch/v1:Job")
    env = {it["name"]: it["value"] for it in inputs(job)["spec"]["template"]["spec"]["containers"][0]["env"]}
    return (
        env["PGUSER"] == administrator != "app"
        and connections(run)["DATABASE_URL"].startswith(
            f"postgresql://app:generated:{password(Kind.POSTGRES, cloud_of(run))}."
        )
        and "admin" not in str(connections(run))
    )


def password(kind: Kind, cloud: Cloud) -> str:
    """The application's, of this service alone."""
    return f"{kind}-{catalog.SUPPORT[kind, catalog.Stage.FUNDED, cloud].replace('_', '-')}-password"


def cloud_of(run: Run) -> Cloud:
    return Cloud.GCP if of_type(run, "pulumi:providers:gcp") else Cloud.AWS


def region_of(run: Run) -> Any:
    """Of a cluster of Atlas: it has one."""
    ((spec,),) = [it["replicationSpecs"] for it in of_type(run, ATLAS)]
    (found,) = spec["regionConfigs"]
    return found


def is_linked_from_the_cluster_alone(run: Run) -> bool:
    """By its private endpoint, and no list of addresses lets in anybody beside it."""
    (link,) = of_type(run, "mongodbatlas:index/privateLinkEndpointService:PrivateLinkEndpointService")
    endpoints = of_type(run, "aws:ec2/vpcEndpoint:VpcEndpoint") + of_type(
        run, "gcp:compute/forwardingRule:ForwardingRule"
    )
    (policy,) = [it for it in run.registrations if it.name == "mongodb-clients" and "NetworkPolicy" in it.type]
    _, out = inputs(policy)["spec"]["egress"]
    return (
        link["privateLinkId"] == "generated:mongodb-service.privateLinkId"
        and len(endpoints) == 1
        and not [it for it in run.registrations if "ccessList" in it.type]
        and "0.0.0.0/0" not in str([inputs(it) for it in run.registrations])
        and (out["ports"][0]["port"], out["ports"][0]["endPort"]) == (1024, 65535)
        and (link["providerName"] == "GCP" or lets_in_the_cluster_alone(run))
    )


def key_is_used_by_atlas_alone(run: Run) -> bool:
    (found,) = of_type(run, "mongodbatlas:index/encryptionAtRest:EncryptionAtRest")
    roles = [json.loads(it["assumeRolePolicy"]) for it in of_type(run, "aws:iam/role:Role")]
    trusts = [it["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] for it in roles]
    return (
        one(run, ATLAS)["encryptionAtRestProvider"] == region_of(run)["providerName"]
        and any(key in str(found) for key in OF_ATLAS.values())
        and all(it.startswith("generated:mongodb-access") for it in trusts)
    )


CHECKS: Mapping[Backend, Mapping[Property, Check]] = {
    Backend.AWS_RDS: {
        Property.DELETION_PROTECTION: lambda run: one(run, RDS)["deletionProtection"],
        Property.FINAL_SNAPSHOT: lambda run: (
            one(run, RDS)["finalSnapshotIdentifier"].endswith("postgres-final.hex")
            and one(run, RDS)["skipFinalSnapshot"] is False
        ),
        Property.BACKUPS: lambda run: (
            one(run, RDS)["backupRetentionPeriod"] == 7 and one(run, RDS)["deleteAutomatedBackups"] is False
        ),
        Property.POINT_IN_TIME: lambda run: one(run, RDS)["backupRetentionPeriod"] >= 7,
        Property.GROWTH: lambda run: one(run, RDS)["maxAllocatedStorage"] > 1.26 * one(run, RDS)["allocatedStorage"],
        Property.STANDBY: lambda run: one(run, RDS)["multiAz"],
        Property.TLS: lambda run: (
            parameters(run, "aws:rds/parameterGroup:ParameterGroup")["rds.force_ssl"] == "1"
            and "sslmode=verify-full" in connections(run)["DATABASE_URL"]
            and connections(run)["ca.crt"].count("BEGIN CERTIFICATE") == 1
        ),
        Property.PRIVATE: lambda run: (
            one(run, RDS)["publiclyAccessible"] is False
            and one(run, "aws:rds/subnetGroup:SubnetGroup")["subnetIds"] == ["subnet-a", "subnet-b"]
        ),
        Property.ENCRYPTION: lambda run: one(run, RDS)["storageEncrypted"],
        Property.CUSTOMER_KEY: lambda run: one(run, RDS)["kmsKeyId"] == KEYS[Backend.AWS_RDS],
        Property.ADMISSION: lets_in_the_cluster_alone,
        Property.PARAMETERS: lambda run: (
            parameters(run, "aws:rds/parameterGroup:ParameterGroup")["rds.logical_replication"] == "1"
        ),
        Property.MAINTENANCE: lambda run: (
            one(run, RDS)["maintenanceWindow"] and one(run, RDS)["autoMinorVersionUpgrade"]
        ),
        Property.INSIGHT: lambda run: one(run, RDS)["performanceInsightsEnabled"],
        Property.APP_USER: lambda run: app_is_made_in_the_cluster(run, one(run, RDS)["username"]),
        Property.ROTATION: lambda run: rotates(run, Kind.POSTGRES, Cloud.AWS),
        Property.READERS: lambda run: (
            connections(run)["DATABASE_READ_URL"].count("reader") == 2 and len(of_type(run, RDS)) == 3
        ),
    },
    Backend.AWS_ELASTICACHE: {
        Property.FINAL_SNAPSHOT: lambda run: one(run, CACHE)["finalSnapshotIdentifier"].endswith("redis-final.hex"),
        Property.BACKUPS: lambda run: one(run, CACHE)["snapshotRetentionLimit"] == 7,
        Property.STANDBY: lambda run: one(run, CACHE)["multiAzEnabled"] and one(run, CACHE)["automaticFailoverEnabled"],
        Property.TLS: lambda run: (
            one(run, CACHE)["transitEncryptionMode"] == "required"
            and one(run, CACHE)["transitEncryptionEnabled"]
            and connections(run)["REDIS_URL"].startswith("rediss://app:")
            and "BEGIN CERTIFICATE" in connections(run)["ca.crt"]
        ),
        Property.PRIVATE: lambda run: (
            one(run, "aws:elasticache/subnetGroup:SubnetGroup")["subnetIds"] == ["subnet-a", "subnet-b"]
        ),
        Property.ENCRYPTION: lambda run: one(run, CACHE)["atRestEncryptionEnabled"],
        Property.CUSTOMER_KEY: lambda run: one(run, CACHE)["kmsKeyId"] == KEYS[Backend.AWS_RDS],
        Property.ADMISSION: lets_in_the_cluster_alone,
        Property.PARAMETERS: lambda run: (
            parameters(run, "aws:elasticache/parameterGroup:ParameterGroup") == {"maxmemory-policy": "noeviction"}
        ),
        Property.MAINTENANCE: lambda run: one(run, CACHE)["maintenanceWindow"],
        Property.APP_USER: lambda run: (
            {
                it["userName"]: "-@admin" in it["accessString"] or it["accessString"] == "off -@all"
                for it in of_type(run, "aws:elasticache/user:User")
            }
            == {"app": True, "default": True}
        ),
        Property.ROTATION: lambda run: rotates(run, Kind.REDIS, Cloud.AWS),
        Property.READERS: lambda run: (
            one(run, CACHE)["numCacheClusters"] == 3 and "readerEndpointAddress" in connections(run)["REDIS_READ_URL"]
        ),
    },
    Backend.MONGODB_ATLAS: {
        Property.DELETION_PROTECTION: lambda run: one(run, ATLAS)["terminationProtectionEnabled"],
        Property.BACKUPS: lambda run: (
            one(run, ATLAS)["backupEnabled"]
            and one(run, ATLAS)["retainBackupsEnabled"]
            and one(run, SCHEDULE)["policyItemDaily"]["retentionValue"] == 7
        ),
        Property.POINT_IN_TIME: lambda run: (
            one(run, ATLAS)["pitEnabled"]
            and 7 == one(run, SCHEDULE)["restoreWindowDays"] <= one(run, SCHEDULE)["policyItemHourly"]["retentionValue"]
        ),
        Property.GROWTH: lambda run: (
            region_of(run)["autoScaling"]["diskGbEnabled"] and one(run, ATLAS)["useEffectiveFields"]
        ),
        Property.STANDBY: lambda run: region_of(run)["electableSpecs"]["nodeCount"] == 3,
        Property.TLS: lambda run: (
            one(run, ATLAS)["advancedConfiguration"]["minimumEnabledTlsProtocol"] == "TLS1_2"
            and "authSource=admin&tls=true&tlsCAFile=/etc/ladder/ca.crt" in connections(run)["MONGODB_URI"]
            and connections(run)["ca.crt"].count("BEGIN CERTIFICATE") > 100
        ),
        Property.PRIVATE: lambda run: (
            "privateEndpoints.0.srvConnectionString/app?" in connections(run)["MONGODB_URI"]
            and is_linked_from_the_cluster_alone(run)
        ),
        Property.ENCRYPTION: lambda run: one(run, ATLAS)["clusterType"] == "REPLICASET",
        Property.CUSTOMER_KEY: key_is_used_by_atlas_alone,
        Property.ADMISSION: is_linked_from_the_cluster_alone,
        Property.PARAMETERS: lambda run: one(run, ATLAS)["advancedConfiguration"]["defaultWriteConcern"] == "majority",
        Property.MAINTENANCE: lambda run: (
            one(run, "mongodbatlas:index/maintenanceWindow:MaintenanceWindow")["dayOfWeek"] == 1
        ),
        Property.INSIGHT: lambda run: region_of(run)["electableSpecs"]["instanceSize"] in offers.TIERS,
        Property.APP_USER: lambda run: (
            {it["roleName"]: it["databaseName"] for it in one(run, USER)["roles"]}
            == {"readWrite": "app", "dbAdmin": "app"}
            and one(run, USER)["scopes"] == [{"name": one(run, ATLAS)["name"], "type": "CLUSTER"}]
        ),
        Property.ROTATION: lambda run: rotates(run, Kind.MONGODB, cloud_of(run)),
        Property.READERS: lambda run: (
            region_of(run)["readOnlySpecs"]["nodeCount"] == 2
            and "readPreferenceTags=nodeType:READ_ONLY" in connections(run)["MONGODB_READ_URI"]
        ),
    },
    Backend.GCP_CLOUD_SQL: {
        Property.DELETION_PROTECTION: lambda run: (
            one(run, SQL)["deletionProtection"] and settings(run)["deletionProtectionEnabled"]
        ),
        Property.FINAL_SNAPSHOT: lambda run: (
            settings(run)["finalBackupConfig"] == {"enabled": True, "retentionDays": 365}
            and settings(run)["retainBackupsOnDelete"]
        ),
        Property.BACKUPS: lambda run: (
            settings(run)["backupConfiguration"]["enabled"]
            and settings(run)["backupConfiguration"]["location"] == "europe-west3"
            and settings(run)["backupConfiguration"]["backupRetentionSettings"]["retainedBackups"] == 7
        ),
        Property.POINT_IN_TIME: lambda run: (
            settings(run)["backupConfiguration"]["pointInTimeRecoveryEnabled"]
            and settings(run)["backupConfiguration"]["transactionLogRetentionDays"] == 7
        ),
        Property.GROWTH: lambda run: (
            settings(run)["diskAutoresize"] and settings(run)["diskAutoresizeLimit"] > settings(run)["diskSize"]
        ),
        Property.STANDBY: lambda run: settings(run)["availabilityType"] == "REGIONAL",
        Property.TLS: lambda run: (
            settings(run)["ipConfiguration"]["sslMode"] == "ENCRYPTED_ONLY"
            and settings(run)["ipConfiguration"]["serverCaMode"] == "GOOGLE_MANAGED_CAS_CA"
            and leads_to_the_instance(run)
        ),
        Property.PRIVATE: lambda run: all(
            it["settings"]["ipConfiguration"]["ipv4Enabled"] is False for it in of_type(run, SQL)
        ),
        # Always: what is registered says only by which key.
        Property.ENCRYPTION: lambda run: one(run, SQL)["encryptionKeyName"],
        Property.CUSTOMER_KEY: lambda run: all(it["encryptionKeyName"] == KEY for it in of_type(run, SQL)),
        Property.ADMISSION: lambda run: all(
            it["settings"]["ipConfiguration"]["privateNetwork"] == "projects/acme-prod-1/global/networks/acme"
            and "authorizedNetworks" not in it["settings"]["ipConfiguration"]
            for it in of_type(run, SQL)
        ),
        Property.PARAMETERS: lambda run: (
            settings(run)["databaseFlags"] == [{"name": "cloudsql.logical_decoding", "value": "on"}]
        ),
        Property.MAINTENANCE: lambda run: (
            settings(run)["maintenanceWindow"] == {"day": 7, "hour": 3, "updateTrack": "stable"}
        ),
        Property.INSIGHT: lambda run: settings(run)["insightsConfig"]["queryInsightsEnabled"],
        Property.APP_USER: lambda run: app_is_made_in_the_cluster(run, "postgres"),
        Property.ROTATION: lambda run: rotates(run, Kind.POSTGRES, Cloud.GCP),
        Property.READERS: lambda run: (
            connections(run)["DATABASE_READ_URL"].count("reader") == 2 and len(of_type(run, SQL)) == 3
        ),
    },
    Backend.GCP_MEMORYSTORE: {
        Property.STANDBY: lambda run: one(run, MEMORYSTORE)["tier"] == "STANDARD_HA",
        Property.TLS: lambda run: (
            one(run, MEMORYSTORE)["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
            and connections(run)["REDIS_URL"]
            == "rediss://:generated:redis-instance.authString@generated:redis-instance.host:6378/0"
            and connections(run)["ca.crt"] == "generated:redis-instance.serverCaCerts.0.cert\n"
        ),
        Property.PRIVATE: lambda run: one(run, MEMORYSTORE)["connectMode"] == "PRIVATE_SERVICE_ACCESS",
        # Always: what is registered says only by which key.
        Property.ENCRYPTION: lambda run: one(run, MEMORYSTORE)["customerManagedKey"],
        Property.CUSTOMER_KEY: lambda run: one(run, MEMORYSTORE)["customerManagedKey"] == KEY,
        Property.ADMISSION: lambda run: (
            one(run, MEMORYSTORE)["authorizedNetwork"] == "projects/acme-prod-1/global/networks/acme"
            and one(run, MEMORYSTORE)["reservedIpRange"] == "google-services"
            and one(run, MEMORYSTORE)["authEnabled"]
        ),
        Property.PARAMETERS: lambda run: one(run, MEMORYSTORE)["redisConfigs"] == {"maxmemory-policy": "noeviction"},
        Property.MAINTENANCE: lambda run: (
            one(run, MEMORYSTORE)["maintenancePolicy"]
            == {"weeklyMaintenanceWindows": [{"day": "SUNDAY", "startTime": {"hours": 3, "minutes": 0}}]}
        ),
        Property.READERS: lambda run: (
            (one(run, MEMORYSTORE)["replicaCount"], one(run, MEMORYSTORE)["readReplicasMode"])
            == (2, "READ_REPLICAS_ENABLED")
            and "@generated:redis-instance.readEndpoint:6378/0" in connections(run)["REDIS_READ_URL"]
        ),
    },
}
"""How each property that a backend has is seen in what it registers."""


def asked(kind: Kind, cloud: Cloud, **more: object) -> dict[Kind, object]:
    backend = catalog.SUPPORT[kind, catalog.Stage.FUNDED, cloud]
    atlas = backend is Backend.MONGODB_ATLAS
    given = {"kms_key": OF_ATLAS[cloud] if atlas else KEYS[backend], **ENOUGH.get(backend, {}), **more}
    return least(kind, catalog.Stage.FUNDED, readers=2, **{"atlas" if atlas else str(cloud): given})


def rotates(run: Run, kind: Kind, cloud: Cloud) -> bool:
    """Another generation of passwords replaces nothing that bears data, and reaches the application."""
    again = settled(config(asked(kind, cloud, passwords=2), stage=catalog.Stage.FUNDED, cloud=cloud), run.after)
    touched = {(op, urn.rpartition("::")[2]) for op, urn in again.changes}
    replaced = {name for op, name in touched if op == "replace"}
    return (
        all("password" in name or "admin" in name or "users" in name for name in replaced)
        and password(kind, cloud) in replaced
        and ("update", "connections") in touched
    )


@pytest.fixture(scope="module", params=MANAGED, ids="-".join)
def managed_run(request: pytest.FixtureRequest) -> tuple[Kind, Backend, Run]:
    kind, stage, cloud = request.param
    backend = catalog.SUPPORT[kind, stage, cloud]
    return kind, backend, settled(config(asked(kind, cloud), stage=stage, cloud=cloud))


def test_every_property_is_had_or_declared_absent(managed_run: tuple[Kind, Backend, Run]) -> None:
    kind, backend, run = managed_run
    answers = managed.answers(kind, backend)
    assert set(answers) == set(Property)
    had = {it for it, answer in answers.items() if isinstance(answer, Has)}
    assert set(CHECKS[backend]) == had
    assert [it for it in had if not CHECKS[backend][it](run)] == []
    for answer in answers.values():
        if isinstance(answer, Absent):
            assert answer.reason
            assert answer.source.startswith("https://")


def test_every_property_of_a_resource_is_one_that_the_sdk_knows(managed_run: tuple[Kind, Backend, Run]) -> None:
    _, _, run = managed_run
    wrong = {found.name: wrong_keys(found.type, inputs(found)) for found in run.registrations if is_cloud(found.type)}
    assert {name: keys for name, keys in wrong.items() if keys} == {}
    assert {found.type for found in run.registrations if found.name in wrong} & set(record.BEARERS)


def test_a_wrong_key_would_be_found() -> None:
    assert wrong_keys(RDS, {"multiAZ": True}) == ["multiAZ"]
    assert wrong_keys("aws:rds/parameterGroup:ParameterGroup", {"parameters": [{"nam": "x"}]}) == ["parameters.nam"]


def test_everything_that_can_be_tagged_says_whose_it_is(managed_run: tuple[Kind, Backend, Run]) -> None:
    kind, _, run = managed_run
    ours = [found for found in run.registrations if is_cloud(found.type)]
    said = {it.name: tags(it) for it in ours}
    assert {
        name: found for name, found in said.items() if found is not None and found.get("ladder-store") != kind
    } == {}
    assert any(said.values())


def test_only_the_named_account_can_be_changed_and_all_of_it_says_who_pays(
    managed_run: tuple[Kind, Backend, Run],
) -> None:
    _, _, run = managed_run
    of_stack = {"ladder-stack", "ladder-cost-centre"}
    assert all(of_stack <= set(it["tags"]) for it in of_type(run, ATLAS))
    for provider in of_type(run, "pulumi:providers:aws"):
        assert set(json.loads(provider["defaultTags"])["tags"]) == of_stack
        assert json.loads(provider["allowedAccountIds"]) == ["123456789012"]
    for provider in of_type(run, "pulumi:providers:gcp"):
        labels = json.loads(provider["defaultLabels"])
        assert set(labels) == of_stack
        assert (provider["project"], provider["region"]) == ("acme-prod-1", "europe-west3")
        for it in of_type(run, SQL):
            assert it["settings"]["userLabels"].items() >= labels.items(), "the provider's labels do not reach these"


def is_cloud(type_: str) -> bool:
    return type_.startswith(OWN)


def tags(found: Registration) -> dict[str, str] | None:
    """Its tags or labels; None where it takes none."""
    given = inputs(found)
    if found.type == SQL:
        return given["settings"]["userLabels"]
    key = "labels" if found.type.startswith("gcp:") else "tags"
    return given.get(key, {}) if takes(found.type, key) else None


def test_tags_and_labels_are_of_characters_that_their_cloud_takes(managed_run: tuple[Kind, Backend, Run]) -> None:
    _, _, run = managed_run
    for found in run.registrations:
        if is_cloud(found.type):
            for key, value in (tags(found) or {}).items():
                if not found.type.startswith("gcp:"):
                    assert all(it.isalnum() or it in " +-=._:/@" for it in key + value), (found.name, key, value)
                else:
                    assert re.fullmatch(r"[a-z][-_a-z0-9]{0,62}", key), (found.name, key)
                    assert re.fullmatch(r"[-_a-z0-9]{0,63}", value), (found.name, key, value)


@pytest.mark.parametrize(
    ("kind", "literal"),
    [
        (Kind.MONGODB, MongodbBackend),
        (Kind.POSTGRES, PostgresBackend),
        (Kind.REDIS, RedisBackend),
        (Kind.MYSQL, MysqlBackend),
    ],
)
def test_a_facade_knows_exactly_the_backends_that_the_catalogue_offers(kind: Kind, literal: object) -> None:
    assert set(get_args(literal)) == {backend for cloud in Cloud for backend in catalog.offers(kind, cloud)}
