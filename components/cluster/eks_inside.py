"""What a cluster of EKS needs inside before anything else: machines, disks, and network policies that are enforced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components import options
from components.cluster.args import STORAGE_CLASS, Window

NAME = "ladder"
"""Of the node class and the node pool."""

INGRESS_CLASS = "alb"

EXPIRES = "480h"
"""Machines end by themselves after 20 days, whatever the window says: Auto Mode allows 21 at most. A new image, about
once a week, replaces them in the window long before. Source: "Create a node pool" and "Managed instances", EKS."""

DRAIN = "1h"
"""How long a machine waits for pods that must not be disrupted. Because it is set, a machine with a new image to take
is replaced although databases run on it (Karpenter: drift begins, and the annotation holds until this has passed);
consolidation never touches it."""


@dataclass(frozen=True, kw_only=True)
class InsideArgs:
    """What is asked for.

    Attributes:
        node_role: Name of the role of the machines.
        subnet_ids: Where machines stand.
        security_group_id: Of the machines.
        window: When machines may be replaced.
        kms_key: ARN of the key of all disks; absent means AWS's own.
        tags: Of machines and disks.
        protect: Whether the engine guards what the stores run on.
    """

    node_role: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    window: Window
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    protect: bool = True


class Inside(pulumi.ComponentResource):
    """The inside of a cluster of EKS in Auto Mode.

    Creates:
        - ConfigMap `amazon-vpc-cni`: switches the enforcement of network policies on
        - node class and node pool `ladder`: machines on demand in the private subnets, tagged, replaced in the window
        - storage class `ladder`: gp3, encrypted; grows; a volume outlives its claim
        - ingress class `alb`: load balancers of Auto Mode, reached from the internet
    """

    TOKEN = "ladder:cluster:EksInside"  # noqa: S105 (a type's name)

    def __init__(
        self, name: str, args: InsideArgs, cluster: k8s.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make everything through `cluster`."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._cluster = cluster
        k8s.core.v1.ConfigMap(
            f"{name}-network-policy",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="amazon-vpc-cni", namespace="kube-system"),
            data={"enable-network-policy-controller": "true"},
            opts=self._options(protect=args.protect),
        )
        node_class = self._node_class()
        self._node_pool(node_class)
        self._storage_class()
        self._ingress_class()
        self.register_outputs({"storage_class": STORAGE_CLASS})

    def _options(self, *, protect: bool = False, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return options.child(self, provider=self._cluster, protect=protect, depends_on=depends_on)

    def _node_class(self) -> pulumi.Resource:
        args = self._args
        disk = {"size": "80Gi", **({"kmsKeyID": args.kms_key} if args.kms_key else {})}
        return k8s.apiextensions.CustomResource(
            f"{self._name}-node-class",
            api_version="eks.amazonaws.com/v1",
            kind="NodeClass",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=NAME),
            spec={
                "role": args.node_role,
                "subnetSelectorTerms": [{"id": subnet} for subnet in args.subnet_ids],
                "securityGroupSelectorTerms": [{"id": args.security_group_id}],
                "networkPolicy": "DefaultAllow",
                "networkPolicyEventLogs": "Disabled",
                "ephemeralStorage": disk,
                "tags": dict(args.tags),
            },
            opts=self._options(protect=args.protect),
        )

    def _node_pool(self, node_class: pulumi.Resource) -> None:
        k8s.apiextensions.CustomResource(
            f"{self._name}-node-pool",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=NAME),
            spec=node_pool(self._args.window),
            opts=self._options(protect=self._args.protect, depends_on=[node_class]),
        )

    def _storage_class(self) -> None:
        args = self._args
        key = {"kmsKeyId": args.kms_key} if args.kms_key else {}
        tags = {
            f"tagSpecification_{number}": f"{tag}={args.tags[tag]}" for number, tag in enumerate(sorted(args.tags), 1)
        }
        k8s.storage.v1.StorageClass(
            f"{self._name}-storage-class",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=STORAGE_CLASS, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.eks.amazonaws.com",
            parameters={"type": "gp3", "encrypted": "true", **key, **tags},
            reclaim_policy="Retain",
            allow_volume_expansion=True,
            volume_binding_mode="WaitForFirstConsumer",
            opts=self._options(),
        )

    def _ingress_class(self) -> None:
        kind, group = "IngressClassParams", "eks.amazonaws.com"
        tags = [{"key": tag, "value": self._args.tags[tag]} for tag in sorted(self._args.tags)]
        parameters = k8s.apiextensions.CustomResource(
            f"{self._name}-ingress-parameters",
            api_version=f"{group}/v1",
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=INGRESS_CLASS),
            spec={"scheme": "internet-facing", "tags": tags},
            opts=self._options(),
        )
        k8s.networking.v1.IngressClass(
            f"{self._name}-ingress-class",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=INGRESS_CLASS, annotations={"ingressclass.kubernetes.io/is-default-class": "true"}
            ),
            spec=k8s.networking.v1.IngressClassSpecArgs(
                controller=f"{group}/alb",
                parameters=k8s.networking.v1.IngressClassParametersReferenceArgs(
                    api_group=group, kind=kind, name=INGRESS_CLASS
                ),
            ),
            opts=self._options(depends_on=[parameters]),
        )


def node_pool(window: Window) -> dict[str, object]:
    """The pool: any current machine of general use, never spot; one goes at a time, for a new image in the window."""
    schedule, hours = window.closed

    def any_of(key: str, *values: str) -> dict[str, object]:
        return {"key": key, "operator": "In", "values": list(values)}

    requirements = [
        any_of("karpenter.sh/capacity-type", "on-demand"),
        any_of("kubernetes.io/arch", "amd64"),
        any_of("eks.amazonaws.com/instance-category", "c", "m", "r"),
        {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["4"]},
    ]
    return {
        "template": {
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NAME},
                "requirements": requirements,
                "expireAfter": EXPIRES,
                "terminationGracePeriod": DRAIN,
            }
        },
        "disruption": {
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
            "consolidateAfter": "10m",
            "budgets": [
                {"nodes": "1"},
                {"nodes": "0", "reasons": ["Drifted"], "schedule": schedule, "duration": f"{hours}h"},
            ],
        },
    }
