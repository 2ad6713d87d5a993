"""Stores and resources of which plans are made up by hand."""

from typing import Any

from components.catalog import Backend, Cloud, Engine, Kind, Role, Stage
from components.mongodb.args import MongodbArgs
from components.mysql.args import MysqlArgs
from components.postgres.args import PostgresArgs
from components.redis.args import RedisArgs
from components.store import Placement, PodArgs, StoreArgs
from ladder.prices import Resource

PLACE = Placement(
    stage=Stage.BOOTSTRAP, cloud=Cloud.AWS, cluster="acme", namespace="ladder-prod", region="eu-central-1"
)


def store(kind: Kind, backend: str = "in_cluster", **more: Any) -> StoreArgs:
    """A store of `kind`, as if it were on `backend`: what the catalogue offers there is not asked."""
    given = {
        "name": str(kind),
        "backend": Backend.IN_CLUSTER,
        "placement": PLACE,
        "pods": PodArgs(storage_class="gp3", memory_mib=1024),
        **more,
    }
    match kind:
        case Kind.POSTGRES:
            made: StoreArgs = PostgresArgs(**{"engine": Engine.POSTGRES, "version": "17", **given})
        case Kind.MONGODB:
            made = MongodbArgs(**{"engine": Engine.MONGODB, "version": "8.0", **given})
        case Kind.MYSQL:
            made = MysqlArgs(**{"engine": Engine.MYSQL, "version": "8.4", **given})
        case Kind.REDIS:
            made = RedisArgs(**{"engine": Engine.VALKEY, "version": "8.1", "role": Role.STORE, **given})
    object.__setattr__(made, "backend", backend)
    return made


def resource(type_: str, part: str = "postgres", **inputs: Any) -> Resource:
    """A resource of a component."""
    return Resource(part=part, type=type_, name=part, inputs=inputs)


RDS = resource(
    "aws:rds/instance",
    engine="postgres",
    instanceClass="db.t4g.small",
    allocatedStorage=50,
    storageType="gp3",
    multiAz=True,
    backupRetentionPeriod=7,
    deletionProtection=True,
    skipFinalSnapshot=False,
    storageEncrypted=True,
)
