"""Identities of pods at the vault's cloud: which service account is whom, and where that cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.backups.repository import VaultAccess
from components.backups.vault import azure_blob_args, gcs_args, s3_args
from components.backups.watchdog.component import NAME as WATCHDOG
from components.cluster import ClusterKind
from infra.settings import Settings
from infra.vault import VaultError


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How a cloud knows pods.

    Attributes:
        annotation: Of a service account; its value is who its pods are.
        kind: Of the cluster of Ladder's own that can say so; absent where none can.
        by_hand: What somebody does for another cluster that can.
        else_: What fits a cluster that cannot.
    """

    annotation: str
    kind: ClusterKind | None
    by_hand: str
    else_: str


_WAYS = (
    _Way(
        annotation=s3_args.ROLE,
        kind=ClusterKind.EKS,
        by_hand="in a cluster of EKS associate them (aws eks create-pod-identity-association)",
        else_="use a vault whose repository has  access: keys",
    ),
    _Way(
        annotation=gcs_args.ACCOUNT,
        kind=ClusterKind.GKE,
        by_hand="in a cluster of GKE let them be these accounts (roles/iam.workloadIdentityUser)",
        else_="use a vault of kind  s3_compatible  at https://storage.googleapis.com, with two HMAC keys",
    ),
    _Way(
        annotation=azure_blob_args.IDENTITY,
        kind=None,
        by_hand="in a cluster of AKS let them be these identities (az identity federated-credential create)",
        else_="use a vault of another kind: Azure has no keys that delete locks alone",
    ),
)


def check(wanted: Settings, keeper: VaultAccess | None) -> None:
    """Refuse a vault that knows jobs by an identity that the cluster cannot give them.

    Raises:
        VaultError: With the fix. Nothing was registered.
    """
    way = keeper and _way(keeper)
    if keeper is None or way is None or wanted.cluster.kind is way.kind:
        return
    if wanted.cluster.kind is ClusterKind.EXISTING:
        writer, pruner = (it.service_account[way.annotation] for it in (keeper.writer, keeper.pruner))
        pulumi.log.warn(
            f"the vault {wanted.vault} knows the service accounts <store>-backup and {WATCHDOG} as {writer}, "
            f"<store>-pruner as {pruner}: {way.by_hand}, in namespace {wanted.placement.namespace}; "
            f"elsewhere {way.else_}"
        )
        return
    raise VaultError(
        f'ladder:vault = "{wanted.vault}"\n    it knows jobs by identities that a cluster of kind '
        f"{wanted.cluster.kind} cannot give to pods\n    fix: {way.else_}\n"
    )


def bind(wanted: Settings, keeper: VaultAccess, stores: Sequence[str], options: pulumi.ResourceOptions) -> None:
    """Give service accounts the identities that the vault names, where the cluster is Ladder's own.

    Args:
        wanted: Which cluster, and which namespace.
        keeper: The vault.
        stores: Names of those that have backups.
        options: Of the component.
    """
    way = _way(keeper)
    if way is None or wanted.cluster.kind is not way.kind:
        return
    writer, pruner = (it.service_account[way.annotation] for it in (keeper.writer, keeper.pruner))
    names = {f"{store}-backup": writer for store in stores} | {f"{store}-pruner": pruner for store in stores}
    _register(wanted, {**names, WATCHDOG: writer}, options)


def _register(wanted: Settings, identities: Mapping[str, str], options: pulumi.ResourceOptions) -> None:
    # A cloud's SDK is loaded by who needs it alone.
    namespace = wanted.placement.namespace
    if gke := wanted.cluster.gke:
        from components.cluster.gke_identity import GkeIdentity, GkeIdentityArgs

        asked = GkeIdentityArgs(project=gke.place.project, namespace=namespace, accounts=identities)
        GkeIdentity("identities", asked, options)
    else:
        from components.cluster.pod_identity import PodIdentity, PodIdentityArgs

        args = PodIdentityArgs(cluster=wanted.cluster.identifier, namespace=namespace, roles=identities)
        PodIdentity("identities", args, options)


def _way(keeper: VaultAccess) -> _Way | None:
    return next((way for way in _WAYS if way.annotation in keeper.writer.service_account), None)
