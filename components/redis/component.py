"""The facade of Redis-compatible stores."""

from typing import assert_never

from components import options
from components.catalog import Backend
from components.external import External
from components.facade import Made, Store
from components.redis.args import PORT, RedisArgs, runs
from components.redis.in_cluster import InCluster
from components.store import StoreArgs


class Redis(Store):
    """A Redis-compatible store on the backend that its args name."""

    TOKEN = "ladder:index:Redis"  # noqa: S105 (a type's name)

    def run(self, args: StoreArgs) -> Made:
        """Make the backend; a cloud's SDK is loaded by who needs it alone."""
        if not isinstance(args, RedisArgs) or not runs(args.backend):
            raise TypeError(f"store {args.name}: {args.backend} runs no redis")
        match args.backend:
            case Backend.IN_CLUSTER:
                return InCluster(args.name, self.asked(args), options.child(self))
            case Backend.AWS_ELASTICACHE:
                from components.redis.aws_elasticache import AwsElasticache

                return AwsElasticache(args, self.asked(args, generation=args.aws.passwords), options.child(self))
            case Backend.GCP_MEMORYSTORE:
                from components.redis.gcp_memorystore import GcpMemorystore

                return GcpMemorystore(args, options.child(self))
            case Backend.EXTERNAL:
                return External.run(args, PORT)
            case _:
                assert_never(args.backend)
