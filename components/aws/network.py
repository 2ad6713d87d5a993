"""The firewall of a managed store on AWS: the cluster's machines come in, nobody else, and nothing goes out."""

import pulumi
import pulumi_aws as aws

from components import options
from components.aws import tags
from components.cluster.network import AwsNetwork
from components.store import StoreArgs


def network_of(store: StoreArgs) -> AwsNetwork:
    """Where a store lives.

    Raises:
        ValueError: When nobody said so.
    """
    if isinstance(store.network, AwsNetwork):
        return store.network
    raise ValueError(f"store {store.name}: {store.backend} needs a network of AWS and has none; name one")


def admit(
    parent: pulumi.Resource, store: StoreArgs, identifier: str, port: int, last: int | None = None
) -> tuple[aws.ec2.SecurityGroup, aws.vpc.SecurityGroupIngressRule]:
    """Register the security group of a store, and the rule without which nobody reaches it.

    Creates:
        - `<name>-clients`: the group, without a rule of its own
        - `<name>-clients-in`: its only rule

    Args:
        parent: The component that makes them.
        store: Whom they reach.
        identifier: Its name in the account.
        port: On which it serves.
        last: The last port, where it serves on more than one.
    """
    network = network_of(store)
    group = aws.ec2.SecurityGroup(
        f"{store.name}-clients",
        name=f"{identifier}-clients",
        description="Lets the machines of one cluster reach one store",
        vpc_id=network.vpc_id,
        tags=tags.of(store),
        opts=options.child(parent, protect=store.protected),
    )
    rule = aws.vpc.SecurityGroupIngressRule(
        f"{store.name}-clients-in",
        security_group_id=group.id,
        referenced_security_group_id=network.clients_security_group_id,
        ip_protocol="tcp",
        from_port=port,
        to_port=last or port,
        tags=tags.of(store),
        opts=options.child(parent),
    )
    return group, rule
