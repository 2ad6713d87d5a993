"""Which resource uses what: the meters of every provider, put together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ladder.engine.properties import Properties
from ladder.engine.quantities import amount
from ladder.prices import atlas, aws, azure, gcp
from ladder.prices.bill import Gap, Reason, Resource, Use
from ladder.prices.book import Unit
from ladder.prices.inputs import at, text

Meter = Callable[[Properties], Iterator[Use | Gap]]

METERS: Mapping[str, Meter] = {**aws.METERS, **azure.METERS, **gcp.METERS, **atlas.METERS}
FREE = (*aws.FREE, *azure.FREE, *gcp.FREE, *atlas.FREE, "kubernetes:", "random:", "tls:", "pulumi:", "command:")
VOLUMES = {**aws.VOLUMES, **gcp.VOLUMES}
GROUPS = {aws.GROUP: (aws.TEMPLATE, aws.group), gcp.GROUP: (gcp.TEMPLATE, gcp.group)}
"""Groups of machines: what their template is, and how they are counted."""

ON_THE_NODE = {"rancher.io/local-path"}
"""Provisioners whose volumes lie on a disk that is counted as such."""

_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_SERVICE = "kubernetes:core/v1:Service"
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Pods:
    """What the pods of a component ask for at their fewest: cores, and GiB of memory."""

    cpu: float
    memory_gib: float


def uses(
    resources: Sequence[Resource], pods: Mapping[str, Pods], *, free_volumes: bool
) -> Iterator[tuple[Resource, Use | Gap]]:
    """What every resource uses.

    Args:
        resources: Everything that is registered, providers and components left out.
        pods: What pods ask for, by component.
        free_volumes: Whether volumes of classes that the stack does not make cost nothing: on a laptop.
    """
    classes = {text(it.inputs, "metadata", "name"): it.inputs for it in resources if it.type == _CLASS}
    for resource in resources:
        if resource.type in GROUPS:
            template, meter = GROUPS[resource.type]
            for used in meter(resource.inputs, _template(resource, template, resources)):
                yield resource, used
            continue
        if resource.type == aws.RDS and "engine" not in resource.inputs:
            resource = replace(resource, inputs=resource.inputs | {"engine": _engine(resource, resources)})
        for used in _of(resource, classes, free_volumes=free_volumes):
            yield resource, used
    for fee in (it for it in resources if it.type == gcp.AUTOPILOT and gcp.is_autopilot(it.inputs)):
        for part, asked in pods.items():
            owner = Resource(part=part, type=fee.type, name=fee.name, inputs={})
            for used in gcp.autopilot(asked.cpu, asked.memory_gib):
                yield owner, used


def _of(resource: Resource, classes: Mapping[str, Properties], *, free_volumes: bool) -> Iterator[Use | Gap]:
    if meter := METERS.get(resource.type):
        yield from meter(resource.inputs)
    elif resource.type == _CLAIM:
        yield from _claim(resource.inputs, classes, free_volumes=free_volumes)
    elif resource.type == _SERVICE and text(resource.inputs, "spec", "type") == "LoadBalancer":
        yield Gap(what="a load balancer of the cluster's cloud", reason=Reason.NOT_READ)
    elif not resource.type.startswith(FREE):
        yield Gap(what=resource.type, reason=Reason.NO_METER)


def _engine(replica: Resource, resources: Sequence[Resource]) -> str:
    """What a replica for reading runs: what the server that it follows runs, the only one of its component."""
    found = {text(it.inputs, "engine") for it in resources if it.type == aws.RDS and it.part == replica.part}
    return next(iter(found - {""}), "")


def _template(group: Resource, type_: str, resources: Sequence[Resource]) -> Properties:
    """What the machines of a group are made from: the only template of its component."""
    found = [it.inputs for it in resources if it.type == type_ and it.part == group.part]
    return found[0] if len(found) == 1 else {}


def _claim(inputs: Properties, classes: Mapping[str, Properties], *, free_volumes: bool) -> Iterator[Use | Gap]:
    gib = amount(at(inputs, "spec", "resources", "requests", "storage")) / _GIB
    name = text(inputs, "spec", "storageClassName")
    if made := classes.get(name):
        provisioner = text(made, "provisioner")
        if provisioner in VOLUMES:
            kind = text(made, "parameters", "type")
            yield Use(service=VOLUMES[provisioner], item=kind, unit=Unit.GIB_MONTH, quantity=gib)
        elif provisioner not in ON_THE_NODE:
            yield Gap(what=f"volumes of {provisioner}", reason=Reason.NO_METER, quantity=gib)
    elif not free_volumes:
        yield Gap(what=f"volumes of your class {name}", reason=Reason.YOURS, quantity=gib)
