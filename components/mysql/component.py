"""The facade of MySQL stores."""

from typing import assert_never

from components import options
from components.catalog import Backend
from components.external import External
from components.facade import Made, Store
from components.mysql.args import PORT, MysqlArgs, runs
from components.mysql.in_cluster import InCluster
from components.store import StoreArgs


class Mysql(Store):
    """A MySQL store on the backend that its args name."""

    TOKEN = "ladder:index:Mysql"  # noqa: S105 (a type's name)

    def run(self, args: StoreArgs) -> Made:
        """Make the backend."""
        if not isinstance(args, MysqlArgs) or not runs(args.backend):
            raise TypeError(f"store {args.name}: {args.backend} runs no mysql")
        match args.backend:
            case Backend.IN_CLUSTER:
                return InCluster(args.name, self.asked(args), options.child(self))
            case Backend.EXTERNAL:
                return External.run(args, PORT)
            case _:
                assert_never(args.backend)
