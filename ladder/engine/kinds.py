"""The resource types that the offline engine knows: what replaces them, what their provider makes up.

A type that is missing is an error. To add one, write the input paths whose change forces a replacement, and
the names of the outputs that are not inputs. Sources, read for the pinned versions:

- kubernetes 4.32: `provider/pkg/provider/diff.go` (metadata.name and metadata.namespace always count)
- random 4.21, tls 5.6: the plan modifiers in the schemas of the Terraform providers below them
- AWS, Azure, Google Cloud and Atlas: `ladder/engine/aws_cluster.py`, `aws_stores.py`, `azure.py`, `gcp_cluster.py`,
  `gcp_stores.py`, `atlas.py`
"""

from __future__ import annotations

from dataclasses import dataclass

from ladder.engine import atlas, aws_cluster, aws_stores, azure, gcp_cluster, gcp_stores
from ladder.engine.diff import Change, Kind, contains, parse_path
from ladder.engine.model import UnsupportedError
from ladder.engine.properties import UNKNOWN, Value

_HERE = "ladder/engine/kinds.py"


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """How one type behaves.

    `replaced_by`: paths that force a replacement; `in_place`: where every argument is fixed, the top-level
    properties that are not; `computed`: outputs that the provider makes up, `object.property` where they lie in one,
    `list.0` where they are items.
    """

    replaced_by: tuple[str, ...] = ()
    in_place: frozenset[str] | None = None
    computed: tuple[str, ...] = ()
    namespaced: bool = True

    def forces(self, change: Change) -> bool:
        """Tell whether a change of inputs replaces the resource."""
        if self.in_place is not None:
            return change.path[0] not in self.in_place
        if change.kind is Kind.DELETE and change.path == ("metadata",):
            return True
        return any(_touches(change, path) for path in self.replaced_by)


def kind_of(type_: str) -> ResourceKind:
    """Return what is known of a type.

    Raises:
        UnsupportedError: nothing is known of it.
    """
    found = KINDS.get(type_)
    if found is None:
        raise UnsupportedError(
            f"{type_}: the offline engine does not know which changes replace this type; add it to {_HERE}"
        )
    return found


def is_kubernetes(type_: str) -> bool:
    """Tell whether the kubernetes provider manages a type."""
    return type_.startswith("kubernetes:")


def _touches(change: Change, forced: str) -> bool:
    path = parse_path(forced)
    if contains(path, change.path):
        return True
    if not contains(change.path, path):
        return False
    # A whole object came or went: it counts when what came holds the path, or may hold it.
    value: Value = change.new
    if value == UNKNOWN:
        return True
    for part in path[len(change.path) :]:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[str(part)]
    return True


def _kubernetes(*paths: str, namespaced: bool = True) -> ResourceKind:
    return ResourceKind(replaced_by=("metadata.name", "metadata.namespace", *paths), namespaced=namespaced)


_WORKLOAD = _kubernetes("spec.selector")
_CERTIFICATE = ("certPem", "readyForRenewal", "validityStartTime", "validityEndTime")
_KEY = ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh")
_FINGERPRINTS = ("publicKeyFingerprintMd5", "publicKeyFingerprintSha256")

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 a type token
NAMESPACE = "kubernetes:core/v1:Namespace"
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 a type token
RANDOM_ID = "random:index/randomId:RandomId"
PRIVATE_KEY = "tls:index/privateKey:PrivateKey"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
CERT_REQUEST = "tls:index/certRequest:CertRequest"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"

KINDS: dict[str, ResourceKind] = {
    NAMESPACE: _kubernetes(namespaced=False),
    # The data of these two counts unless the provider lets it change: ladder/engine/kubernetes.py.
    CONFIG_MAP: _kubernetes(),
    SECRET: _kubernetes("type"),
    "kubernetes:core/v1:Service": _kubernetes("spec.clusterIP"),
    "kubernetes:core/v1:ServiceAccount": _kubernetes(),
    "kubernetes:core/v1:PersistentVolumeClaim": _kubernetes(
        "spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"
    ),
    "kubernetes:core/v1:LimitRange": _kubernetes(),
    "kubernetes:core/v1:ResourceQuota": _kubernetes("spec.scopes"),
    "kubernetes:apps/v1:StatefulSet": _kubernetes(
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "kubernetes:apps/v1:Deployment": _WORKLOAD,
    "kubernetes:apps/v1:DaemonSet": _WORKLOAD,
    "kubernetes:batch/v1:Job": _kubernetes("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "kubernetes:batch/v1:CronJob": _kubernetes(),
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": _kubernetes(),
    "kubernetes:networking.k8s.io/v1:Ingress": _kubernetes(),
    "kubernetes:policy/v1:PodDisruptionBudget": _kubernetes(),
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": _kubernetes(),
    "kubernetes:rbac.authorization.k8s.io/v1:Role": _kubernetes(),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": _kubernetes("roleRef"),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": _kubernetes(namespaced=False),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": _kubernetes("roleRef", namespaced=False),
    "kubernetes:scheduling.k8s.io/v1:PriorityClass": _kubernetes(namespaced=False),
    "kubernetes:storage.k8s.io/v1:StorageClass": _kubernetes("parameters", "provisioner", namespaced=False),
    PASSWORD: ResourceKind(in_place=frozenset(), computed=("result", "bcryptHash")),
    RANDOM_ID: ResourceKind(in_place=frozenset(), computed=("hex", "dec", "b64Std", "b64Url")),
    PRIVATE_KEY: ResourceKind(in_place=frozenset(), computed=(*_KEY, *_FINGERPRINTS)),
    SELF_SIGNED: ResourceKind(in_place=frozenset({"earlyRenewalHours"}), computed=(*_CERTIFICATE, "keyAlgorithm")),
    CERT_REQUEST: ResourceKind(in_place=frozenset(), computed=("certRequestPem", "keyAlgorithm")),
    LOCALLY_SIGNED: ResourceKind(in_place=frozenset({"earlyRenewalHours"}), computed=(*_CERTIFICATE, "caKeyAlgorithm")),
    "kubernetes:eks.amazonaws.com/v1:NodeClass": _kubernetes(namespaced=False),
    "kubernetes:eks.amazonaws.com/v1:IngressClassParams": _kubernetes(namespaced=False),
    "kubernetes:karpenter.sh/v1:NodePool": _kubernetes(namespaced=False),
    "kubernetes:networking.k8s.io/v1:IngressClass": _kubernetes(namespaced=False),
    **{
        type_: ResourceKind(replaced_by=facts.replaced_by, computed=facts.computed)
        for type_, facts in {
            **aws_cluster.TYPES,
            **aws_stores.TYPES,
            **gcp_cluster.TYPES,
            **gcp_stores.TYPES,
            **atlas.TYPES,
            **azure.TYPES,
        }.items()
    },
}
