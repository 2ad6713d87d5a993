"""The facade of Redis-compatible stores."""

from typing import assert_never

import pulumi

from components import endpoint, options
from components.catalog import Backend
from components.facade import Store
from components.redis.args import PORT, RedisArgs
from components.redis.in_cluster import InCluster
from components.store import BackendArgs


class Redis(Store):
    """A Redis-compatible store on the backend that its args name.

    Creates:
        - the backend, and the password of user `app` where the backend accepts one
        - `ladder-<name>`: the ledger record
    """

    TOKEN = "ladder:index:Redis"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
