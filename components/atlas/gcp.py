"""The way in to Atlas from a network on Google Cloud, and the customer's key there."""

import pulumi
import pulumi_gcp as gcp
import pulumi_mongodbatlas as atlas

from components import options
from components.atlas import offers
from components.atlas.args import AtlasArgs, identifier
from components.catalog import Cloud
from components.gcp import labels
from components.gcp.network import network_of
from components.store import StoreArgs

_ROLES = ("roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/cloudkms.viewer")


def link(parent: pulumi.Resource, store: StoreArgs, args: AtlasArgs) -> atlas.PrivateLinkEndpointService:
    """Register a service connection: from the cluster's network Atlas is one private address.

    Creates:
        - `<name>-service`: what Atlas offers to its customers' networks, all nodes behind one address
        - `<name>-address`, `<name>-endpoint`: the address, in the subnetwork of the cluster's machines
        - `<name>-link`: Atlas lets the endpoint in

    Returns:
        The last; its `endpoint_service_id` names the endpoint.

    Raises:
        ValueError: When nobody said where the cluster is.
    """
    name, called, inside = store.name, identifier(store, args).lower(), network_of(store)
    service = atlas.PrivateLinkEndpoint(
        f"{name}-service",
        project_id=args.project,
        provider_name=offers.PROVIDERS[Cloud.GCP],
        region=offers.REGIONS[Cloud.GCP][store.placement.region or ""],
        port_mapping_enabled=True,
        opts=options.child(parent, protect=store.protected),
    )
    address = gcp.compute.Address(
        f"{name}-address",
        name=called,
        project=inside.project,
        region=inside.region,
        subnetwork=inside.subnetwork,
        address_type="INTERNAL",
        labels=labels.of(store),
        opts=options.child(parent, protect=store.protected),
    )
    endpoint = gcp.compute.ForwardingRule(
        f"{name}-endpoint",
        name=called,
        project=inside.project,
        region=inside.region,
        network=inside.network,
        ip_address=address.self_link,
        target=service.service_attachment_names[0],
        # What the SDK would fill in is for load balancers.
        load_balancing_scheme="",
        labels=labels.of(store),
        opts=options.child(parent, protect=store.protected),
    )
    return atlas.PrivateLinkEndpointService(
        f"{name}-link",
        project_id=args.project,
        private_link_id=service.private_link_id,
        provider_name=offers.PROVIDERS[Cloud.GCP],
        endpoint_service_id=endpoint.name,
        private_endpoint_ip_address=address.address,
        gcp_project_id=inside.project,
        opts=options.child(parent, protect=store.protected),
    )


def encrypt(parent: pulumi.Resource, store: StoreArgs, args: AtlasArgs, key: str) -> atlas.EncryptionAtRest:
    """Register what lets Atlas use the customer's key.

    Creates:
        - `<name>-access`, `<name>-authorization`: the account that Atlas uses in Google Cloud
        - `<name>-key-…`: what it may do with the key
        - `<name>-encryption`: of the project
    """
    name, protect = store.name, store.protected
    setup = atlas.CloudProviderAccessSetup(
        f"{name}-access",
        project_id=args.project,
        provider_name=offers.PROVIDERS[Cloud.GCP],
        opts=options.child(parent, protect=protect),
    )
    authorization = atlas.CloudProviderAccessAuthorization(
        f"{name}-authorization",
        project_id=args.project,
        role_id=setup.role_id,
        opts=options.child(parent, protect=protect),
    )
    member = authorization.gcps.apply(lambda held: f"serviceAccount:{held[0].service_account_for_atlas}")
    granted = [
        gcp.kms.CryptoKeyIAMMember(
            f"{name}-key-{role.rpartition('.')[2]}",
            crypto_key_id=key.partition("/cryptoKeyVersions/")[0],
            role=role,
            member=member,
            opts=options.child(parent, protect=protect),
        )
        for role in _ROLES
    ]
    return atlas.EncryptionAtRest(
        f"{name}-encryption",
        project_id=args.project,
        google_cloud_kms_config=atlas.EncryptionAtRestGoogleCloudKmsConfigArgs(
            enabled=True, key_version_resource_id=key, role_id=authorization.role_id
        ),
        opts=options.child(parent, protect=protect, depends_on=granted),
    )
