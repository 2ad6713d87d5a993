"""What resources of MongoDB Atlas use in a month."""

from collections.abc import Iterator

from ladder.engine.properties import Properties
from ladder.prices.bill import Gap, Reason, Use
from ladder.prices.book import HOURS_A_MONTH, Unit
from ladder.prices.inputs import at, flag, items, number, text

PRICED_NODES = 3
"""Of how many nodes a tier's price is."""


def cluster(inputs: Properties) -> Iterator[Use | Gap]:
    """A replica set in one region of one cloud; what spans more has no price that a page would give."""
    regions = [region for spec in items(at(inputs, "replicationSpecs")) for region in items(at(spec, "regionConfigs"))]
    tier = text(regions[0], "electableSpecs", "instanceSize") if regions else "cluster"
    if len(regions) == 1 and number(regions[0], "electableSpecs", "nodeCount") == PRICED_NODES:
        where = text(regions[0], "regionName").lower().replace("_", "-")
        cloud = text(regions[0], "providerName").lower()
        hours = float(HOURS_A_MONTH)
        yield Use(service="atlas", item=tier, unit=Unit.HOUR, quantity=hours, cloud=cloud, region=where)
    else:
        yield Gap(what=f"Atlas {tier} over more than one region, or not of 3 nodes", reason=Reason.NOT_READ)
    yield Gap(what="Atlas storage beyond the tier's own, and traffic", reason=Reason.BY_USE)
    if flag(inputs, "backupEnabled"):
        yield Gap(what="Atlas backups", reason=Reason.BY_USE)


def endpoint(_: Properties) -> Iterator[Use | Gap]:
    """A private endpoint, by hour and traffic."""
    yield Use(service="atlas", item="private endpoint", unit=Unit.HOUR, quantity=HOURS_A_MONTH)


METERS = {
    "mongodbatlas:index/advancedCluster": cluster,
    "mongodbatlas:index/privateLinkEndpoint": endpoint,
}

FREE = ("mongodbatlas:",)
"""Everything else of Atlas costs nothing by itself."""
