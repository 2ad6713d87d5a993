"""Every rule has a stack that breaks it, and the stacks that Ladder makes by default break none."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from stacks import CLUSTERS, config, inputs, least, settled, vault

from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run
from ladder.policy import check, demands
from ladder.policy.limits import Limits
from ladder.policy.rules import RULES, Held

LIMITS = Limits(accounts=["123456789012", "acme-prod-1"], regions=["eu-central-1", "europe-west3"])
VAULT = "the-vault"

Config = dict[str, str]


def in_cluster(**more: object) -> Config:
    return config({Kind.POSTGRES: more}, vault=VAULT)


def funded(kind: Kind = Kind.POSTGRES, cloud: Cloud = Cloud.AWS, **more: object) -> Config:
    return config(least(kind, Stage.FUNDED, **more), stage=Stage.FUNDED, cloud=cloud, vault=VAULT)


def on(cluster: str, cloud: Cloud = Cloud.AWS, **more: object) -> Config:
    return config({Kind.POSTGRES: {}}, cloud=cloud, cluster={**CLUSTERS[cluster], **more}, vault=VAULT)


def broken(settings: Config, limits: Limits = LIMITS) -> set[str]:
    return {str(it) for it in check.broken(settled(settings), limits)}


GOOD: Mapping[str, Callable[[], Config]] = {
    "in the cluster": in_cluster,
    "rds": funded,
    "elasticache": lambda: funded(Kind.REDIS, role="store"),
    "atlas": lambda: funded(Kind.MONGODB),
    "cloud sql": lambda: funded(cloud=Cloud.GCP),
    "memorystore": lambda: funded(Kind.REDIS, Cloud.GCP, role="store"),
    "eks": lambda: on("eks"),
    "gke": lambda: on("gke", Cloud.GCP),
    "single node": lambda: on("single_node"),
    "vault on s3": lambda: vault("s3"),
    "vault on gcs": lambda: vault("gcs"),
    "vault in the cluster": lambda: vault("in_cluster"),
    "a copy for reading": lambda: funded(readers=1),
    "a cache": lambda: config({Kind.REDIS: {"role": "cache", "protect": False}}),
}


@cache
def good(name: str) -> Run:
    return settled(GOOD[name]())


@pytest.mark.parametrize("name", GOOD)
def test_what_ladder_makes_by_itself_keeps_every_rule(name: str) -> None:
    assert [*check.broken(good(name), LIMITS)] == []


BAD: Mapping[str, tuple[Callable[[], Config], set[str]]] = {
    "data-is-protected": (
        lambda: in_cluster(protect=False),
        {"PersistentVolumeClaim data-postgres-0 holds data, and the engine would delete it: protect"},
    ),
    "data-outlives-its-server": (
        lambda: funded(protect=False),
        {"Instance postgres-instance can be deleted around the engine: deletionProtection"},
    ),
    "backups-are-taken": (
        lambda: config({Kind.POSTGRES: {}}),
        {"PersistentVolumeClaim data-postgres-0 holds data of which no backup is taken: ladder:vault"},
    ),
    "tls-is-on": (lambda: in_cluster(unsafe_plaintext=True), {"StatefulSet postgres serves without TLS"}),
    "places-are-allowed": (
        lambda: on("eks", region="us-east-1"),
        {"provider aws works in region us-east-1, which is none of eu-central-1, europe-west3"},
    ),
}
"""Settings that Ladder takes, and a reviewer would not."""


@pytest.mark.parametrize("rule", BAD)
def test_a_stack_breaks_the_rule(rule: str) -> None:
    settings, words = BAD[rule]
    found = [it for it in check.broken(settled(settings()), LIMITS) if it.rule == rule]
    assert {it.what for it in found} == words


def edited(run: Run, type_: str, edit: Callable[[Any], object]) -> list[str]:
    """What is broken once the program makes resources of a type in another way."""
    changed = []
    for it in run.registrations:
        said = inputs(it)
        if it.type == type_:
            edit(said)
        changed.append(replace(it, inputs=said))
    assert tuple(changed) != run.registrations
    return [it.rule for it in check.broken(replace(run, registrations=tuple(changed)), LIMITS)]


POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SERVICE = "kubernetes:core/v1:Service"
CRON_JOB = "kubernetes:batch/v1:CronJob"
RDS = "aws:rds/instance:Instance"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
EDITS: Mapping[str, tuple[str, Callable[[], Config], str, Callable[[Any], object]]] = {
    "a policy for everybody": (
        "data-is-not-public", in_cluster, POLICY, lambda it: it["spec"].update(ingress=[{"ports": []}])
    ),
    "a store behind a load balancer": (
        "data-is-not-public", in_cluster, SERVICE, lambda it: it["spec"].update(type="LoadBalancer")
    ),
    "a public instance": ("data-is-not-public", funded, RDS, lambda it: it.update(publiclyAccessible=True)),
    "a public address": (
        "data-is-not-public",
        lambda: funded(cloud=Cloud.GCP),
        SQL,
        lambda it: it["settings"]["ipConfiguration"].update(ipv4Enabled=True),
    ),
    "an open api": (
        "data-is-not-public",
        lambda: on("eks"),
        "aws:eks/cluster:Cluster",
        lambda it: it["vpcConfig"].update(publicAccessCidrs=["0.0.0.0/0"]),
    ),
    "a bucket that may be public": (
        "data-is-not-public",
        lambda: vault("gcs"),
        "gcp:storage/bucket:Bucket",
        lambda it: it.pop("publicAccessPrevention"),
    ),
    "a bucket without versions": (
        "backups-are-taken",
        lambda: vault("s3"),
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda it: it["versioningConfiguration"].update(status="Suspended"),
    ),
    "backups that are suspended": (
        "backups-are-taken", in_cluster, CRON_JOB, lambda it: it["spec"].update(suspend=True)
    ),
    "clients without tls": (
        "tls-is-on", funded, "aws:rds/parameterGroup:ParameterGroup", lambda it: it.update(parameters=[])
    ),
    "plain disks": (
        "data-is-encrypted",
        lambda: on("eks"),
        "kubernetes:storage.k8s.io/v1:StorageClass",
        lambda it: it["parameters"].update(encrypted="false"),
    ),
    "whichever account": (
        "places-are-allowed", funded, "pulumi:providers:aws", lambda it: it.pop("allowedAccountIds")
    ),
    "no tags": ("tags-are-set", funded, "pulumi:providers:aws", lambda it: it.pop("defaultTags")),
}  # fmt: skip
"""What no setting does, but a change of the program might."""


@pytest.mark.parametrize("name", EDITS)
def test_a_change_of_the_program_breaks_the_rule(name: str) -> None:
    rule, settings, type_, edit = EDITS[name]
    assert set(edited(settled(settings()), type_, edit)) == {rule}


@pytest.mark.parametrize(("cloud", "tag"), [(Cloud.AWS, "team"), (Cloud.GCP, "ladder-team")])
def test_a_tag_that_the_company_wants_is_missed_until_it_is_set(cloud: Cloud, tag: str) -> None:
    limits = LIMITS.model_copy(update={"tags": [tag]})
    assert broken(funded(cloud=cloud), limits) == {f"provider {cloud} does not tag what it makes: {tag} (tags-are-set)"}
    set_ = {"ladder:providers": json.dumps({"tags": {tag: "data"}})}
    assert broken({**funded(cloud=cloud), **set_}, limits) == set()


def test_every_rule_has_a_stack_that_breaks_it() -> None:
    assert {*BAD, *(rule for rule, *_ in EDITS.values())} == {it.name for it in RULES}


TABLES = {
    "data-outlives-its-server": demands.OUTLIVES,
    "backups-are-taken": demands.BACKUPS,
    "tls-is-on": demands.TLS,
    "data-is-encrypted": demands.ENCRYPTION,
}
ROWS = [(rule, type_, it) for rule, table in TABLES.items() for type_, rows in table.items() for it in rows]


@pytest.fixture(scope="module")
def everything() -> dict[str, Held]:
    """One resource of each type that good stacks register."""
    found: dict[str, Held] = {}
    for name in GOOD:
        for it in check.held(good(name)):
            if it.noun or it.type.endswith((":StatefulSet", ":StorageClass")):
                found.setdefault(it.type.rsplit(":", 1)[0] if not it.type.startswith("kubernetes:") else it.type, it)
    return found


@pytest.mark.parametrize(("rule", "type_", "demand"), ROWS, ids=lambda it: getattr(it, "wrong", str(it)))
def test_every_row_of_the_tables_is_broken_by_its_opposite(
    rule: str, type_: str, demand: demands.Demand, everything: dict[str, Held]
) -> None:
    it = everything[type_]
    ask = next(one for one in RULES if one.name == rule)
    words = f"{it.title} {demand.wrong}"
    assert words not in ask.broken(it, [it], LIMITS)
    said = json.loads(json.dumps(it.inputs))
    inner = said
    for key in demand.path[:-1]:
        inner = inner[0] if isinstance(inner, list) else inner
        inner = inner.setdefault(key, {})
    inner = inner[0] if isinstance(inner, list) else inner
    inner[demand.path[-1]] = None if demand.be == (demands.ANYTHING,) else "other"
    assert words in ask.broken(replace(it, inputs=said), [it], LIMITS)


def test_rules_about_keeping_data_are_not_for_lenient_stacks() -> None:
    settings = config({Kind.POSTGRES: {"protect": False, "unsafe_plaintext": True}})
    done = settled(settings)
    assert {it.rule for it in check.broken(done, LIMITS)} == {"data-is-protected", "backups-are-taken", "tls-is-on"}
    stack = done.registrations[0].urn.split(":")[2]
    lenient = LIMITS.model_copy(update={"lenient": [stack]})
    assert {it.rule for it in check.broken(done, lenient)} == {"tls-is-on"}
