"""Who may reach a store: applications that asked by label, its own members, and nobody else."""

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.catalog import Kind
from components.store import StoreArgs

DNS = k8s.networking.v1.NetworkPolicyEgressRuleArgs(
    ports=[
        k8s.networking.v1.NetworkPolicyPortArgs(protocol="UDP", port=53),
        k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=53),
    ]
)
"""Name resolution, wherever the cluster's resolver lives (it may be an address of the node)."""


def pods(match: dict[str, str]) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    """Pods of the same namespace with these labels."""
    return k8s.networking.v1.NetworkPolicyPeerArgs(pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=match))


PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Addresses that the internet does not route: RFC 1918 and RFC 6598."""


def tcp(port: int, last: int | None = None) -> k8s.networking.v1.NetworkPolicyPortArgs:
    """One TCP port, or all up to `last`."""
    return k8s.networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=port, end_port=last)


def serve(parent: pulumi.Resource, store: StoreArgs, port: int) -> list[pulumi.Resource]:
    """Open a store's port to its users and its members; what goes out reaches members and DNS alone.

    Two policies: `<name>` at the store, and `<name>-clients` at its users, whom the namespace keeps in.
    """
    members = labels.selector(store.kind, store.name)
    clients = {labels.uses(store.kind): "true"}
    out = k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=[pods(members)], ports=[tcp(port)])
    let_in = k8s.networking.v1.NetworkPolicyIngressRuleArgs(from_=[pods(clients), pods(members)], ports=[tcp(port)])
    return [
        _policy(parent, store, store.name, members, ingress=[let_in], egress=[DNS, out]),
        _policy(parent, store, f"{store.name}-clients", clients, ingress=None, egress=[DNS, out]),
    ]


def reach(parent: pulumi.Resource, store: StoreArgs, port: int) -> k8s.networking.v1.NetworkPolicy:
    """Let a store's users out to a service that keeps it, wherever that is.

    A service has a name, a policy knows addresses only: who may come in is for the service's own firewall to say.
    """
    clients = {labels.uses(store.kind): "true"}
    out = k8s.networking.v1.NetworkPolicyEgressRuleArgs(ports=[tcp(port)])
    return _policy(parent, store, f"{store.name}-clients", clients, ingress=None, egress=[DNS, out])


def reach_privately(parent: pulumi.Resource, store: StoreArgs, port: int, last: int) -> k8s.networking.v1.NetworkPolicy:
    """Let a store's users out to a service behind private addresses that serves on many ports."""
    clients = {labels.uses(store.kind): "true"}
    blocks = [
        k8s.networking.v1.NetworkPolicyPeerArgs(ip_block=k8s.networking.v1.IPBlockArgs(cidr=cidr)) for cidr in PRIVATE
    ]
    out = k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=blocks, ports=[tcp(port, last)])
    return _policy(parent, store, f"{store.name}-clients", clients, ingress=None, egress=[DNS, out])


def _policy(
    parent: pulumi.Resource,
    store: StoreArgs,
    name: str,
    match: dict[str, str],
    *,
    ingress: list[k8s.networking.v1.NetworkPolicyIngressRuleArgs] | None,
    egress: list[k8s.networking.v1.NetworkPolicyEgressRuleArgs],
) -> k8s.networking.v1.NetworkPolicy:
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=store.placement.namespace, labels=labels.labels(store.kind, store.name)
        ),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=match),
            policy_types=["Ingress", "Egress"] if ingress else ["Egress"],
            ingress=ingress,
            egress=egress,
        ),
        opts=options.child(parent, protect=store.protected),
    )


def use(
    parent: pulumi.Resource, name: str, namespace: str, match: dict[str, str], kind: Kind, port: int
) -> k8s.networking.v1.NetworkPolicy:
    """Let the pods with labels `match` (a job of Ladder's) reach stores of `kind`, and nothing else."""
    store = k8s.networking.v1.NetworkPolicyPeerArgs(
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={labels.NAME: str(kind)})
    )
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=match),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=match),
            policy_types=["Ingress", "Egress"],
            egress=[DNS, k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=[store], ports=[tcp(port)])],
        ),
        opts=options.child(parent),
    )


def deny_by_default(parent: pulumi.Resource, namespace: str, *, after: pulumi.Resource, protect: bool) -> None:
    """Whatever no other policy selects may resolve names, and nothing else, in either direction."""
    k8s.networking.v1.NetworkPolicy(
        "default-deny",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="default-deny", namespace=namespace),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"], egress=[DNS]
        ),
        opts=options.child(parent, protect=protect, depends_on=[after]),
    )
