"""A plan knows of every store, stage and cloud in the catalogue what it costs, how it fails and how to leave."""

import pytest
from stacks import CLUSTERS, HOMES, TRIPLES, config, least, settled

from components.catalog import Cloud, Keeper, Kind, Stage
from infra import settings
from ladder.plan import estimate, leaving, registered, words
from ladder.plan.estimate import Estimate
from ladder.prices import Reason


@pytest.fixture(scope="module", params=TRIPLES, ids="-".join)
def found(request: pytest.FixtureRequest) -> tuple[Kind, Cloud, Estimate]:
    kind, stage, cloud = request.param
    given = config(least(kind, stage), stage=Stage(stage), cloud=Cloud(cloud))
    wanted = settings.load(given, lambda _: True, project="p", stack="s", organization="o")
    return kind, cloud, estimate.make(wanted, registered.resources(settled(given).registrations))


def test_every_resource_has_a_meter_or_costs_nothing(found: tuple[Kind, Cloud, Estimate]) -> None:
    _, _, made = found
    assert [gap.what for gap in made.bill.gaps if gap.reason is Reason.NO_METER] == []


def test_every_store_says_how_it_fails_and_how_to_leave(found: tuple[Kind, Cloud, Estimate]) -> None:
    kind, _, made = found
    (store,) = made.stores.values()
    assert leaving.covers(kind, store.store.backend)
    assert all(text for _, text in words.store_lines(store))
    assert store.words
    assert store.kept


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_cluster_is_priced_as_far_as_pages_were_read(cluster: str) -> None:
    given = config({Kind.POSTGRES: {}}, cloud=HOMES[cluster], cluster=CLUSTERS[cluster])
    wanted = settings.load(given, lambda _: True, project="p", stack="s", organization="o")
    made = estimate.make(wanted, registered.resources(settled(given).registrations))
    assert [gap.what for gap in made.bill.gaps if gap.reason is Reason.NO_METER] == []
    assert bool(made.bill.of("cluster").lines) is (cluster != "existing")


def test_what_a_service_cannot_have_is_told_with_its_reason(found: tuple[Kind, Cloud, Estimate]) -> None:
    _, _, made = found
    (store,) = made.stores.values()
    told = dict(words.store_lines(store)).get("cannot have", "")
    assert all(it.reason and it.source.startswith("https://") and name in told for name, it in store.lacks.items())
    if store.store.keeper is not Keeper.PROVIDER:
        assert not store.lacks


def test_a_laptop_costs_nothing_and_a_cloud_never_claims_to(found: tuple[Kind, Cloud, Estimate]) -> None:
    _, cloud, made = found
    assert made.bill.at_least is (cloud is not Cloud.LOCAL)
