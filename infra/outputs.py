"""What a stack says about itself: no secret in plain text, no proof of what exists (a failed `up` stores it too)."""

from collections.abc import Mapping

import pulumi

from components.app.connections import NAME
from components.catalog import Kind
from components.endpoint import Endpoint
from infra.settings import Settings


def export(wanted: Settings, endpoints: Mapping[Kind, Endpoint], kubeconfig: pulumi.Output[str] | None) -> None:
    """Export where things are; the kubeconfig of a cluster that Ladder made as a secret: it is how people reach it."""
    pulumi.export("namespace", wanted.placement.namespace)
    pulumi.export("connections", NAME)
    if kubeconfig is not None:
        pulumi.export("kubeconfig", pulumi.Output.secret(kubeconfig))
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
