from datetime import date

import pytest

from ladder import prices
from ladder.prices import Unit, book

PAGE = """
[[page]]
source = "https://example.com/prices"
of = 2026-01-02
read = 2026-03-04
cloud = "aws"
region = "us-east-1"
rows = [["rds", "postgres db.t4g.small", "hour", 0.5]]
"""
WANTED = {"cloud": "aws", "service": "rds", "item": "postgres db.t4g.small", "unit": Unit.HOUR}


def test_a_row_keeps_the_address_and_the_days_of_its_page() -> None:
    row = book.parse(PAGE).find(**WANTED, region="us-east-1")
    assert row
    assert (row.usd, row.source, row.of, row.read) == (
        0.5,
        "https://example.com/prices",
        date(2026, 1, 2),
        date(2026, 3, 4),
    )


def test_a_price_of_another_region_is_shown_but_never_found() -> None:
    held = book.parse(PAGE)
    assert held.find(**WANTED, region="eu-central-1") is None
    assert held.find(**WANTED, region=None) is None
    elsewhere = held.elsewhere(**WANTED, region="eu-central-1")
    assert elsewhere
    assert elsewhere.region == "us-east-1"


def test_a_price_without_a_region_holds_everywhere_and_gives_way_to_one_with() -> None:
    held = book.parse(PAGE + PAGE.replace('"us-east-1"', '"*"').replace("0.5]", "0.25]"))
    here, there = held.find(**WANTED, region="us-east-1"), held.find(**WANTED, region="eu-central-1")
    assert here
    assert there
    assert (here.usd, there.usd) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("https://example.com/prices", "somebody told me", "a page without an address"),
        ("0.5]", "0]", "greater than 0"),
        ("0.5]", "-1]", "greater than 0"),
        ('"hour"', '"fortnight"', "fortnight"),
    ],
)
def test_what_is_no_price_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        book.parse(PAGE.replace(old, new))


def test_two_prices_for_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="two prices for aws rds"):
        book.parse(PAGE + PAGE.replace("example.com", "example.org"))


def test_every_price_of_the_repository_was_read_on_a_page_and_not_in_the_future() -> None:
    held = prices.read()
    assert len(held.rows) > 80
    for row in held.rows:
        assert row.source.startswith("https://")
        assert (row.of or row.read) <= row.read <= date.today()
        assert 0 < row.usd < 5, row
