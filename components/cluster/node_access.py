"""How a single machine's cluster is reached, and what it holds from the beginning, on every cloud alike."""

import pulumi
import pulumi_kubernetes as k8s

from components import options
from components.cluster import kubeconfig
from components.cluster.args import STORAGE_CLASS
from components.cluster.node_authority import NodeAuthority

API_PORT = 6443
WEB_PORTS = (80, 443)
EVERYONE = "0.0.0.0/0"


def config(context: str, address: pulumi.Input[str], authority: NodeAuthority) -> pulumi.Output[str]:
    """The kubeconfig, which neither asks the machine nor waits for it. Secret."""
    return pulumi.Output.secret(
        pulumi.Output.all(address, authority.server, authority.certificate, authority.key).apply(
            lambda known: kubeconfig.text(
                context,
                f"https://{known[0]}:{API_PORT}",
                kubeconfig.encoded(known[1]),
                kubeconfig.by_certificate(known[2], known[3]),
            )
        )
    )


def storage_class(parent: pulumi.Resource, name: str, provider: pulumi.ProviderResource) -> None:
    """Register the class of volumes: folders on the encrypted disk that outlive their claims and grow with the disk."""
    k8s.storage.v1.StorageClass(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=STORAGE_CLASS),
        provisioner="rancher.io/local-path",
        reclaim_policy="Retain",
        # The folder has the whole disk; growth is the disk's, and this lets a claim's number follow.
        allow_volume_expansion=True,
        volume_binding_mode="WaitForFirstConsumer",
        opts=options.child(parent, provider=provider),
    )
