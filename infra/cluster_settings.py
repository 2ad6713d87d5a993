"""From `ladder:cluster` as it is written to what the component is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from components.catalog import Cloud
from components.cluster.args import (
    STORAGE_CLASS,
    ClusterArgs,
    ClusterError,
    ClusterKind,
    EksArgs,
    GkeArgs,
    Window,
    clouds,
)
from components.cluster.network import AwsNetwork, GcpNetwork
from components.cluster.node_args import AwsNodeArgs, GcpNodeArgs, NodeArgs
from components.cluster.place import AwsPlace, GcpPlace
from components.gcp.args import PROJECT
from components.store import Problem
from infra.complaints import Complaint
from infra.schema import ClusterSection, NetworkSection, NodeSection

KEY = "ladder:cluster"

_MADE = (ClusterKind.EKS, ClusterKind.GKE, ClusterKind.SINGLE_NODE)
_MACHINES = (ClusterKind.EKS, ClusterKind.SINGLE_NODE)
_ONLY: dict[str, tuple[ClusterKind, ...]] = {
    "storage_class": (ClusterKind.EXISTING,),
    "network": (ClusterKind.EXISTING,),
    "api_access": _MADE,
    "version": _MACHINES,
    "zones": _MACHINES,
    "cidr": _MADE,
    "kms_key": _MADE,
    "nat": (ClusterKind.EKS,),
    "admins": (ClusterKind.EKS,),
    "window": (ClusterKind.EKS, ClusterKind.GKE),
    "node": (ClusterKind.SINGLE_NODE,),
}
"""Settings that not every kind of cluster has."""

NETWORKS = {
    Cloud.AWS: "{vpc: vpc-…, subnets: [subnet-…, subnet-…], security_group: sg-… (of the machines)}",
    Cloud.GCP: "{vpc: projects/<project>/global/networks/<name>, subnetwork: "
    "projects/<project>/regions/<region>/subnetworks/<name> (of the machines), services_range: <name> (set aside for "
    "servicenetworking.googleapis.com)}",
}
"""How a network beside a cluster that exists is told, by cloud."""

_OF_NETWORKS = {Cloud.AWS: ("subnets", "security_group"), Cloud.GCP: ("subnetwork", "services_range")}
"""What each cloud wants to know of a network, beside its name."""

_REQUIRED: dict[ClusterKind, dict[str, str]] = {
    ClusterKind.EXISTING: {
        "context": "name the kubeconfig's context that reaches it",
        "storage_class": "name the class of every volume; it never changes",
    },
    ClusterKind.EKS: {
        "region": "for example eu-central-1",
        "account": "the 12 digits of the account: no other one can be changed then",
    },
    ClusterKind.GKE: {
        "region": "for example europe-west3",
        "account": "the id of the project: no other one can be changed then",
    },
    ClusterKind.SINGLE_NODE: {
        "region": "for example eu-central-1, on gcp europe-west3",
        "account": "the 12 digits of the account, on gcp the id of the project: no other one can be changed then",
    },
}


@dataclass(frozen=True, kw_only=True)
class About:
    """What a cluster depends on beside its own section.

    Attributes:
        cloud: Of the stack.
        name: Of a cluster that nobody named: `<project>-<stack>`.
        protect: Whether a store in the stack is guarded.
        web: Whether the application is reached from the internet.
        tags: Of everything that is made.
    """

    cloud: Cloud
    name: str
    protect: bool
    web: bool
    tags: Mapping[str, str]


def identifier(section: ClusterSection, name: str) -> str:
    """The name that was given, else the context of a cluster that exists, else `name`."""
    if section.kind is ClusterKind.EXISTING:
        return section.identifier or section.context or name
    return section.identifier or name


def identity(section: ClusterSection, name: str) -> str:
    """What the ledger remembers: see `ClusterArgs.identity`."""
    named = identifier(section, name)
    return named if section.kind is ClusterKind.EXISTING else f"{section.kind}-{named}"


def storage_class(section: ClusterSection) -> str:
    """The class of volumes: the one that was named, or that of a cluster that Ladder makes."""
    return section.storage_class or ("" if section.kind is ClusterKind.EXISTING else STORAGE_CLASS)


def cluster(section: ClusterSection, about: About, complaints: list[Complaint]) -> ClusterArgs | None:
    """What the component is asked for; None where that cannot be, with every reason added to `complaints`."""
    found = [*_misplaced(section, about.cloud), *_missing(section, about.cloud), *_unlike(section.network, about.cloud)]
    complaints += [Complaint.about(KEY, problem) for problem in found]
    named = identifier(section, about.name)
    try:
        made = ClusterArgs(
            kind=section.kind,
            context=section.context or named,
            identifier=named,
            kubeconfig=section.kubeconfig,
            protect=about.protect,
            network=_network(section.network, section, about.cloud) if section.network else None,
            eks=_eks(section, about) if section.kind is ClusterKind.EKS else None,
            gke=_gke(section, about) if section.kind is ClusterKind.GKE else None,
            node=_node(section, about) if section.kind is ClusterKind.SINGLE_NODE else None,
        )
    except ClusterError as error:
        absent = {problem.field for problem in found}
        complaints += [Complaint.about(KEY, problem) for problem in error.problems if problem.field not in absent]
        return None
    return None if found else made


def _misplaced(section: ClusterSection, cloud: Cloud) -> list[Problem]:
    found = [
        Problem(
            field=field.name,
            value="set",
            rule=f"is not for a cluster of kind {section.kind}",
            fix=f"leave it out; it is for: {', '.join(_ONLY[field.name])}",
        )
        for field in fields(section)
        if field.name in _ONLY and section.kind not in _ONLY[field.name] and getattr(section, field.name) is not None
    ]
    if cloud not in (held := clouds(section.kind)):
        kinds = ", ".join(kind for kind in ClusterKind if cloud in clouds(kind))
        rule = f"this kind of cluster is had on: {', '.join(held)}"
        found.append(Problem(field="kind", value=section.kind, rule=rule, fix=f"on {cloud} set one of: {kinds}"))
    return found


def _missing(section: ClusterSection, cloud: Cloud) -> list[Problem]:
    rule = f"is required for a cluster of kind {section.kind}"
    found = [
        Problem(field=name, value="absent", rule=rule, fix=fix)
        for name, fix in _REQUIRED[section.kind].items()
        if getattr(section, name) is None
    ]
    if section.kind is ClusterKind.EXISTING or not section.account:
        return found
    if cloud is Cloud.AWS and not re.fullmatch(r"\d{12}", section.account):
        rule = "an account of AWS has 12 digits"
        found.append(Problem(field="account", value=section.account, rule=rule, fix='for example "123456789012"'))
    if cloud is Cloud.GCP and not re.fullmatch(PROJECT, section.account):
        rule = "is no id of a project"
        found.append(Problem(field="account", value=section.account, rule=rule, fix="for example acme-prod-1"))
    return found


def _unlike(section: NetworkSection | None, cloud: Cloud) -> list[Problem]:
    """What a network lacks, or has too much, on its cloud."""
    if section is None or cloud not in NETWORKS:
        return []
    wanted = _OF_NETWORKS[cloud]
    found = [
        Problem(
            field=f"network.{field.name}",
            value="set" if getattr(section, field.name) else "absent",
            rule=f"is required of a network on {cloud}" if field.name in wanted else f"is not for a network on {cloud}",
            fix=NETWORKS[cloud],
        )
        for field in fields(section)
        if field.name != "vpc" and (field.name in wanted) != bool(getattr(section, field.name))
    ]
    if cloud is Cloud.GCP and not re.fullmatch(rf"projects/{PROJECT}/global/networks/[-a-z0-9]+", section.vpc):
        rule = "is no full name of a network"
        found.append(Problem(field="network.vpc", value=section.vpc, rule=rule, fix=NETWORKS[cloud]))
    return found


def _network(network: NetworkSection, section: ClusterSection, cloud: Cloud) -> AwsNetwork | GcpNetwork:
    if cloud is Cloud.GCP:
        return GcpNetwork(
            network=network.vpc,
            subnetwork=network.subnetwork or "",
            region=section.region or "",
            project=section.account or "",
            services_range=network.services_range or "",
        )
    return AwsNetwork(
        vpc_id=network.vpc,
        private_subnet_ids=network.subnets or (),
        clients_security_group_id=network.security_group or "",
    )


def _on_aws(section: ClusterSection, about: About) -> AwsPlace:
    return AwsPlace(
        region=section.region or "",
        api_access=section.api_access or (),
        zones=section.zones or (),
        cidr=section.cidr or AwsPlace.cidr,
        nat=section.nat or AwsPlace.nat,
        kms_key=section.kms_key,
        tags=about.tags,
    )


def _eks(section: ClusterSection, about: About) -> EksArgs:
    return EksArgs(
        place=_on_aws(section, about),
        version=section.version or EksArgs.version,
        admins=section.admins or (),
        window=_window(section) or EksArgs.window,
    )


def _on_gcp(section: ClusterSection, about: About) -> GcpPlace:
    return GcpPlace(
        region=section.region or "",
        project=section.account or "",
        api_access=section.api_access or (),
        cidr=section.cidr or GcpPlace.cidr,
        kms_key=section.kms_key,
        tags=about.tags,
    )


def _gke(section: ClusterSection, about: About) -> GkeArgs:
    return GkeArgs(place=_on_gcp(section, about), window=_window(section) or GkeArgs.window)


def _window(section: ClusterSection) -> Window | None:
    window = section.window
    return Window(day=window.day, hour=window.hour, hours=window.hours) if window else None


def _node(section: ClusterSection, about: About) -> AwsNodeArgs | GcpNodeArgs:
    node = section.node or NodeSection()
    made: AwsNodeArgs | GcpNodeArgs
    if about.cloud is Cloud.GCP:
        usual, place, zones = GcpNodeArgs.instance_type, _on_gcp(section, about), section.zones or ()
        made = GcpNodeArgs(place=place, zones=zones, instance_type=node.instance_type or usual)
    else:
        usual, place = AwsNodeArgs.instance_type, _on_aws(section, about)
        made = AwsNodeArgs(place=place, instance_type=node.instance_type or usual)
    return replace(
        made,
        version=section.version or NodeArgs.version,
        data_gib=node.data_gib,
        snapshots=node.snapshots,
        restored_from=node.restored_from,
        web=about.web,
    )
