"""The facade of PostgreSQL stores."""

from typing import assert_never

from components import options
from components.catalog import Backend
from components.external import External
from components.facade import Made, Store
from components.postgres.args import PORT, PostgresArgs, runs
from components.postgres.in_cluster import InCluster
from components.store import StoreArgs


class Postgres(Store):
    """A PostgreSQL store on the backend that its args name."""

    TOKEN = "ladder:index:Postgres"  # noqa: S105 (a type's name)

    def run(self, args: StoreArgs) -> Made:
        """Make the backend; a cloud's SDK is loaded by who needs it alone."""
        if not isinstance(args, PostgresArgs) or not runs(args.backend):
            raise TypeError(f"store {args.name}: {args.backend} runs no postgres")
        match args.backend:
            case Backend.IN_CLUSTER:
                return InCluster(args.name, self.asked(args), options.child(self))
            case Backend.AWS_RDS:
                from components.postgres.aws_rds import AwsRds

                return AwsRds(args, self.asked(args, generation=args.aws.passwords), options.child(self))
            case Backend.GCP_CLOUD_SQL:
                from components.postgres.gcp_cloud_sql import GcpCloudSql

                return GcpCloudSql(args, self.asked(args, generation=args.gcp.passwords), options.child(self))
            case Backend.EXTERNAL:
                return External.run(args, PORT)
            case _:
                assert_never(args.backend)
