"""What Google Cloud has where: regions, and the machines under its databases."""

import re
from dataclasses import dataclass

REGIONS = (
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
)
"""Regions of Cloud SQL. Source: "Region availability overview", Cloud SQL, read 2026-11-25."""

WITHOUT_MEMORYSTORE = ("europe-north2",)
"""Of these. Source: "Regions and zones", Memorystore for Redis, read 2026-11-26 as far as northamerica-northeast1."""

SHARED = ("db-f1-micro", "db-g1-small")
PLUS = "db-perf-optimized-N-"
PLUS_CPUS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
_CUSTOM = re.compile(r"db-custom-(\d+)-(\d+)")
_LEAST_MIB, _MOST_CPUS = 3840, 96


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why a machine cannot be had, and what to write instead."""

    rule: str
    fix: str


def is_plus(tier: str) -> bool:
    """Whether a machine is one of edition Enterprise Plus; every other one is of Enterprise."""
    return tier.startswith(PLUS)


def refuses(tier: str) -> Refused | None:
    """Whether Cloud SQL has no machine `tier` for PostgreSQL.

    Source: "Choose your machine series" and "Create instances" (custom machines: 0.9 to 6.5 GiB a core, steps of
    256 MiB), Cloud SQL for PostgreSQL, read 2026-11-25.
    """
    if tier in SHARED:
        return None
    if is_plus(tier):
        if tier.removeprefix(PLUS) in map(str, PLUS_CPUS):
            return None
        return Refused(rule="has no such size", fix=f"cores: {', '.join(map(str, PLUS_CPUS))}")
    custom = _CUSTOM.fullmatch(tier)
    if custom is None:
        known = f"{', '.join(SHARED)}, db-custom-<cores>-<MiB>, {PLUS}<cores>"
        return Refused(rule="is no machine of PostgreSQL on Cloud SQL", fix=f"one of: {known}")
    cores, mib = int(custom[1]), int(custom[2])
    if not (cores == 1 or (cores % 2 == 0 and 2 <= cores <= _MOST_CPUS)):
        return Refused(rule=f"has 1 core, or an even number up to {_MOST_CPUS}", fix="for example db-custom-2-8192")
    least, most = max(_LEAST_MIB, _up(0.9 * 1024 * cores)), int(6.5 * 1024 * cores)
    if not least <= mib <= most or mib % 256:
        return Refused(
            rule=f"{cores} cores have {least} to {most} MiB, in steps of 256", fix=f"db-custom-{cores}-{least}"
        )
    return None


def _up(mib: float) -> int:
    return -int(-mib // 256) * 256
