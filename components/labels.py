"""Labels and selectors. Selectors never change: Kubernetes replaces a StatefulSet whose selector moved."""

from components.catalog import Kind

NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
MANAGED_BY = "app.kubernetes.io/managed-by"
COMPONENT = "app.kubernetes.io/component"
STACK = "ladder/stack"
APPLIED_BY = "ladder/applied-by"


def selector(kind: Kind | str, name: str) -> dict[str, str]:
    """Exactly the two labels that select the pods of `name`."""
    return {NAME: str(kind), INSTANCE: name}


def labels(kind: Kind | str, name: str, component: str | None = None) -> dict[str, str]:
    """The selector and who manages the object; `component` tells a helper (a job) from the server itself."""
    extra = {COMPONENT: component} if component else {}
    return {**selector(kind, name), MANAGED_BY: "ladder", **extra}


def uses(kind: Kind) -> str:
    """The label by which a pod asks for a store: it opens the store's network policy."""
    return f"ladder/uses-{kind}"
