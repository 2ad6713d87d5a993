"""What jobs may reach beside the store: the repository, and nothing else."""

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.backups.pod import NAME
from components.backups.repository import Identity, Repository
from components.kubernetes import network_policy
from components.store import StoreArgs

_METADATA = ("169.254.169.254/32", "169.254.169.252/32", "169.254.170.23/32")
"""Where nodes hand out workload identities: AWS, GCP and Azure metadata, GKE's own, EKS Pod Identity."""


def reach_repository(
    parent: pulumi.Resource, store: StoreArgs, repository: Repository
) -> k8s.networking.v1.NetworkPolicy:
    """Register `<store>-backups`: nothing comes in to a job, and out it reaches the repository.

    A bucket in a cloud has no addresses of its own, so there the port alone is closed in.
    """
    match = labels.selector(NAME, store.name)
    name = f"{store.name}-backups"
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=store.placement.namespace, labels=labels.labels(NAME, store.name)
        ),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=match),
            policy_types=["Ingress", "Egress"],
            egress=[network_policy.DNS, *out(repository, (repository.writer, repository.pruner))],
        ),
        opts=options.child(parent),
    )


def out(
    repository: Repository, identities: tuple[Identity, ...]
) -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    """The rules by which a pod reaches a repository as one of `identities`."""
    if repository.in_cluster:
        server = k8s.networking.v1.NetworkPolicyPeerArgs(
            namespace_selector=k8s.meta.v1.LabelSelectorArgs(
                match_labels={"kubernetes.io/metadata.name": repository.in_cluster}
            ),
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={labels.NAME: "ladder-vault"}),
        )
        return [_rule([server], repository.port)]
    rules = [_rule([_block("0.0.0.0/0"), _block("::/0")], repository.port)]
    if any(identity.service_account for identity in identities):
        rules.append(_rule([_block(address) for address in _METADATA], 80, 988))
    return rules


def _block(cidr: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return k8s.networking.v1.NetworkPolicyPeerArgs(ip_block=k8s.networking.v1.IPBlockArgs(cidr=cidr))


def _rule(
    to: list[k8s.networking.v1.NetworkPolicyPeerArgs], *ports: int
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=to, ports=[network_policy.tcp(port) for port in ports])
