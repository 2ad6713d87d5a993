"""Whom the pods of a service account are to Google Cloud: workload identity of GKE."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components import options


@dataclass(frozen=True, kw_only=True)
class GkeIdentityArgs:
    """What is asked for.

    Attributes:
        project: Of the cluster.
        namespace: Of the service accounts.
        accounts: Email of the account in Google Cloud by name of the service account in Kubernetes.
    """

    project: str
    namespace: str
    accounts: Mapping[str, str]


class GkeIdentity(pulumi.ComponentResource):
    """Accounts for service accounts.

    Creates:
        - per service account the right to be its account; the annotation of the service account does the rest
    """

    TOKEN = "ladder:cluster:GkeIdentity"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: GkeIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Grant the rights."""
        super().__init__(self.TOKEN, name, None, opts)
        for account, email in args.accounts.items():
            owner = email.partition("@")[2].partition(".")[0]
            gcp.serviceaccount.IAMMember(
                f"{name}-{account}",
                service_account_id=f"projects/{owner}/serviceAccounts/{email}",
                role="roles/iam.workloadIdentityUser",
                member=f"serviceAccount:{args.project}.svc.id.goog[{args.namespace}/{account}]",
                opts=options.child(self),
            )
        self.register_outputs({})
