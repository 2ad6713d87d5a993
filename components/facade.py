"""What the facades of all stores share: what survives a change of backend."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import pulumi
import pulumi_random as random

from components import options, record
from components.backups.args import BackupAccess
from components.catalog import Backend
from components.endpoint import Endpoint
from components.store import BackendArgs, StoreArgs


class Made(Protocol):
    """What every backend offers to its facade."""

    @property
    def endpoint(self) -> Endpoint:
        """How applications reach it."""
        ...

    @property
    def made(self) -> Sequence[pulumi.Resource]:
        """Every resource that it needs to serve."""
        ...

    @property
    def backup(self) -> BackupAccess | None:
        """How the jobs of backups reach it; absent where none are taken."""
        ...


class Store(pulumi.ComponentResource):
    """Base of the facades: a facade only chooses its backend, in `run`.

    Creates:
        - the backend
        - `<name>-password`: of user `app`, where the backend accepts one; `<name>-backup-password` and
          `<name>-restore-password`, where backups are taken; `<name>-ship-password`, where every write is shipped
        - `ladder-<name>`: the ledger record, after everything else
    """

    TOKEN: ClassVar[str]
    endpoint: Endpoint
    backend: Backend
    backup: BackupAccess | None

    def __init__(self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the store.

        Raises:
            ValueError: When the component is named otherwise than the store: names tell a store's resources.
        """
        if name != args.name:
            raise ValueError(f"the component is named {name}, its store {args.name}: use one name for both")
        super().__init__(self.TOKEN, name, None, opts)
        made = self.run(args)
        record.write(self, args, after=made.made)
        self.endpoint = made.endpoint
        self.backend = args.backend
        self.backup = made.backup
        self.register_outputs({"endpoint": made.endpoint.outputs(), "backend": args.backend})

    @abstractmethod
    def run(self, args: StoreArgs) -> Made:
        """Make the backend that `args` names, as a child."""

    def asked(self, args: StoreArgs, *, generation: int | None = None) -> BackendArgs:
        """What a backend is asked for that takes a password of ours: letters and digits, so that no URI escapes it.

        Args:
            args: As the facade was asked.
            generation: Of the password, where a service takes another one at any time: then nothing is lost with it.
        """
        protect = args.protected and generation is None
        password = random_password(self, f"{args.name}-password", protect=protect, generation=generation)
        if args.backup is None:
            return BackendArgs(store=args, password=password)

        # Never protected: a server takes new ones at its next start, and backups may end.
        def of(user: str) -> pulumi.Output[str]:
            return random_password(self, f"{args.name}-{user}-password", protect=False, generation=generation)

        return BackendArgs(
            store=args,
            password=password,
            backup_password=of("backup"),
            restore_password=of("restore"),
            ship_password=of("ship") if args.backup.point_in_time_days else None,
        )


def random_password(
    parent: pulumi.Resource, name: str, *, protect: bool, generation: int | None = None
) -> pulumi.Output[str]:
    """32 letters and digits (190 bits), kept in the state and marked secret; another `generation` is another one."""
    made = random.RandomPassword(
        name,
        length=32,
        special=False,
        keepers={"generation": str(generation)} if generation is not None else None,
        opts=options.child(parent, protect=protect),
    )
    return pulumi.Output.secret(made.result)
