"""What a PostgreSQL store is asked for."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeGuard, get_args

from components import managed
from components.aws import args as aws
from components.aws import offers
from components.catalog import Backend, Kind
from components.gcp import args as gcp
from components.gcp import offers as gcp_offers
from components.store import Problem, StoreArgs

PORT = 5432

PostgresBackend = Literal[Backend.IN_CLUSTER, Backend.AWS_RDS, Backend.GCP_CLOUD_SQL, Backend.EXTERNAL]
"""What can run one."""

RDS_LEAST_GIB, RDS_MOST_GIB = 20, 65536
"""Of a gp3 volume under PostgreSQL. Source: RDS user guide, "Amazon RDS DB instance storage"."""

RDS_LONGEST_NAME = 54
"""Of the 63 characters that an instance's name has, less `-reader-9`."""

CLOUD_SQL_LEAST_GIB, CLOUD_SQL_MOST_GIB = 10, 65536
"""Of a solid-state disk under Cloud SQL. Source: "Instance settings", Cloud SQL for PostgreSQL."""

CLOUD_SQL_LONGEST_NAME = 54
"""Of the 63 characters that the name of a zone of Cloud DNS has, less `-reader-9`; an instance's name has more."""


def runs(backend: Backend) -> TypeGuard[PostgresBackend]:
    """Whether `backend` can run one."""
    return backend in get_args(PostgresBackend)


@dataclass(frozen=True, kw_only=True)
class RdsArgs(aws.AwsArgs):
    """`aws` of a PostgreSQL store.

    Attributes:
        instance_class: Of the server, its standby and its readers. Changing it restarts the server.
        storage_max_gib: Up to where storage grows by itself; absent means five times `storage_gib`.
    """

    instance_class: str = "db.t4g.small"
    storage_max_gib: int | None = None


@dataclass(frozen=True, kw_only=True)
class CloudSqlArgs(gcp.GcpArgs):
    """`gcp` of a PostgreSQL store.

    Attributes:
        tier: Machine of the server, its standby and its readers. Changing it restarts the server.
        storage_max_gib: Up to where storage grows by itself; absent means five times `storage_gib`.
        backup_start: When the four hours begin in which the daily backup is taken, UTC, `hh:mm`.
    """

    tier: str = "db-custom-1-3840"
    storage_max_gib: int | None = None
    backup_start: str = "02:00"

    @property
    def edition(self) -> str:
        """Of Cloud SQL: the machine tells."""
        return "ENTERPRISE_PLUS" if gcp_offers.is_plus(self.tier) else "ENTERPRISE"

    @property
    def log_days(self) -> int:
        """How far back any second can be had. Source: Terraform provider, `transaction_log_retention_days`."""
        return min(self.retention_days, managed.MOST_DAYS if gcp_offers.is_plus(self.tier) else 7)


@dataclass(frozen=True, kw_only=True)
class PostgresArgs(StoreArgs):
    """A store of kind `postgres`.

    Attributes:
        aws: Of RDS.
        gcp: Of Cloud SQL.
    """

    OF_SERVICES: ClassVar = {"aws": Backend.AWS_RDS}

    kind: Kind = field(default=Kind.POSTGRES, init=False)
    aws: RdsArgs = RdsArgs()
    gcp: CloudSqlArgs = CloudSqlArgs()

    @property
    def ceiling_gib(self) -> int:
        """Up to where a service lets its storage grow."""
        on_gcp = self.backend is Backend.GCP_CLOUD_SQL
        ceiling, most = (
            (self.gcp.storage_max_gib, CLOUD_SQL_MOST_GIB) if on_gcp else (self.aws.storage_max_gib, RDS_MOST_GIB)
        )
        return ceiling or min(5 * self.storage_gib, most)

    @property
    def pinned(self) -> Mapping[str, str]:
        """What the service never changes."""
        match self.backend:
            case Backend.AWS_RDS:
                key = {"aws.kms_key": self.aws.kms_key} if self.aws.kms_key else {}
                return {"aws.identifier": aws.identifier(self, self.aws), **key}
            case Backend.GCP_CLOUD_SQL:
                key = {"gcp.kms_key": self.gcp.kms_key} if self.gcp.kms_key else {}
                return {"gcp.identifier": gcp.identifier(self, self.gcp), **key}
            case _:
                return {}

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of the service that it breaks."""
        match self.backend:
            case Backend.AWS_RDS:
                return list(_of_rds(self))
            case Backend.GCP_CLOUD_SQL:
                return list(_of_cloud_sql(self))
            case _:
                return ()


def _of_rds(store: PostgresArgs) -> Iterator[Problem]:
    args = store.aws
    yield from managed.problems(store, args, "aws", "aws.instance_class")
    yield from aws.problems(store, args, RDS_LONGEST_NAME)
    if refused := offers.refuses(offers.Service.RDS, args.instance_class, store.placement.region or ""):
        yield Problem(field="aws.instance_class", value=args.instance_class, rule=refused.rule, fix=refused.fix)
    if not RDS_LEAST_GIB <= store.storage_gib <= RDS_MOST_GIB:
        rule = f"RDS has {RDS_LEAST_GIB} to {RDS_MOST_GIB} GiB"
        yield Problem(field="storage_gib", value=str(store.storage_gib), rule=rule, fix=f"set {RDS_LEAST_GIB} or more")
        return
    # Source of the 26 %: RDS user guide, "Managing capacity automatically with Amazon RDS storage autoscaling".
    least = min(math.ceil(store.storage_gib * 1.26), RDS_MOST_GIB)
    if not least <= store.ceiling_gib <= RDS_MOST_GIB:
        rule = f"must leave room to grow: at least 26 % above storage_gib, at most {RDS_MOST_GIB}"
        yield Problem(field="aws.storage_max_gib", value=str(store.ceiling_gib), rule=rule, fix=f"set {least} or more")


def _of_cloud_sql(store: PostgresArgs) -> Iterator[Problem]:
    args = store.gcp
    yield from managed.problems(store, args, "gcp", "gcp.tier")
    yield from gcp.problems(store, args, CLOUD_SQL_LONGEST_NAME)
    if refused := gcp_offers.refuses(args.tier):
        yield Problem(field="gcp.tier", value=args.tier, rule=refused.rule, fix=refused.fix)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", args.backup_start):
        rule, fix = "is no time of day in UTC", 'for example "02:00"'
        yield Problem(field="gcp.backup_start", value=args.backup_start, rule=rule, fix=fix)
    least, most = CLOUD_SQL_LEAST_GIB, CLOUD_SQL_MOST_GIB
    if not least <= store.storage_gib <= most:
        rule, fix = f"Cloud SQL has {least} to {most} GiB", f"set {least} or more"
        yield Problem(field="storage_gib", value=str(store.storage_gib), rule=rule, fix=fix)
    elif not min(store.storage_gib + 1, most) <= store.ceiling_gib <= most:
        rule, fix = f"must leave room to grow above storage_gib, at most {most}", f"set {store.storage_gib + 1} or more"
        yield Problem(field="gcp.storage_max_gib", value=str(store.ceiling_gib), rule=rule, fix=fix)
