"""What lets somebody in from outside: told by what each type of resource says, so that two sides can be compared."""

from collections.abc import Callable, Iterator, Mapping

from ladder.engine.properties import Properties, mapping
from ladder.prices.inputs import at, first, flag, items, text

EVERYBODY = ("anybody", "whoever", "the internet", "0.0.0.0/0", "::/0", "every namespace")
"""How the words about somebody begin who may be anybody at all."""


def of(type_: str, inputs: Properties) -> set[str]:
    """Everybody whom a resource lets in from outside its namespace or network, in words."""
    find = _TYPES.get(type_)
    return set(find(inputs)) if find else set()


def _network_policy(inputs: Properties) -> Iterator[str]:
    """Pods of the same namespace ask by label and are let in by design; everybody else counts."""
    spec = mapping(inputs.get("spec"))
    selected = mapping(mapping(spec.get("podSelector")).get("matchLabels"))
    whom = selected.get("app.kubernetes.io/instance") or "every pod"
    types = spec.get("policyTypes")
    if isinstance(types, list) and "Ingress" not in types:
        return
    for rule in items(spec.get("ingress")):
        ports = ", ".join(str(it.get("port")) for it in items(rule.get("ports"))) or "every port"
        for peer in _peers(rule):
            yield f"{peer} to {whom}, port {ports}"


def _peers(rule: Properties) -> Iterator[str]:
    peers = list(items(rule.get("from"))) if rule.get("from") else []
    if not peers:
        yield "anybody"
    for peer in peers:
        if block := text(peer, "ipBlock", "cidr"):
            yield block
        elif "namespaceSelector" in peer:
            names = mapping(mapping(peer.get("namespaceSelector")).get("matchLabels"))
            yield f"namespaces with {_labels(names)}" if names else "every namespace"


def _labels(names: Properties) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(names.items()))


def _service(inputs: Properties) -> Iterator[str]:
    match text(inputs, "spec", "type"):
        case "NodePort":
            for port in items(mapping(inputs.get("spec")).get("ports")):
                yield f"whoever reaches a node, to port {port.get('nodePort')} of it"
        case "LoadBalancer":
            yield "whoever reaches its load balancer"
        case _:
            return


def _web(inputs: Properties) -> Iterator[str]:
    for rule in items(mapping(inputs.get("spec")).get("rules")):
        yield f"whoever asks for {rule.get('host') or 'any host'}"


def _rule(inputs: Properties) -> Iterator[str]:
    ports = f"port {inputs.get('fromPort')}-{inputs.get('toPort')}"
    for key in ("cidrIpv4", "cidrIpv6", "prefixListId"):
        if whom := text(inputs, key):
            yield f"{whom}, {ports}"


def _flag(*path: str, words: str) -> Callable[[Properties], Iterator[str]]:
    def find(inputs: Properties) -> Iterator[str]:
        if flag(inputs, *path):
            yield words

    return find


def _listed(
    group: tuple[str, ...], name: str, key: str = "", words: str = "{}"
) -> Callable[[Properties], Iterator[str]]:
    """The items of a list in a group, or what each says under `key`."""

    def find(inputs: Properties) -> Iterator[str]:
        listed = mapping(first(at(inputs, *group))).get(name)
        for item in listed if isinstance(listed, list) else [listed]:
            value = mapping(item).get(key) if key else item
            if isinstance(value, str):
                yield words.format(value)

    return find


def _several(*finds: Callable[[Properties], Iterator[str]]) -> Callable[[Properties], Iterator[str]]:
    def find(inputs: Properties) -> Iterator[str]:
        for one in finds:
            yield from one(inputs)

    return find


def _bucket_policy(inputs: Properties) -> Iterator[str]:
    policy = inputs.get("policy")
    if isinstance(policy, str) and '"Principal": "*"' in policy and '"Allow"' in policy:
        yield "anybody, by the bucket's policy"


def _no_block(inputs: Properties) -> Iterator[str]:
    for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        if inputs.get(key) is not True:
            yield f"anybody, if the bucket says so: {key} is off"


def _may_be_public(inputs: Properties) -> Iterator[str]:
    if text(inputs, "publicAccessPrevention") != "enforced":
        yield "anybody, if the bucket says so: publicAccessPrevention"


_TYPES: Mapping[str, Callable[[Properties], Iterator[str]]] = {
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": _network_policy,
    "kubernetes:core/v1:Service": _service,
    "kubernetes:networking.k8s.io/v1:Ingress": _web,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule,
    "aws:rds/instance:Instance": _flag("publiclyAccessible", words="the internet, to its address"),
    "aws:eks/cluster:Cluster": _listed(("vpcConfig",), "publicAccessCidrs", words="{} to the cluster's API"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _no_block,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket_policy,
    "gcp:container/cluster:Cluster": _listed(
        ("masterAuthorizedNetworksConfig",), "cidrBlocks", key="cidrBlock", words="{} to the cluster's API"
    ),
    "gcp:storage/bucket:Bucket": _may_be_public,
    "gcp:sql/databaseInstance:DatabaseInstance": _several(
        _flag("settings", "ipConfiguration", "ipv4Enabled", words="the internet, to its address"),
        _listed(("settings", "ipConfiguration"), "authorizedNetworks", key="value"),
    ),
    "mongodbatlas:index/projectIpAccessList:ProjectIpAccessList": _listed((), "cidrBlock"),
}
"""By type, who is let in. A type that is not here lets nobody in by itself."""
