"""Where a managed store lives on Google Cloud, and the name by which it is found there."""

from collections.abc import Iterable

import pulumi
import pulumi_gcp as gcp

from components import options
from components.cluster.network import GcpNetwork
from components.gcp import labels
from components.store import StoreArgs

TTL_SECONDS = 60


def network_of(store: StoreArgs) -> GcpNetwork:
    """Where a store lives.

    Raises:
        ValueError: When nobody said so.
    """
    if isinstance(store.network, GcpNetwork):
        return store.network
    raise ValueError(f"store {store.name}: {store.backend} needs a network of Google Cloud and has none; name one")


def pem(certificates: Iterable[str | None]) -> str:
    """Authorities, one below the other."""
    return "".join(f"{certificate.strip()}\n" for certificate in certificates if certificate)


def name(
    parent: pulumi.Resource,
    store: StoreArgs,
    role: str,
    identifier: str,
    dns_name: pulumi.Input[str],
    address: pulumi.Input[str],
) -> gcp.dns.RecordSet:
    """Register the name that a server's certificate carries: within the store's network it leads to its address.

    Creates:
        - `<name>-<role>-zone`: of this name alone, so that no other name is hidden
        - `<name>-<role>-name`: its only record
    """
    zone = gcp.dns.ManagedZone(
        f"{store.name}-{role}-zone",
        name=identifier,
        dns_name=dns_name,
        description="Leads to one server of one store",
        visibility="private",
        private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(
            networks=[
                gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=network_of(store).network),
            ]
        ),
        labels=labels.of(store),
        opts=options.child(parent, protect=store.protected and role == "instance"),
    )
    return gcp.dns.RecordSet(
        f"{store.name}-{role}-name",
        managed_zone=zone.name,
        name=dns_name,
        type="A",
        ttl=TTL_SECONDS,
        rrdatas=[address],
        opts=options.child(parent, protect=store.protected and role == "instance"),
    )
