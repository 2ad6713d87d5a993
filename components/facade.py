"""What the facades of all stores share: what survives a change of backend."""

from collections.abc import Sequence

import pulumi
import pulumi_random as random

from components import options, record
from components.catalog import Backend
from components.endpoint import Endpoint
from components.store import StoreArgs


class Store(pulumi.ComponentResource):
    """Base of the facades. A facade makes its backend a child and ends with `complete`."""

    endpoint: Endpoint
    backend: Backend

    def __init__(self, token: str, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None) -> None:
        """Register the facade.

        Raises:
            ValueError: When the component is named otherwise than the store: names tell a store's resources.
        """
        if name != args.name:
            raise ValueError(f"the component is named {name}, its store {args.name}: use one name for both")
        super().__init__(token, name, None, opts)

    def make_password(self, args: StoreArgs) -> pulumi.Output[str]:
        """The application's password: letters and digits, so that no URI needs to escape it."""
        return random_password(self, f"{args.name}-password", protect=args.protected)

    def complete(self, args: StoreArgs, endpoint: Endpoint, made: Sequence[pulumi.Resource]) -> None:
        """Write the ledger record after everything else, and say what this facade offers."""
        record.write(self, args, after=made)
        self.endpoint = endpoint
        self.backend = args.backend
        self.register_outputs({"endpoint": endpoint.outputs(), "backend": args.backend})


def random_password(parent: pulumi.Resource, name: str, *, protect: bool) -> pulumi.Output[str]:
    """32 letters and digits (190 bits), kept in the state and marked secret."""
    made = random.RandomPassword(name, length=32, special=False, opts=options.child(parent, protect=protect))
    return pulumi.Output.secret(made.result)
