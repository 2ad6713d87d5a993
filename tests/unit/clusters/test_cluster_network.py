"""How a network is divided, and when the window for machines is closed."""

from ipaddress import IPv4Network

import pytest

from components.cluster.args import Day, Window
from components.cluster.network import MOST_ZONES, PREFIXES, divide, divide_for_gcp
from components.cluster.zones import WITHOUT_EKS, ZONES


@pytest.mark.parametrize("prefix", PREFIXES)
def test_subnets_lie_in_the_network_and_overlap_nowhere(prefix: int) -> None:
    whole = IPv4Network(f"10.64.0.0/{prefix}")
    ranges = divide(str(whole), ["a", "b", "c"])
    subnets = [IPv4Network(text) for zone in ranges for text in (zone.private, zone.public)]
    assert all(subnet.subnet_of(whole) for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)
    assert all(subnet.num_addresses >= 64 for subnet in subnets)


def test_a_zone_that_is_added_leaves_the_others_where_they_are() -> None:
    assert divide("10.0.0.0/16", ["a", "b", "c"])[:2] == divide("10.0.0.0/16", ["a", "b"])


def test_every_region_has_two_zones_or_three_in_which_eks_can_stand() -> None:
    for region, zones in ZONES.items():
        assert 2 <= len(set(zones)) == len(zones) <= MOST_ZONES, region
        assert not WITHOUT_EKS.intersection(zones), region


@pytest.mark.parametrize(
    ("window", "schedule", "hours"),
    [
        (Window(), "0 6 * * 0", 164),
        (Window(day=Day.MONDAY, hour=23, hours=2), "0 1 * * 2", 166),
        (Window(day=Day.SATURDAY, hour=22, hours=6), "0 4 * * 0", 162),
        (Window(day=Day.SATURDAY, hour=0, hours=48), "0 0 * * 1", 120),
    ],
)
def test_the_window_is_closed_for_the_rest_of_the_week(window: Window, schedule: str, hours: int) -> None:
    assert window.closed == (schedule, hours)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ranges_on_google_cloud_lie_in_the_network_and_overlap_nowhere(prefix: int) -> None:
    whole = IPv4Network(f"10.64.0.0/{prefix}")
    ranges = [IPv4Network(text) for text in vars(divide_for_gcp(str(whole))).values()]
    assert all(found.subnet_of(whole) for found in ranges)
    assert not any(one.overlaps(other) for one in ranges for other in ranges if one is not other)
    assert ranges[2].num_addresses == whole.num_addresses // 2


def test_a_window_recurs_each_week() -> None:
    begin, end, rule = Window(day=Day.WEDNESDAY, hour=22, hours=12).recurring
    assert (begin, end, rule) == ("2025-01-08T22:00:00Z", "2025-01-09T10:00:00Z", "FREQ=WEEKLY;BYDAY=WE")
