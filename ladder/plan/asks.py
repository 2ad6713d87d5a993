"""What pods and volumes ask the cluster for, by component."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ladder.engine.properties import Properties, mapping
from ladder.engine.quantities import amount
from ladder.prices import Resource

_MIB = 2**20
_GIB = 2**30
_PODS = {"kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:Deployment"}
_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_AUTOSCALER = "HorizontalPodAutoscaler"


@dataclass(frozen=True, kw_only=True)
class Asks:
    """What the pods and volumes ask the cluster for, at their smallest.

    Attributes:
        cpu: Cores.
        memory_mib: MiB.
        storage_gib: GiB of volumes.
    """

    cpu: float = 0
    memory_mib: float = 0
    storage_gib: float = 0

    def __add__(self, other: "Asks") -> "Asks":
        return Asks(
            cpu=self.cpu + other.cpu,
            memory_mib=self.memory_mib + other.memory_mib,
            storage_gib=self.storage_gib + other.storage_gib,
        )


def by_part(resources: Iterable[Resource]) -> Mapping[str, Asks]:
    """What each component asks for; a Deployment counts with what its autoscaler keeps at least."""
    held = list(resources)
    least = {
        mapping(spec.get("scaleTargetRef")).get("name"): spec.get("minReplicas")
        for spec in (mapping(it.inputs.get("spec")) for it in held if it.type.endswith(_AUTOSCALER))
    }
    found: dict[str, Asks] = {}
    for it in held:
        spec = mapping(it.inputs.get("spec"))
        asked: Asks | None = None
        if it.type == _CLAIM:
            requests = mapping(mapping(spec.get("resources")).get("requests"))
            asked = Asks(storage_gib=amount(requests.get("storage")) / _GIB)
        elif it.type in _PODS:
            name = mapping(it.inputs.get("metadata")).get("name") or it.name
            asked = _pods(spec, amount(spec.get("replicas") or least.get(name) or 1))
        if asked:
            found[it.part] = found.get(it.part, Asks()) + asked
    return found


def _pods(spec: Properties, count: float) -> Asks:
    containers = mapping(mapping(spec.get("template")).get("spec")).get("containers")
    found = Asks()
    for container in containers if isinstance(containers, list) else []:
        requests = mapping(mapping(mapping(container).get("resources")).get("requests"))
        found += Asks(cpu=amount(requests.get("cpu")) * count, memory_mib=amount(requests.get("memory")) / _MIB * count)
    return found
