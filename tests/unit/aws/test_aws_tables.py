"""What Ladder holds about AWS: authorities, regions, classes."""

from datetime import UTC, datetime
from pathlib import Path

import pulumi_aws
import pytest
from cryptography import x509

from components.aws import args, offers, trust

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("region", offers.REGIONS)
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
def test_every_region_has_its_own_authority_of_rds(region: str) -> None:
    found = x509.load_pem_x509_certificate(trust.RDS[region].encode())
    name = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert name == f"Amazon RDS {region} Root CA RSA2048 G1"
    assert found.subject == found.issuer
    assert found.not_valid_after_utc > datetime(2060, 1, 1, tzinfo=UTC)


def test_regions_are_regions() -> None:
    assert set(offers.REGIONS) == set(trust.RDS)
    assert set(offers.REGIONS) < {region.value for region in pulumi_aws.Region}


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
def test_what_signs_elasticache_is_public() -> None:
    pems = [f"{pem}-----END CERTIFICATE-----\n" for pem in trust.PUBLIC.split("-----END CERTIFICATE-----\n")[:-1]]
    names = {
        x509.load_pem_x509_certificate(pem.encode()).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        for pem in pems
    }
    amazon = {f"Amazon Root CA {number}" for number in range(1, 5)}
    assert names == {*amazon, "Starfield Services Root Certificate Authority - G2"}


@pytest.mark.parametrize("name", ["db.t4g.small", "db.m7g.large", "db.r8g.2xlarge"])
def test_usual_classes_are_had(name: str) -> None:
    assert offers.refuses(offers.Service.RDS, name, "eu-central-1") is None


@pytest.mark.parametrize(
    ("daily", "weekly", "shared"),
    [
        ("02:00-03:00", "sun:03:30-sun:04:30", False),
        ("02:00-03:00", "sun:03:00-sun:04:00", False),
        ("02:00-03:00", "sun:02:59-sun:04:00", True),
        ("02:00-03:00", "sun:01:00-sun:02:01", True),
        ("23:30-00:30", "sun:00:00-sun:01:00", True),
        ("23:30-00:30", "sat:23:00-sat:23:30", False),
        ("12:00-13:00", "sat:23:00-sun:00:30", True),
    ],
)
def test_windows_that_share_a_minute_are_found(daily: str, weekly: str, shared: bool) -> None:
    """A weekly one that crosses midnight is taken for a whole day: the last case is refused without need."""
    assert args._overlap(daily, weekly) is shared
