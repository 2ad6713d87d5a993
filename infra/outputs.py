"""What a stack says about itself: never a secret, and never proof of what exists (a failed `up` stores it too)."""

from collections.abc import Mapping

import pulumi

from components.app.connections import NAME
from components.catalog import Kind
from components.endpoint import Endpoint
from infra.settings import Settings


def export(wanted: Settings, endpoints: Mapping[Kind, Endpoint]) -> None:
    """Export where things are."""
    pulumi.export("namespace", wanted.placement.namespace)
    pulumi.export("connections", NAME)
    pulumi.export(
        "stores",
        {
            str(kind): {
                "name": wanted.stores[kind].name,
                "backend": wanted.stores[kind].backend,
                "host": endpoint.host,
                "port": endpoint.port,
            }
            for kind, endpoint in endpoints.items()
        },
    )
