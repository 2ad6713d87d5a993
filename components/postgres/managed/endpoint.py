"""How applications reach a managed server and its copies for reading."""

from collections.abc import Sequence

import pulumi

from components.endpoint import CA_FILE, Endpoint
from components.postgres.args import PORT


def of(
    host: pulumi.Output[str],
    readers: Sequence[pulumi.Output[str]],
    ca: pulumi.Input[str],
    password: pulumi.Output[str],
) -> Endpoint:
    """User `app`, TLS verified; the URI for reading names every copy."""
    trusted = f"sslmode=verify-full&sslrootcert={CA_FILE}"
    hosts = pulumi.Output.all(*readers).apply(lambda names: ",".join(f"{name}:{PORT}" for name in names))
    # Without the last part a driver would ask the first reader, and the others only when that is gone.
    spread = "&load_balance_hosts=random" if len(readers) > 1 else ""
    return Endpoint(
        host=host,
        port=pulumi.Output.from_input(PORT),
        username=pulumi.Output.from_input("app"),
        password=password,
        database=pulumi.Output.from_input("app"),
        ca=pulumi.Output.from_input(ca),
        uri=pulumi.Output.concat("postgresql://app:", password, "@", host, f":{PORT}/app?{trusted}"),
        read_uri=pulumi.Output.concat("postgresql://app:", password, "@", hosts, f"/app?{trusted}{spread}")
        if readers
        else None,
    )
