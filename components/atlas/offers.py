"""What Atlas has where: regions, by the names that it gives them, and tiers.

Source: the specification of the Atlas Administration API, `regionName` and `instanceSize`, as kept in
mongodb/terraform-provider-mongodbatlas of 2026-08-21, read 2026-11-25, without regions of governments and of China.
"""

from components.catalog import Cloud

PROVIDERS = {Cloud.AWS: "AWS", Cloud.GCP: "GCP"}
"""The clouds on which Ladder knows a private way in, as Atlas spells them."""

TIERS = ("M10", "M20", "M30", "M40", "M50", "M60", "M80", "M140", "M200", "M300")
"""Dedicated tiers of the general class that both clouds have, smallest first."""

FIRST_PORT, LAST_PORT = 1024, 65535
"""Behind a private endpoint each node of a project has a port of its own among these.

Source: https://www.mongodb.com/docs/atlas/security-private-endpoint/, "Port Ranges Used for Private Endpoints".
"""

_AWS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "ca-west-1",
    "mx-central-1",
    "sa-east-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-south-1",
    "me-central-1",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ap-south-1",
    "ap-south-2",
)

_GCP = {
    "us-central1": "CENTRAL_US",
    "us-east1": "EASTERN_US",
    "us-east4": "US_EAST_4",
    "us-east5": "US_EAST_5",
    "us-south1": "US_SOUTH_1",
    "us-west1": "WESTERN_US",
    "us-west2": "US_WEST_2",
    "us-west3": "US_WEST_3",
    "us-west4": "US_WEST_4",
    "northamerica-northeast1": "NORTH_AMERICA_NORTHEAST_1",
    "northamerica-northeast2": "NORTH_AMERICA_NORTHEAST_2",
    "northamerica-south1": "NORTH_AMERICA_SOUTH_1",
    "southamerica-east1": "SOUTH_AMERICA_EAST_1",
    "southamerica-west1": "SOUTH_AMERICA_WEST_1",
    "europe-central2": "EUROPE_CENTRAL_2",
    "europe-north1": "EUROPE_NORTH_1",
    "europe-southwest1": "EUROPE_SOUTHWEST_1",
    "europe-west1": "WESTERN_EUROPE",
    "europe-west2": "EUROPE_WEST_2",
    "europe-west3": "EUROPE_WEST_3",
    "europe-west4": "EUROPE_WEST_4",
    "europe-west6": "EUROPE_WEST_6",
    "europe-west8": "EUROPE_WEST_8",
    "europe-west9": "EUROPE_WEST_9",
    "europe-west10": "EUROPE_WEST_10",
    "europe-west12": "EUROPE_WEST_12",
    "me-central1": "MIDDLE_EAST_CENTRAL_1",
    "me-central2": "MIDDLE_EAST_CENTRAL_2",
    "me-west1": "MIDDLE_EAST_WEST_1",
    "africa-south1": "AFRICA_SOUTH_1",
    "asia-east1": "EASTERN_ASIA_PACIFIC",
    "asia-east2": "ASIA_EAST_2",
    "asia-northeast1": "NORTHEASTERN_ASIA_PACIFIC",
    "asia-northeast2": "ASIA_NORTHEAST_2",
    "asia-northeast3": "ASIA_NORTHEAST_3",
    "asia-south1": "ASIA_SOUTH_1",
    "asia-south2": "ASIA_SOUTH_2",
    "asia-southeast1": "SOUTHEASTERN_ASIA_PACIFIC",
    "asia-southeast2": "ASIA_SOUTHEAST_2",
    "australia-southeast1": "AUSTRALIA_SOUTHEAST_1",
    "australia-southeast2": "AUSTRALIA_SOUTHEAST_2",
}

REGIONS: dict[Cloud, dict[str, str]] = {
    Cloud.AWS: {region: region.upper().replace("-", "_") for region in _AWS},
    Cloud.GCP: _GCP,
}
"""By cloud, from its own name of a region to that of Atlas."""
