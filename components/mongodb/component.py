"""The facade of MongoDB stores."""

from typing import assert_never

from components import options
from components.catalog import Backend
from components.external import External
from components.facade import Made, Store
from components.mongodb.args import PORT, MongodbArgs, runs
from components.mongodb.in_cluster import InCluster
from components.store import StoreArgs


class Mongodb(Store):
    """A MongoDB store on the backend that its args name."""

    TOKEN = "ladder:index:Mongodb"  # noqa: S105 (a type's name)

    def run(self, args: StoreArgs) -> Made:
        """Make the backend; a cloud's SDK is loaded by who needs it alone."""
        if not isinstance(args, MongodbArgs) or not runs(args.backend):
            raise TypeError(f"store {args.name}: {args.backend} runs no mongodb")
        match args.backend:
            case Backend.IN_CLUSTER:
                return InCluster(args.name, self.asked(args), options.child(self))
            case Backend.MONGODB_ATLAS:
                from components.mongodb.mongodb_atlas import MongodbAtlas

                return MongodbAtlas(args, self.asked(args, generation=args.atlas.passwords), options.child(self))
            case Backend.EXTERNAL:
                return External.run(args, PORT)
            case _:
                assert_never(args.backend)
