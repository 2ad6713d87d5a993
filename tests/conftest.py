"""Which tiers run: `LADDER_TIERS` names those that need more than pip packages."""

import os

import pytest

TIERS = {
    "engine": "needs the Pulumi CLI and its providers: make test runs it where they are on PATH",
    "emulator": "needs terraform, and moto_server of PyPI's moto[server]: make test runs it where they are on PATH",
    "cluster": "needs a cluster of local/: make test runs it where one can be made",
}

if "LADDER_TIERS" not in os.environ:
    # A shell that read .ladder/env has one, and the provider would write its path into every golden file.
    os.environ.pop("KUBECONFIG", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    wanted = set(os.environ.get("LADDER_TIERS", "").split(","))
    for item in items:
        for tier, reason in TIERS.items():
            if item.get_closest_marker(tier) and tier not in wanted:
                item.add_marker(pytest.mark.skip(reason=f"{tier} tier: {reason}"))
