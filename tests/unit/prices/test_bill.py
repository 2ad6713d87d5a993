from datetime import date

import pytest

from ladder.prices import Book, Gap, Reason, Resource, Row, Site, Unit, Use, make

READ = date(2026, 11, 25)
SITE = Site(cloud="aws", region="eu-central-1")
SERVER = Resource(part="postgres", type="aws:rds/instance", name="postgres", inputs={})
CLUSTER = Resource(part="cluster", type="aws:eks/cluster", name="cluster", inputs={})


def row(item: str, usd: float, *, region: str = "eu-central-1", floor: bool = False) -> Row:
    return Row(
        cloud="aws",
        region=region,
        service="x",
        item=item,
        unit=Unit.HOUR,
        usd=usd,
        source="https://x.example",
        read=READ,
        floor=floor,
    )


def use(item: str, quantity: float = 730) -> Use:
    return Use(service="x", item=item, unit=Unit.HOUR, quantity=quantity)


def gap(what: str, quantity: float | None = None) -> Gap:
    return Gap(what=what, reason=Reason.YOURS, quantity=quantity)


def test_quantities_are_priced_and_summed_by_component() -> None:
    bill = make(
        [(SERVER, use("a")), (SERVER, use("b", 2)), (CLUSTER, use("a"))], SITE, Book([row("a", 0.1), row("b", 10)])
    )
    assert bill.usd == pytest.approx(73 + 20 + 73)
    assert bill.of("postgres").usd == pytest.approx(93)
    assert bill.of("postgres", "cluster").usd == bill.usd
    assert not bill.at_least
    assert bill.days == (READ, READ)


def test_what_nobody_read_is_a_gap_that_names_another_regions_price_and_adds_nothing() -> None:
    bill = make([(SERVER, use("a"))], SITE, Book([row("a", 9, region="us-east-1")]))
    assert (bill.usd, bill.at_least, bill.days) == (0, True, None)
    (found,) = bill.gaps
    assert (found.what, found.reason, found.quantity) == ("x a", Reason.NOT_READ, 730)
    assert found.elsewhere
    assert (found.elsewhere.region, found.elsewhere.usd) == ("us-east-1", 9)


def test_a_price_that_a_page_calls_from_makes_the_sum_a_least_one() -> None:
    bill = make([(SERVER, use("a", 1))], SITE, Book([row("a", 3, region="*", floor=True)]))
    assert (bill.usd, bill.at_least, bill.gaps) == (3, True, [])


def test_a_use_may_lie_in_another_place_than_the_stack() -> None:
    abroad = Use(service="x", item="a", unit=Unit.HOUR, quantity=1, region="us-east-1")
    assert make([(SERVER, abroad)], SITE, Book([row("a", 2, region="us-east-1")])).usd == 2


def test_gaps_of_one_kind_are_told_once_with_their_sum() -> None:
    bill = make([(SERVER, gap("volumes", 50)), (CLUSTER, gap("volumes", 10)), (CLUSTER, gap("nodes"))], SITE, Book([]))
    assert [(it.what, it.quantity) for it in bill.gaps] == [("volumes", 60), ("nodes", None)]


def test_nothing_costs_nothing() -> None:
    bill = make([], SITE, Book([]))
    assert (bill.usd, bill.at_least, bill.gaps) == (0, False, [])


def test_what_depends_on_use_is_told_with_the_price_of_one() -> None:
    traffic = Gap(what="traffic", reason=Reason.BY_USE, unit=use("a", 1))
    (found,) = make([(SERVER, traffic)], SITE, Book([row("a", 0.045)])).gaps
    assert found.price
    assert found.price.usd == 0.045
