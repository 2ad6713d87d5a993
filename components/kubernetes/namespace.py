"""The namespace of a stack: stores, their jobs and the application live in it."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.kubernetes import network_policy


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """What a namespace is asked for.

    Attributes:
        name: Its name in the cluster.
        owner: `<project>.<stack>`, kept as a label by which a second stack is refused.
        protect: Whether the engine must refuse to delete it: with it would go every claim.
    """

    name: str
    owner: str
    protect: bool = True


class Namespace(pulumi.ComponentResource):
    """A namespace in which only restricted pods run and nothing reaches anything unasked.

    Creates:
        - the Namespace, with Pod Security level `restricted` enforced
        - a NetworkPolicy that leaves name resolution and closes the rest
    """

    TOKEN = "ladder:kubernetes:Namespace"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the namespace and close it."""
        super().__init__(self.TOKEN, name, None, opts)
        namespace = k8s.core.v1.Namespace(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.name,
                labels={
                    labels.STACK: args.owner,
                    labels.MANAGED_BY: "ladder",
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            ),
            opts=options.child(self, protect=args.protect),
        )
        network_policy.deny_by_default(self, args.name, after=namespace, protect=args.protect)
        self.register_outputs({"name": namespace.metadata.name})
