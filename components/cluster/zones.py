"""Regions of AWS and the zones in which a cluster can stand.

Zones are written by their id: a zone's letter means another place in each account of the older regions, and no
account has all letters. Source: docs.aws.amazon.com, "AWS Availability Zones" and "AZ IDs" of the global
infrastructure, and "View Amazon EKS networking requirements" of the EKS user guide, which keeps a control plane out
of use1-az3, usw1-az2 and cac1-az3.
"""

_ALL = ("az1", "az2", "az3")

_PREFIXES = {
    "af-south-1": "afs1",
    "ap-east-1": "ape1",
    "ap-northeast-2": "apne2",
    "ap-northeast-3": "apne3",
    "ap-south-1": "aps1",
    "ap-south-2": "aps2",
    "ap-southeast-1": "apse1",
    "ap-southeast-2": "apse2",
    "ap-southeast-3": "apse3",
    "ap-southeast-4": "apse4",
    "ca-west-1": "caw1",
    "eu-central-1": "euc1",
    "eu-central-2": "euc2",
    "eu-north-1": "eun1",
    "eu-south-1": "eus1",
    "eu-south-2": "eus2",
    "eu-west-1": "euw1",
    "eu-west-2": "euw2",
    "eu-west-3": "euw3",
    "il-central-1": "ilc1",
    "me-central-1": "mec1",
    "me-south-1": "mes1",
    "sa-east-1": "sae1",
    "us-east-2": "use2",
    "us-west-2": "usw2",
}

ZONES: dict[str, tuple[str, ...]] = {
    **{region: tuple(f"{prefix}-{zone}" for zone in _ALL) for region, prefix in _PREFIXES.items()},
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4"),
    "ca-central-1": ("cac1-az1", "cac1-az2", "cac1-az4"),
    "us-east-1": ("use1-az1", "use1-az2", "use1-az4"),
    "us-west-1": ("usw1-az1", "usw1-az3"),
}
"""Zones by region, in the order in which a network takes them."""

WITHOUT_EKS = {"use1-az3", "usw1-az2", "cac1-az3"}
"""Zones that take no control plane of EKS."""
