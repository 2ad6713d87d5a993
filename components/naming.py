"""Names of stores and of the Kubernetes objects that belong to them."""

import re

LONGEST = 30
"""Characters of a store's name, so that `<name>-members`, `data-<name>-<n>` and job suffixes stay under 63."""

_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def problem_with(name: str) -> str | None:
    """The rule that a store's name breaks, or None."""
    if len(name) > LONGEST:
        return f"has {len(name)} characters, at most {LONGEST} are allowed"
    if not _LABEL.fullmatch(name):
        return "must start with a lowercase letter and hold only lowercase letters, digits and inner dashes"
    return None


def is_label(name: str) -> bool:
    """Whether Kubernetes takes `name` as that of a namespace."""
    return len(name) <= 63 and _LABEL.fullmatch(name) is not None


def members(name: str) -> str:
    """The headless Service that gives every member a name of its own."""
    return f"{name}-members"


def claim(name: str, ordinal: int) -> str:
    """The volume claim that the StatefulSet's member `ordinal` adopts."""
    return f"data-{name}-{ordinal}"


def host(name: str, namespace: str) -> str:
    """The client Service, without the cluster's domain, which differs between clusters."""
    return f"{name}.{namespace}.svc"


def member_host(name: str, ordinal: int, namespace: str) -> str:
    """One member of a StatefulSet, reachable also before it is ready."""
    return f"{name}-{ordinal}.{members(name)}.{namespace}.svc"


def record(name: str) -> str:
    """The ConfigMap that holds the ledger record of a store."""
    return f"ladder-{name}"


RECEIPT_KEY = "-receipt-key"
"""Ends the name of the key with which the jobs of a store seal receipts."""
