"""Which role of AWS the pods of a service account have: EKS Pod Identity."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import options


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """What is asked for.

    Attributes:
        cluster: Name of the cluster of EKS.
        namespace: Of the service accounts.
        roles: ARN of the role by name of the service account.
    """

    cluster: str
    namespace: str
    roles: Mapping[str, str]


class PodIdentity(pulumi.ComponentResource):
    """Roles for service accounts.

    Creates:
        - one association per service account: its pods get credentials of the role, which change by themselves
    """

    TOKEN = "ladder:cluster:PodIdentity"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the associations."""
        super().__init__(self.TOKEN, name, None, opts)
        for account, role in args.roles.items():
            aws.eks.PodIdentityAssociation(
                f"{name}-{account}",
                cluster_name=args.cluster,
                namespace=args.namespace,
                service_account=account,
                role_arn=role,
                opts=options.child(self),
            )
        self.register_outputs({})
