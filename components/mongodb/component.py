"""The facade of MongoDB stores."""

from typing import assert_never

import pulumi

from components import endpoint, options
from components.catalog import Backend
from components.facade import Store
from components.mongodb.args import PORT, MongodbArgs
from components.mongodb.in_cluster import InCluster
from components.store import BackendArgs


class Mongodb(Store):
    """A MongoDB store on the backend that its args name.

    Creates:
        - the backend, and the password of user `app` where the backend accepts one
        - `ladder-<name>`: the ledger record
    """

    TOKEN = "ladder:index:Mongodb"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: MongodbArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the store."""
        super().__init__(self.TOKEN, name, args, opts)
        match args.backend:
            case Backend.IN_CLUSTER:
                wanted = BackendArgs(store=args, password=self.make_password(args))
                backend = InCluster(name, wanted, options.child(self))
                self.complete(args, backend.endpoint, backend.made)
            case Backend.EXTERNAL:
                self.complete(args, endpoint.external_endpoint(args.uri or "", args.ca, PORT), [])
            case _:
                assert_never(args.backend)
