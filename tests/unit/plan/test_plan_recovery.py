"""What a failure costs, as a table: the store, its resources, what is lost, when it is back, and what can be undone."""

from dataclasses import replace
from typing import Any

import pytest
from plan_world import RDS, resource, store

from components.backups.args import BackupArgs
from components.catalog import Kind, Role
from ladder.plan import recovery
from ladder.prices import Resource

CACHE = {"role": Role.CACHE}
GROUP = resource("aws:elasticache/replicationGroup", "redis", automaticFailoverEnabled=True, snapshotRetentionLimit=7)
BACKUPS = {"pointInTimeRecoveryEnabled": True, "transactionLogRetentionDays": 7}
SQL = resource("gcp:sql/databaseInstance", settings={"availabilityType": "REGIONAL", "backupConfiguration": BACKUPS})
ATLAS = resource("mongodbatlas:index/advancedCluster", "mongodb", pitEnabled=True, backupEnabled=True)
NO_BACKUPS = "no way back: no backups yet"


def without(held: Resource, **changed: Any) -> Resource:
    return resource(held.type, held.part, **{**held.inputs, **changed})


@pytest.mark.parametrize(
    ("kind", "backend", "more", "held", "lost", "back", "undo"),
    [
        (Kind.POSTGRES, "in_cluster", {}, [], "with the volume: all of it", "not measured", NO_BACKUPS),
        (Kind.MONGODB, "in_cluster", {"replicas": 3}, [], "nothing that a majority has", "12 s", NO_BACKUPS),
        (Kind.MONGODB, "in_cluster", {"replicas": 1}, [], "with the volume: all of it", "not measured", NO_BACKUPS),
        (Kind.REDIS, "in_cluster", CACHE, [], "a cache may forget", "runs again, empty", "a cache"),
        (Kind.POSTGRES, "external", {}, [], "not known", "not known", "not known"),
        (Kind.POSTGRES, "aws_rds", {}, [RDS], "nothing", "60 to 120 s", "until 5 min ago, 7 days back"),
        (
            Kind.POSTGRES,
            "aws_rds",
            {},
            [without(RDS, multiAz=False)],
            "up to 5 min",
            "restore into a new server: not measured",
            "7 days back",
        ),
        (Kind.POSTGRES, "aws_rds", {}, [without(RDS, backupRetentionPeriod=0)], "", "", "no automatic backups"),
        (Kind.REDIS, "aws_elasticache", {}, [GROUP], "AWS names no amount", "AWS names no time", "7 days back"),
        (
            Kind.REDIS,
            "aws_elasticache",
            {},
            [without(GROUP, automaticFailoverEnabled=False)],
            "since the last snapshot",
            "restore from a snapshot: not measured",
            "7 days back",
        ),
        (Kind.REDIS, "aws_elasticache", CACHE, [GROUP], "a cache may forget", "failover to a replica", "a cache"),
        (Kind.POSTGRES, "gcp_cloud_sql", {}, [SQL], "nothing", "failover: not measured", "7 days back"),
        (
            Kind.REDIS,
            "gcp_memorystore",
            {},
            [resource("gcp:redis/instance", "redis", tier="STANDARD_HA")],
            "Google names no amount",
            "failover",
            "no way back",
        ),
        (Kind.MONGODB, "mongodb_atlas", {}, [ATLAS], "nothing that a majority has", "12 s", "to any minute"),
        (Kind.MONGODB, "mongodb_atlas", {}, [without(ATLAS, pitEnabled=False)], "nothing", "12 s", "to a snapshot"),
    ],
)
def test_what_a_failure_costs(
    kind: Kind, backend: str, more: dict[str, Any], held: list[Resource], lost: str, back: str, undo: str
) -> None:
    found = recovery.of(store(kind, backend, **more), held)
    assert lost in found.lost.text
    assert back in found.back.text
    assert undo in found.undo.text


def test_backups_are_the_way_back() -> None:
    args = BackupArgs(schedule="17 * * * *", verify="0 1 * * 0", prune="0 2 * * 0")
    found = recovery.of(store(Kind.POSTGRES, backup=args), [])
    assert found.lost.text == "with the volume: up to 1 h of writes"
    assert found.undo.text == "to a run: 24 hourly, 14 daily, 8 weekly, 12 monthly"
    shipped = recovery.of(store(Kind.POSTGRES, backup=replace(args, point_in_time_days=7)), [])
    assert shipped.lost == recovery.Fact(text="with the volume: at most a minute of writes", source="docs/seen.md")
    assert shipped.undo.text.startswith("to any moment of the last 7 days, or to a run: 24 hourly")


def test_on_one_machine_the_snapshots_of_its_disk_are_the_way_back() -> None:
    policy = resource("aws:dlm/lifecyclePolicy", "cluster", policyDetails={"schedules": [{"retainRule": {"count": 7}}]})
    found = recovery.of(store(Kind.POSTGRES), [], [policy])
    assert found.lost.text == "machine: nothing; disk: up to a day of writes"
    assert found.undo.text == "to a daily snapshot of the disk, 7 days back"


def test_a_figure_names_its_source() -> None:
    every = [
        recovery.of(store(Kind.POSTGRES, "aws_rds"), [RDS]),
        recovery.of(store(Kind.MONGODB, replicas=3), []),
        recovery.of(store(Kind.MONGODB, "mongodb_atlas"), [ATLAS]),
    ]
    facts = [fact for it in every for fact in (it.lost, it.back)]
    assert [fact.text for fact in facts if any(map(str.isdigit, fact.text)) and not fact.source] == []


def test_a_backend_that_the_table_lacks_is_told() -> None:
    with pytest.raises(KeyError, match="floppy"):
        recovery.of(store(Kind.POSTGRES, "floppy"), [])
