"""What resources of AWS use in a month."""

from collections.abc import Iterator

from ladder.engine.properties import Properties
from ladder.prices.bill import Gap, Reason, Use
from ladder.prices.book import HOURS_A_MONTH, Unit
from ladder.prices.inputs import at, first, flag, items, number, text

RDS = "aws:rds/instance"
GROUP, TEMPLATE = "aws:autoscaling/group", "aws:ec2/launchTemplate"
VOLUMES = {"ebs.csi.eks.amazonaws.com": "ebs", "ebs.csi.aws.com": "ebs"}
"""Services behind the provisioners of storage classes."""


def _hours(service: str, item: str, count: float = 1) -> Use:
    return Use(service=service, item=item, unit=Unit.HOUR, quantity=HOURS_A_MONTH * count)


def _disk(kind: str, gib: float, service: str = "ebs", item: str = "") -> Use:
    return Use(service=service, item=item or kind, unit=Unit.GIB_MONTH, quantity=gib)


def _by_use(what: str, service: str = "", item: str = "", unit: Unit = Unit.GIB_MONTH) -> Gap:
    one = Use(service=service, item=item, unit=unit, quantity=1) if service else None
    return Gap(what=what, reason=Reason.BY_USE, unit=one)


def rds(inputs: Properties) -> Iterator[Use | Gap]:
    """A database server; a standby is paid like it, hours and storage.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_OnDemandDBInstances.html, "Multi-AZ DB
    instances", read 2026-11-25.
    """
    servers = 2 if flag(inputs, "multiAz") else 1
    engine = text(inputs, "engine") or "of an unknown engine"
    yield _hours("rds", f"{engine} {text(inputs, 'instanceClass')}", servers)
    if gib := number(inputs, "allocatedStorage"):
        kind = text(inputs, "storageType") or "gp3"
        yield _disk(kind, gib * servers, "rds", f"storage {kind}")
    yield _by_use("backups beyond the size of the database", "rds", "backup storage")


def elasticache(inputs: Properties) -> Iterator[Use | Gap]:
    """A primary and its replicas, each a node."""
    nodes = number(inputs, "numCacheClusters") or (
        (number(inputs, "numNodeGroups") or 1) * (1 + number(inputs, "replicasPerNodeGroup"))
    )
    yield _hours("elasticache", f"{text(inputs, 'engine') or 'redis'} {text(inputs, 'nodeType')}", nodes)
    if number(inputs, "snapshotRetentionLimit"):
        yield _by_use("snapshots")


def eks(inputs: Properties) -> Iterator[Use | Gap]:
    """The control plane; with Auto Mode the nodes are no resources of the stack."""
    yield _hours("eks", "control plane")
    if flag(inputs, "computeConfig", "enabled"):
        what = "nodes, which Auto Mode starts as the pods need them, with its fee"
        yield Gap(what=what, reason=Reason.CHOSEN_LATER)


def node_group(inputs: Properties) -> Iterator[Use | Gap]:
    """Nodes of one type, as many as are wanted at first."""
    kind = first(at(inputs, "instanceTypes"))
    count = number(inputs, "scalingConfig", "desiredSize") or 1
    yield _hours("ec2", kind if isinstance(kind, str) else "an instance type", count)
    if gib := number(inputs, "diskSize"):
        yield _disk("gp3", gib * count)


def instance(inputs: Properties) -> Iterator[Use | Gap]:
    """A machine, and the disk that it starts from."""
    yield _hours("ec2", text(inputs, "instanceType"))
    if gib := number(inputs, "rootBlockDevice", "volumeSize"):
        yield _disk(text(inputs, "rootBlockDevice", "volumeType") or "gp3", gib)


def group(inputs: Properties, template: Properties) -> Iterator[Use | Gap]:
    """Machines of a template, as many as are wanted at first, with their disks and public addresses."""
    count = number(inputs, "desiredCapacity") or number(inputs, "minSize")
    yield _hours("ec2", text(template, "instanceType") or "of an unknown type", count)
    for disk in items(at(template, "blockDeviceMappings")):
        if gib := number(disk, "ebs", "volumeSize"):
            yield _disk(text(disk, "ebs", "volumeType") or "gp2", gib * count)


