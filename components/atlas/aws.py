"""The way in to Atlas from a network on AWS, and the customer's key there."""

import pulumi
import pulumi_aws as aws
import pulumi_mongodbatlas as atlas

from components import options
from components.atlas import offers
from components.atlas.args import AtlasArgs, identifier
from components.aws import network, tags
from components.catalog import Cloud
from components.cluster import iam
from components.store import StoreArgs


def link(parent: pulumi.Resource, store: StoreArgs, args: AtlasArgs) -> atlas.PrivateLinkEndpointService:
    """Register a private endpoint: the cluster's machines reach Atlas through it, and nobody else does.

    Creates:
        - `<name>-service`: what Atlas offers to its customers' networks
        - `<name>-clients`, `<name>-clients-in`: who may use the endpoint
        - `<name>-endpoint`: an address in each private subnet
        - `<name>-link`: Atlas lets the endpoint in

    Returns:
        The last; its `endpoint_service_id` names the endpoint.
    """
    name, inside = store.name, network.network_of(store)
    service = atlas.PrivateLinkEndpoint(
        f"{name}-service",
        project_id=args.project,
        provider_name=offers.PROVIDERS[Cloud.AWS],
        region=offers.REGIONS[Cloud.AWS][store.placement.region or ""],
        opts=options.child(parent, protect=store.protected),
    )
    group, rule = network.admit(parent, store, identifier(store, args), offers.FIRST_PORT, offers.LAST_PORT)
    endpoint = aws.ec2.VpcEndpoint(
        f"{name}-endpoint",
        vpc_id=inside.vpc_id,
        service_name=service.endpoint_service_name,
        vpc_endpoint_type="Interface",
        subnet_ids=list(inside.private_subnet_ids),
        security_group_ids=[group.id],
        tags=tags.of(store),
        opts=options.child(parent, protect=store.protected, depends_on=[rule]),
    )
    return atlas.PrivateLinkEndpointService(
        f"{name}-link",
        project_id=args.project,
        private_link_id=service.private_link_id,
        provider_name=offers.PROVIDERS[Cloud.AWS],
        endpoint_service_id=endpoint.id,
        opts=options.child(parent, protect=store.protected),
    )


def encrypt(parent: pulumi.Resource, store: StoreArgs, args: AtlasArgs, key: str) -> atlas.EncryptionAtRest:
    """Register what lets Atlas use the customer's key.

    Creates:
        - `<name>-access`, `<name>-key-user`, `<name>-key-use`, `<name>-authorization`: a role that Atlas, and nobody
          else, may take, and that may use the key
        - `<name>-encryption`: of the project
    """
    name, protect = store.name, store.protected
    setup = atlas.CloudProviderAccessSetup(
        f"{name}-access",
        project_id=args.project,
        provider_name=offers.PROVIDERS[Cloud.AWS],
        opts=options.child(parent, protect=protect),
    )
    role = aws.iam.Role(
        f"{name}-key-user",
        assume_role_policy=setup.aws_configs.apply(
            lambda held: _trust(held[0].atlas_aws_account_arn or "", held[0].atlas_assumed_role_external_id or "")
        ),
        tags=tags.of(store),
        opts=options.child(parent, protect=protect),
    )
    use = aws.iam.RolePolicy(
        f"{name}-key-use",
        role=role.name,
        policy=iam.document(iam.allow(["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"], [key])),
        opts=options.child(parent, protect=protect),
    )
    authorization = atlas.CloudProviderAccessAuthorization(
        f"{name}-authorization",
        project_id=args.project,
        role_id=setup.role_id,
        aws=atlas.CloudProviderAccessAuthorizationAwsArgs(iam_assumed_role_arn=role.arn),
        opts=options.child(parent, protect=protect),
    )
    return atlas.EncryptionAtRest(
        f"{name}-encryption",
        project_id=args.project,
        aws_kms_config=atlas.EncryptionAtRestAwsKmsConfigArgs(
            enabled=True,
            customer_master_key_id=key,
            region=offers.REGIONS[Cloud.AWS][store.placement.region or ""],
            role_id=authorization.role_id,
        ),
        opts=options.child(parent, protect=protect, depends_on=[use]),
    )


def _trust(account: str, external_id: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return iam.document(statement)
