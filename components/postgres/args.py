"""What a PostgreSQL store is asked for."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeGuard, get_args

from components import managed
from components.aws import args as aws
from components.aws import offers
from components.catalog import Backend, Kind
from components.store import Problem, StoreArgs

PORT = 5432

PostgresBackend = Literal[Backend.IN_CLUSTER, Backend.AWS_RDS, Backend.EXTERNAL]
"""What can run one."""

RDS_LEAST_GIB, RDS_MOST_GIB = 20, 65536
"""Of a gp3 volume under PostgreSQL. Source: RDS user guide, "Amazon RDS DB instance storage"."""

RDS_LONGEST_NAME = 54
"""Of the 63 characters that an instance's name has, less `-reader-9`."""


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
class PostgresArgs(StoreArgs):
    """A store of kind `postgres`.

    Attributes:
        aws: Of RDS.
    """

    kind: Kind = field(default=Kind.POSTGRES, init=False)
    aws: RdsArgs = RdsArgs()

    @property
    def ceiling_gib(self) -> int:
        """Up to where RDS lets its storage grow."""
        return self.aws.storage_max_gib or min(5 * self.storage_gib, RDS_MOST_GIB)

    @property
    def pinned(self) -> Mapping[str, str]:
        """What RDS never changes."""
        if self.backend is not Backend.AWS_RDS:
            return {}
        key = {"aws.kms_key": self.aws.kms_key} if self.aws.kms_key else {}
        return {"aws.identifier": aws.identifier(self, self.aws), **key}

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of RDS that it breaks."""
        return list(_of_rds(self)) if self.backend is Backend.AWS_RDS else ()


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