def volume(inputs: Properties) -> Iterator[Use | Gap]:
    """A disk."""
    yield _disk(text(inputs, "type") or "gp2", number(inputs, "size"))


def nat(_: Properties) -> Iterator[Use | Gap]:
    """A gateway out of private subnets."""
    yield _hours("vpc", "NAT gateway")
    yield _by_use("traffic through the NAT gateway", "vpc", "NAT gateway traffic", Unit.GIB)


def endpoint(inputs: Properties) -> Iterator[Use | Gap]:
    """An interface endpoint is paid in every zone; a gateway endpoint is not."""
    if text(inputs, "vpcEndpointType") == "Interface":
        subnets = at(inputs, "subnetIds")
        yield _hours("vpc", "interface endpoint", len(subnets) if isinstance(subnets, list) else 1)


def load_balancer(inputs: Properties) -> Iterator[Use | Gap]:
    """Hours; what passes through is by use."""
    yield _hours("elb", f"{text(inputs, 'loadBalancerType') or 'application'} load balancer")
    yield _by_use("traffic through the load balancer")


def address(_: Properties) -> Iterator[Use | Gap]:
    """A public address, attached or not."""
    yield _hours("vpc", "public IPv4 address")


def secret(_: Properties) -> Iterator[Use | Gap]:
    """A secret of the secret manager."""
    yield Use(service="secretsmanager", item="secret", unit=Unit.MONTH, quantity=1)


def key(_: Properties) -> Iterator[Use | Gap]:
    """A key of one's own."""
    yield Use(service="kms", item="key", unit=Unit.MONTH, quantity=1)


def bucket(_: Properties) -> Iterator[Use | Gap]:
    """Objects and requests."""
    yield _by_use("objects in the bucket", "s3", "standard")


def snapshots(_: Properties) -> Iterator[Use | Gap]:
    """What the disks' snapshots hold."""
    yield _by_use("snapshots of disks")


def parameter(inputs: Properties) -> Iterator[Use | Gap]:
    """A parameter of the store for parameters: only the advanced tier is paid."""
    if text(inputs, "tier") == "Advanced":
        yield Use(service="ssm", item="advanced parameter", unit=Unit.MONTH, quantity=1)


def logs(_: Properties) -> Iterator[Use | Gap]:
    """What is written and kept."""
    yield _by_use("logs")


METERS = {
    RDS: rds,
    "aws:elasticache/replicationGroup": elasticache,
    "aws:eks/cluster": eks,
    "aws:eks/nodeGroup": node_group,
    "aws:ec2/instance": instance,
    "aws:ebs/volume": volume,
    "aws:ec2/natGateway": nat,
    "aws:ec2/eip": address,
    "aws:ec2/vpcEndpoint": endpoint,
    "aws:lb/loadBalancer": load_balancer,
    "aws:secretsmanager/secret": secret,
    "aws:kms/key": key,
    "aws:s3/bucket": bucket,
    "aws:s3/bucketV2": bucket,
    "aws:cloudwatch/logGroup": logs,
    "aws:dlm/lifecyclePolicy": snapshots,
    "aws:ssm/parameter": parameter,
}

FREE = (
    "aws:iam/",
    "aws:vpc/",
    "aws:ec2/vpc",
    "aws:ec2/subnet",
    "aws:ec2/route",
    "aws:ec2/mainRouteTableAssociation",
    "aws:ec2/internetGateway",
    "aws:ec2/egressOnlyInternetGateway",
    "aws:ec2/securityGroup",
    "aws:ec2/defaultSecurityGroup",
    "aws:ec2/launchTemplate",
    "aws:ec2/volumeAttachment",
    "aws:ec2/eipAssociation",
    "aws:ec2/keyPair",
    "aws:rds/subnetGroup",
    "aws:rds/parameterGroup",
    "aws:rds/optionGroup",
    "aws:elasticache/subnetGroup",
    "aws:elasticache/parameterGroup",
    "aws:elasticache/user",
    "aws:eks/access",
    "aws:eks/addon",
    "aws:eks/podIdentityAssociation",
    "aws:kms/alias",
    "aws:s3/bucket",
    "aws:secretsmanager/secret",
    "aws:autoscaling/lifecycleHook",
)
"""Beginnings of types that cost nothing by themselves: what they hold or let through is counted elsewhere."""
