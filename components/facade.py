"""What the facades of all stores share: what survives a change of backend."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components import labels, naming, options, record
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
        - the backend, and while it climbs the one that its data goes to
        - `<name>-password`: of user `app`, where the backend accepts one; `<name>-backup-password` and
          `<name>-restore-password`, where backups are taken; `<name>-ship-password`, where every write is shipped.
          Those of a service are named after it as well: `<name>-aws-rds-password`
        - `<name>-receipt-key`, and the Secret `<name>-receipt` with it, where backups are taken or the store climbs:
          jobs seal with it what they have proven
        - `ladder-<name>`: the ledger record, after everything else
    """

    TOKEN: ClassVar[str]
    endpoint: Endpoint
    backend: Backend
    backup: BackupAccess | None
    record: pulumi.Resource
    source: Made
    target: Made | None

    def __init__(self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the store.

        Raises:
            ValueError: When the component is named otherwise than the store: names tell a store's resources.
        """
        if name != args.name:
            raise ValueError(f"the component is named {name}, its store {args.name}: use one name for both")
        super().__init__(self.TOKEN, name, None, opts)
        source = self.run(args)
        target = self.run(args.climb.to) if args.climb else None
        served = target if target and args.serving is not args else source
        if args.backup or args.climb:
            self._receipts(args)
        self.record = record.write(self, args, after=[*source.made, *(target.made if target else ())])
        self.endpoint = served.endpoint
        self.backend = args.serving.backend
        self.backup = served.backup
        self.source, self.target = source, target
        self.register_outputs({"endpoint": served.endpoint.outputs(), "backend": self.backend})

    @abstractmethod
    def run(self, args: StoreArgs) -> Made:
        """Make the backend that `args` names, as a child."""

    def _receipts(self, args: StoreArgs) -> None:
        """Not protected: with another key the jobs prove anew."""
        key = random_password(self, f"{args.name}{naming.RECEIPT_KEY}", protect=False)
        name = receipt_secret(args.name)
        k8s.core.v1.Secret(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name, namespace=args.placement.namespace, labels=labels.labels(args.kind, args.name)
            ),
            string_data={"key": key},
            opts=options.child(self),
        )

    def asked(self, args: StoreArgs, *, generation: int | None = None) -> BackendArgs:
        """What a backend is asked for that takes a password of ours: letters and digits, so that no URI escapes it.

        Args:
            args: As the facade was asked.
            generation: Of the password, where a service takes another one at any time: then nothing is lost with it.
        """
        protect = args.protected and generation is None
        # Both backends of a climb have passwords of their own, so that none changes when it ends.
        name = args.name if generation is None else f"{args.name}-{str(args.backend).replace('_', '-')}"
        password = random_password(self, f"{name}-password", protect=protect, generation=generation)
        if args.backup is None:
            return BackendArgs(store=args, password=password)

        # Never protected: a server takes new ones at its next start, and backups may end.
        def of(user: str) -> pulumi.Output[str]:
            return random_password(self, f"{name}-{user}-password", protect=False, generation=generation)

        return BackendArgs(
            store=args,
            password=password,
            backup_password=of("backup"),
            restore_password=of("restore"),
            ship_password=of("ship") if args.backup.point_in_time_days else None,
        )


def receipt_secret(name: str) -> str:
    """The Secret that holds the key of a store's receipts."""
    return f"{name}-receipt"


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
