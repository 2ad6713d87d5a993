"""Authorities that sign the certificates of AWS's stores. Read once, when this is imported."""

import re
from importlib import resources

import certifi

_NAMED = re.compile(r"# (\S+)\n(-----BEGIN CERTIFICATE-----\n.+?-----END CERTIFICATE-----\n)", re.DOTALL)
_LABELLED = re.compile(
    r'# Label: "([^"]+)"\n.+?(-----BEGIN CERTIFICATE-----\n.+?-----END CERTIFICATE-----\n)', re.DOTALL
)

RDS: dict[str, str] = dict(_NAMED.findall((resources.files("components.aws") / "data" / "rds.pem").read_text()))
"""The authority `RDS_NAME` of each region, PEM. Each is private to RDS: no system's bundle holds it."""

RDS_NAME = "rds-ca-rsa2048-g1"
"""The authority that an instance is told to be signed by; valid until 2061, and AWS renews what it signed by itself."""

PUBLIC: str = "".join(
    pem
    for label, pem in _LABELLED.findall(certifi.contents())
    if label.startswith("Amazon Root CA ") or label == "Starfield Services Root Certificate Authority - G2"
)
"""Amazon Trust Services, PEM, from the pinned certifi bundle. ElastiCache's certificates are signed by it.

Source: ElastiCache user guide, "In-transit encryption" (clients trust "the Amazon Trust Services root"), and
https://www.amazontrust.com/repository for which roots those are.
"""
