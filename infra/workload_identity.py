"""Identities of pods at the vault's cloud: which service account is whom, and where that cannot be."""

from collections.abc import Sequence

import pulumi

from components.backups.repository import VaultAccess
from components.backups.vault.s3_args import ROLE
from components.backups.watchdog.component import NAME as WATCHDOG
from components.cluster import ClusterKind
from infra.settings import Settings
from infra.vault import VaultError


def check(wanted: Settings, keeper: VaultAccess | None) -> None:
    """Refuse a vault that knows jobs by their role in a cluster that can give them none.

    Raises:
        VaultError: With the fix. Nothing was registered.
    """
    if keeper is None or ROLE not in keeper.writer.service_account or wanted.cluster.kind is ClusterKind.EKS:
        return
    if wanted.cluster.kind is ClusterKind.EXISTING:
        pulumi.log.warn(
            f"the vault {wanted.vault} knows jobs by their role; in a cluster of EKS associate the service accounts "
            f"<store>-backup with {keeper.writer.service_account[ROLE]} and <store>-pruner with "
            f"{keeper.pruner.service_account[ROLE]}, in namespace {wanted.placement.namespace} "
            "(aws eks create-pod-identity-association); elsewhere use a vault with access: keys"
        )
        return
    raise VaultError(
        f'ladder:vault = "{wanted.vault}"\n    it knows jobs by their role, and a cluster of kind '
        f"{wanted.cluster.kind} can give pods none\n    fix: use a vault whose repository has  access: keys\n"
    )


def bind(wanted: Settings, keeper: VaultAccess, stores: Sequence[str], options: pulumi.ResourceOptions) -> None:
    """Give service accounts the roles that the vault names, where the cluster is of EKS and Ladder's own.

    Args:
        wanted: Which cluster, and which namespace.
        keeper: The vault.
        stores: Names of those that have backups.
        options: Of the component.
    """
    writer, pruner = (it.service_account.get(ROLE) for it in (keeper.writer, keeper.pruner))
    if wanted.cluster.kind is not ClusterKind.EKS or not writer or not pruner:
        return
    # A cloud's SDK is loaded by who needs it alone.
    from components.cluster.pod_identity import PodIdentity, PodIdentityArgs

    roles = {f"{store}-backup": writer for store in stores} | {f"{store}-pruner": pruner for store in stores}
    args = PodIdentityArgs(
        cluster=wanted.cluster.identifier,
        namespace=wanted.placement.namespace,
        roles={**roles, WATCHDOG: writer},
    )
    PodIdentity("identities", args, options)
