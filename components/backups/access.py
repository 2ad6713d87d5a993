"""How a server lets the jobs of backups in: as users that it has where backups are taken."""

import pulumi

from components.backups.args import BackupAccess, Login
from components.store import BackendArgs


def passwords(args: BackendArgs) -> dict[str, pulumi.Input[str]]:
    """`<user>-password` of every user that the server is to have."""
    found = {
        "app": args.password,
        "backup": args.backup_password,
        "restore": args.restore_password,
        "ship": args.ship_password,
    }
    return {f"{user}-password": password for user, password in found.items() if password is not None}


def of(
    args: BackendArgs,
    *,
    host: pulumi.Input[str],
    port: pulumi.Input[int],
    database: pulumi.Input[str],
    ca: pulumi.Input[str],
) -> BackupAccess | None:
    """How the jobs reach the server; absent where no backups are taken."""
    if args.backup_password is None or args.restore_password is None:
        return None
    return BackupAccess(
        host=host,
        port=port,
        database=database,
        ca=ca,
        backup=Login(user="backup", password=args.backup_password),
        restore=Login(user="restore", password=args.restore_password),
        ship=Login(user="ship", password=args.ship_password) if args.ship_password is not None else None,
    )
