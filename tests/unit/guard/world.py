"""What the guard's tests share: wanted settings, and the state that a run with them leaves."""

import json
from dataclasses import replace

from components import naming, record
from components.catalog import Backend, Cloud, Engine, Kind, Stage
from components.cluster.args import ClusterArgs, ClusterKind
from components.mongodb.args import MongodbArgs
from components.mysql.args import MysqlArgs
from components.postgres.args import PostgresArgs
from components.redis.args import RedisArgs
from components.store import Climb, ExternalArgs, Phase, Placement, StoreArgs
from infra import ledger
from infra.ledger import Ledger
from infra.settings import Settings

HERE = Placement(stage=Stage.BOOTSTRAP, cloud=Cloud.LOCAL, cluster="home", namespace="ladder-prod")
ARGS = {Kind.MONGODB: MongodbArgs, Kind.REDIS: RedisArgs, Kind.POSTGRES: PostgresArgs, Kind.MYSQL: MysqlArgs}
USUAL = {
    Kind.MONGODB: (Engine.MONGODB, "8.0"),
    Kind.REDIS: (Engine.VALKEY, "8.1"),
    Kind.POSTGRES: (Engine.POSTGRES, "17"),
    Kind.MYSQL: (Engine.MYSQL, "8.4"),
}
SECRET = "postgres://app:hunter2@db.example.com/app"  # noqa: S105 (stands for a secret that must not show)

State = dict[str, dict[str, object]]


def store(kind: Kind, **changed) -> StoreArgs:
    """A usual store of `kind`, changed as told; a changed field of `Placement` changes where it lives."""
    place = {key: changed.pop(key) for key in list(changed) if key in Placement.__dataclass_fields__}
    engine, version = USUAL[kind]
    if changed.get("backend") is Backend.EXTERNAL:
        changed.setdefault("external", ExternalArgs(uri=SECRET))
    usual = {"name": str(kind), "backend": Backend.IN_CLUSTER, "engine": engine, "version": version}
    usual |= {"storage_gib": 50, "placement": replace(HERE, **place)}
    changed.setdefault("pods", replace(ARGS[kind].pods, storage_class=changed.pop("storage_class", "fast")))
    return ARGS[kind](**usual | changed)


def wants(*stores: StoreArgs) -> Settings:
    """The settings of stack `prod` with these stores."""
    cluster = ClusterArgs(kind=ClusterKind.EXISTING, context="home", identifier="home", kubeconfig=None)
    return Settings(
        project="ladder",
        stack="prod",
        organization="acme",
        placement=HERE,
        cluster=cluster,
        stores={it.kind: it for it in stores},
    )


def claims(it: StoreArgs) -> State:
    """The claims that a run leaves in the state for a store."""
    if not it.holds_data:
        return {}
    chain = f"ladder:index:{it.kind.title()}$ladder:{it.kind}:InCluster$kubernetes:core/v1:PersistentVolumeClaim"
    return {
        f"urn:pulumi:prod::ladder::{chain}::{naming.claim(it.name, ordinal)}": {
            "type": "kubernetes:core/v1:PersistentVolumeClaim",
            "outputs": {
                "metadata": {
                    "name": naming.claim(it.name, ordinal),
                    "namespace": it.placement.namespace,
                    "annotations": {"pv.kubernetes.io/bind-completed": "yes", **record.annotations(it)},
                },
                "spec": {
                    "storageClassName": it.pods.storage_class,
                    "resources": {"requests": {"storage": f"{it.storage_gib}Gi"}},
                },
            },
        }
        for ordinal in range(it.replicas)
    }


def written(it: StoreArgs) -> State:
    """The record that a finished run leaves in the state for a store."""
    urn = f"urn:pulumi:prod::ladder::ladder:index:{it.kind.title()}$kubernetes:core/v1:ConfigMap::ladder-{it.name}"
    text = json.dumps({"schema": record.SCHEMA, **record.recorded(it)})
    outputs = {"metadata": {"name": f"ladder-{it.name}"}, "data": {record.KEY: text}}
    return {urn: {"type": "kubernetes:core/v1:ConfigMap", "outputs": outputs}}


def finished(*stores: StoreArgs) -> State:
    """The state that a finished run leaves."""
    return {urn: row for it in stores for urn, row in (claims(it) | written(it)).items()}


def climbing(phase: Phase, source: StoreArgs, target: StoreArgs, **said) -> StoreArgs:
    """`source` on its way to `target`; `said` is what the section says of the climb beside that."""
    return replace(source, phase=phase, climb=Climb(to=replace(target, phase=phase, arriving=True), **said))


def held(*stores: StoreArgs) -> Ledger:
    """The ledger after a finished run."""
    return ledger.parse(finished(*stores))
