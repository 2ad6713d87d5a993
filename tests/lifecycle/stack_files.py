"""Small stacks, and what is said of them more than once."""

from lifecycle.model import Settings, Step

IMAGES = {"postgres": "local/postgres:17", "redis": "local/valkey:8.1", "app": "local/weather:1"}
"""What the local cluster runs; on one that runs others, these are exchanged."""

CLUSTER = {"kind": "existing", "context": "ladder-local", "identifier": "home", "storage_class": "ladder-local"}
EXTERNAL = {"uri": "postgresql://app:test-password@db.example.com:5432/app?sslmode=verify-full"}
EXTERNAL_MONGODB = {"uri": "mongodb://app:test-password@db.example.com:27017/app?tls=true"}


def stack(
    *,
    postgres: Settings | None = None,
    redis: Settings | None = None,
    mongodb: Settings | None = None,
    app: Settings | None = None,
    cluster: Settings = CLUSTER,
    **more: object,
) -> Settings:
    """A stack file."""
    sections = {"cluster": cluster, "postgres": postgres, "redis": redis, "mongodb": mongodb, "app": app, **more}
    usual = {"stage": "bootstrap", "cloud": "local"}
    return {f"ladder:{key}": value for key, value in (usual | sections).items() if value is not None}


def postgres(**more: object) -> Settings:
    """A small PostgreSQL."""
    image = {"ref": IMAGES["postgres"], "uid": 999}
    return {"storage_gib": 1, "memory_mib": 256, "cpu": 0.05, "wait_minutes": 3, "image": image, **more}


def redis(**more: object) -> Settings:
    """A small Valkey; a cache unless told otherwise."""
    # Another name of the same image: an upgrade that rolls the pod, where only one version can be had.
    old = more.get("version") == "8.0"
    image = {"ref": f"docker.io/{IMAGES['redis']}" if old else IMAGES["redis"], "uid": 999}
    usual = {"role": "cache", "memory_mib": 64, "cpu": 0.05, "wait_minutes": 3, "storage_gib": 1, "image": image}
    return {**usual, **more}


def app(**more: object) -> Settings:
    """The application of the README."""
    return {"image": IMAGES["app"], "memory_mib": 64, "cpu": 0.05, "replicas": {"min": 1, "max": 2}, **more}


def refused(says: str, error: str, settings: Settings) -> tuple[Step, ...]:
    """Refused; nothing is touched. (`up` makes a preview first: that is where it stops.)"""
    return (Step(says=says, settings=settings, error=error),)


def everything_of(op: str, kind: str, *, claim: bool, admin: bool = False) -> tuple[str, ...]:
    """Everything that belongs to one store in the cluster."""
    parts = [f"{kind.capitalize()} {kind}", f"InCluster {kind}", f"RandomPassword {kind}-password"]
    parts += [f"RandomPassword {kind}-admin"] if admin else []
    parts += [f"Secret {kind}-auth", f"PrivateKey {kind}-tls-key", f"CertRequest {kind}-tls-request"]
    parts += [
        f"LocallySignedCert {kind}-tls-certificate",
        f"Secret {kind}-tls",
        f"NetworkPolicy {kind}",
        f"NetworkPolicy {kind}-clients",
    ]
    parts += [f"Service {kind}", f"Service {kind}-members", f"ConfigMap {kind}-scripts", f"StatefulSet {kind}"]
    parts += [f"PersistentVolumeClaim data-{kind}-0"] if claim else []
    return tuple(f"{op} {part}" for part in (*parts, f"ConfigMap ladder-{kind}"))
