"""What of a removed store stays in the cluster: volumes whose class keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from components import naming
from components.catalog import Keeper
from components.store import StoreArgs
from infra.cluster_api import ClusterApi, ClusterError, Forbidden, Items, Shape, at
from infra.settings import Settings

PATH = "/api/v1/persistentvolumes"


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A PersistentVolume and the claim that it was bound to."""

    name: str
    claim: str
    size: str


class Leftovers(Protocol):
    """What stays, told by a look before and a look after."""

    def before(self, stores: Sequence[StoreArgs]) -> list[Volume] | None:
        """The volumes of these stores; None when nobody could look."""
        ...

    def after(self, volumes: Sequence[Volume] | None) -> list[str]:
        """Which of them are still there, and how to delete them too."""
        ...


class Bound(Shape):
    """A PersistentVolume."""

    name: Annotated[str, at("metadata/name")]
    namespace: Annotated[str, at("spec/claimRef/namespace")] = ""
    claim: Annotated[str, at("spec/claimRef/name")] = ""
    size: Annotated[str, at("spec/capacity/storage")] = ""
    phase: Annotated[str, at("status/phase")] = ""


class Named(Shape):
    """Any object."""

    name: Annotated[str, at("metadata/name")]


class InCluster:
    """Looks in the cluster of a stack."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is read yet."""
        self._settings = settings

    def before(self, stores: Sequence[StoreArgs]) -> list[Volume] | None:
        """The volumes that the claims of these stores are bound to."""
        holding = [it for it in stores if it.holds_data and it.keeper is Keeper.CLUSTER]
        claims = {naming.claim(store.name, n) for store in holding for n in range(store.replicas)}
        if not claims:
            return []
        namespace = self._settings.placement.namespace
        try:
            listed = ClusterApi(self._settings.cluster).get(PATH, Items[Bound])
        except (ClusterError, Forbidden):
            return None
        return [
            Volume(name=it.name, claim=it.claim, size=it.size)
            for it in (listed.items if listed else [])
            # A released one outlived an earlier store of the same name: not what is removed now.
            if it.namespace == namespace and it.claim in claims and it.phase == "Bound"
        ]

    def after(self, volumes: Sequence[Volume] | None) -> list[str]:
        """Those that outlived their claims."""
        kubectl = f"kubectl --context {self._settings.cluster.context}"
        unknown = f"Whether its volumes stay depends on their class (reclaimPolicy); see:  {kubectl} get pv"
        if volumes is None:
            return [unknown]
        if not volumes:
            return []
        try:
            cluster = ClusterApi(self._settings.cluster)
            left = [it for it in volumes if cluster.get(f"{PATH}/{it.name}", Named)]
        except (ClusterError, Forbidden):
            return [unknown]
        if not left:
            return []
        lines = [f"    {it.name}  {it.size}, was {it.claim}" for it in left]
        return ["These volumes stay, data included (their class keeps them):", *lines, _how_to_delete(kubectl, left)]


def _how_to_delete(kubectl: str, left: Sequence[Volume]) -> str:
    return f"To delete them too:  {kubectl} delete pv {' '.join(it.name for it in left)}"
