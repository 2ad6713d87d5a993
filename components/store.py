"""What every store is asked for, whatever runs it, and the rules that its settings must keep."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import pulumi

from components import catalog, mirrors, naming
from components.backups.args import BackupArgs
from components.catalog import Backend, Cloud, Engine, Image, Keeper, Kind, Role, Stage

if TYPE_CHECKING:
    from components.cluster.network import AwsNetwork, GcpNetwork


class Spread(StrEnum):
    """Whether members must, or should, run on different nodes and zones."""

    HARD = "hard"
    SOFT = "soft"


class Phase(StrEnum):
    """A step of a change that would otherwise lose data; absent in daily life.

    The first three are those of a climb: the data is copied to another backend, applications use that one, and the
    one before is given up.
    """

    COPY = "copy"
    CUTOVER = "cutover"
    RETIRE = "retire"
    REMOVE = "remove"


CLIMBING = (Phase.COPY, Phase.CUTOVER, Phase.RETIRE)
"""The phases in which a store has two backends."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a store lives: facts that its ledger record keeps, none of which may change under its data."""

    stage: Stage
    cloud: Cloud
    cluster: str
    namespace: str
    region: str | None = None
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who signs the certificates of stores in the cluster: certificate and key, PEM; the key is secret."""

    pem: pulumi.Input[str]
    key_pem: pulumi.Input[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PodArgs:
    """What is asked of the pods of a store in the cluster; a store that runs elsewhere has none.

    Attributes:
        cpu: Cores that each member is promised.
        memory_mib: Memory that each member is promised and limited to, MiB.
        storage_class: Of the volumes.
        image: Instead of the catalogue's, for mirrors.
        spread: Over nodes and zones, from two members on.
        unsafe_plaintext: Serve without TLS.
        issuer: Who signs the server's certificate; absent only without TLS.
    """

    cpu: float = 0.25
    memory_mib: int = 512
    storage_class: str = ""
    image: Image | None = None
    spread: Spread = Spread.HARD
    unsafe_plaintext: bool = False
    issuer: Issuer | None = field(default=None, repr=False)

    @property
    def tls(self) -> bool:
        """Whether the server speaks TLS."""
        return not self.unsafe_plaintext


@dataclass(frozen=True, kw_only=True)
class ExternalArgs:
    """How to reach a store that somebody else runs.

    Attributes:
        uri: As the driver wants it. Secret.
        ca: PEM of the authority that signed the server's certificate.
        climb_uri: Of a user that may read, or write, all of it, for the jobs of a climb; the application's where
            absent. Secret.
    """

    uri: pulumi.Input[str] = field(repr=False)
    ca: pulumi.Input[str] | None = field(default=None, repr=False)
    climb_uri: pulumi.Input[str] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One broken rule: the field, its value, the rule, and what to write instead."""

    field: str
    value: str
    rule: str
    fix: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}: {self.rule}; {self.fix}"


class StoreError(ValueError):
    """A store was asked for what it cannot be; `problems` holds every broken rule."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        """Say all of them."""
        super().__init__(f"store {name}: " + "; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Climb:
    """Where the data of a store is going.

    Attributes:
        to: The same store on the other backend.
        receipt: What a job gave when it had proven that the phase may begin.
        fall_back_to_run: The run of backups that is accepted as the way back though it is old.
    """

    to: "StoreArgs"
    receipt: str | None = None
    fall_back_to_run: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoreArgs:
    """What is asked of a store; values decide which resources exist, so they are plain.

    Attributes:
        kind: The protocol it speaks.
        name: Its name in the cluster; never changes.
        backend: What runs it.
        placement: Where it lives.
        engine: The server.
        version: Of the server, as the catalogue spells it.
        replicas: Members.
        readers: Copies for reading, where a service has them; their URI is one of its own.
        storage_gib: Size of each member's storage, GiB.
        protect: Whether the engine guards what holds data.
        wait_minutes: How long an update waits for the store to become ready.
        phase: Set while it climbs, or is being removed.
        climb: Where its data goes; set in the phases of a climb alone.
        arriving: Whether it is where another one's data goes.
        role: Of a Redis-compatible store.
        pods: Of a store in the cluster.
        external: Of a store that somebody else runs.
        backup: What is asked of its backups; absent where none are taken.
        network: Of a store that a service keeps: where it lives, and who may reach it. The cluster says so.
        tags: Of the stack, for a service whose provider does not tag by itself.
    """

    OF_SERVICES: ClassVar[Mapping[str, Backend]] = {}
    """Fields that hold what is asked of one service alone, and which backend that is."""

    kind: Kind
    name: str
    backend: Backend
    placement: Placement
    engine: Engine
    version: str
    replicas: int = 1
    readers: int = 0
    storage_gib: int = 10
    protect: bool = True
    wait_minutes: int = 10
    phase: Phase | None = None
    climb: Climb | None = None
    arriving: bool = False
    role: Role | None = None
    pods: PodArgs = PodArgs()
    external: ExternalArgs | None = None
    backup: BackupArgs | None = None
    network: "AwsNetwork | GcpNetwork | None" = field(default=None, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Refuse what the backend cannot honour.

        Raises:
            StoreError: With every broken rule.
        """
        if problems := check(self):
            raise StoreError(self.name, problems)

    @property
    def pinned(self) -> Mapping[str, str]:
        """Settings, below the store's own key, that never change: a service would make it anew."""
        return {}

    @property
    def steered(self) -> Mapping[str, str]:
        """Settings, below the store's own key, that a service passes over while it scales the store by itself."""
        return {}

    @property
    def ceiling_gib(self) -> int | None:
        """Up to where a service lets its storage grow by itself; None where it does not."""
        return None

    def of_its_service(self) -> Iterable[Problem]:
        """Rules of the service that keeps it, broken by this store."""
        return ()

    @property
    def holds_data(self) -> bool:
        """Whether Ladder keeps the only copy: not a cache, and not what somebody else runs."""
        return self.keeper is not Keeper.OTHERS and self.role is not Role.CACHE

    @property
    def ships(self) -> bool:
        """Whether every write of it can be shipped."""
        return self.kind is Kind.POSTGRES and self.keeper is Keeper.CLUSTER

    @property
    def keeper(self) -> Keeper:
        """Who runs it."""
        return catalog.keeper(self.backend)

    @property
    def protected(self) -> bool:
        """Whether the engine must refuse to delete what this store needs: never, where no data would go with it."""
        given_up = (Phase.COPY,) if self.arriving else (Phase.REMOVE, Phase.RETIRE)
        return self.protect and self.holds_data and self.phase not in given_up

    @property
    def retained(self) -> bool:
        """Whether its volumes stay in the cluster when the stack lets them go: another backend has the data by then."""
        return self.phase is Phase.RETIRE and not self.arriving

    @property
    def serving(self) -> "StoreArgs":
        """The backend that applications use, in this phase."""
        return self.climb.to if self.climb and self.phase is not Phase.COPY else self

    @property
    def run_image(self) -> Image:
        """The image to run: the override, else the catalogue's."""
        return self.pods.image or catalog.image(self.engine, self.version)


@dataclass(frozen=True, kw_only=True)
class BackendArgs:
    """What a facade hands to the backend that it makes.

    Attributes:
        store: As the facade was asked.
        password: Of the application's user. Secret.
        backup_password: Of user `backup`, where backups are taken. Secret.
        restore_password: Of user `restore`, where backups are taken. Secret.
        ship_password: Of user `ship`, where every write is shipped. Secret.
    """

    store: StoreArgs
    password: pulumi.Input[str] = field(repr=False)
    backup_password: pulumi.Input[str] | None = field(default=None, repr=False)
    restore_password: pulumi.Input[str] | None = field(default=None, repr=False)
    ship_password: pulumi.Input[str] | None = field(default=None, repr=False)


MOST_MEMBERS = {Kind.MONGODB: 3, Kind.REDIS: 1, Kind.POSTGRES: 1, Kind.MYSQL: 1}
"""How many members each kind can have in the cluster."""

LEAST_MEMORY_MIB = {Kind.MONGODB: 512, Kind.REDIS: 64, Kind.POSTGRES: 256, Kind.MYSQL: 640}
"""Below this a server is killed under load. MongoDB: 0.25 GiB cache beside connections and sorts. MySQL: its pool."""


def check(store: StoreArgs) -> list[Problem]:
    """Every rule that `store` breaks by itself, without a look at what exists."""
    found: list[Problem] = []

    def refuse(name: str, value: object, rule: str, fix: str) -> None:
        found.append(Problem(field=name, value=str(value), rule=rule, fix=fix))

    if broken := naming.problem_with(store.name):
        refuse("name", store.name, broken, f"for example {store.kind}")
    if store.backend not in (held := catalog.offers(store.kind, store.placement.cloud)):
        refuse("backend", store.backend, f"not for {store.kind} on {store.placement.cloud}", _one_of(held))
        return found
    if store.engine not in (held := catalog.engines(store.kind)):
        refuse("engine", store.engine, f"does not serve {store.kind}", _one_of(held))
    elif store.keeper is Keeper.PROVIDER and not catalog.versions(store.engine, store.backend):
        held = catalog.engines_of(store.kind, store.backend)
        refuse("engine", store.engine, f"not on {store.backend}", _one_of(held))
    elif store.version not in (held := catalog.versions(store.engine, store.backend)):
        refuse("version", store.version, f"not in the catalogue of {store.engine}", _one_of(held))
    if store.backup and store.backup.point_in_time_days and not store.ships:
        rule = f"writes to {store.kind} on {store.backend} are not shipped by Ladder"
        fix = "leave it out: `ladder plan` says how far the service goes back by itself"
        refuse("backup.point_in_time_days", store.backup.point_in_time_days, rule, fix)
    usual = type(store).__dataclass_fields__
    for name, backend in store.OF_SERVICES.items():
        if store.backend is not backend and getattr(store, name) != usual[name].default:
            rule = f"is for {backend}, and nothing of it would be done on {store.backend}"
            refuse(name, "set", rule, f"leave it out, or set backend: {backend}")
    if store.readers and store.keeper is not Keeper.PROVIDER:
        rule = f"{store.backend} has no copies for reading"
        refuse("readers", store.readers, rule, "leave it out")
    match store.keeper:
        case Keeper.OTHERS:
            if store.external is None:
                refuse("external", "absent", "an external store needs the URI to reach it", "set external.uri")
            return found
        case Keeper.PROVIDER:
            found += store.of_its_service()
        case Keeper.CLUSTER:
            if store.external is not None:
                refuse("external", "set", f"the backend is {store.backend}", "remove it, or set backend: external")
            most = MOST_MEMBERS[store.kind]
            if not 1 <= store.replicas <= most:
                rule = f"{store.backend} runs 1 to {most} members of {store.kind}"
                refuse("replicas", store.replicas, rule, f"set a number from 1 to {most}" if most > 1 else "set 1")
            least = LEAST_MEMORY_MIB[store.kind]
            if store.pods.memory_mib < least:
                rule = f"{store.kind} needs at least {least} MiB"
                refuse("memory_mib", store.pods.memory_mib, rule, f"set {least} or more")
            for name, value in (
                ("storage_gib", store.storage_gib),
                ("cpu", store.pods.cpu),
                ("wait_minutes", store.wait_minutes),
            ):
                if value <= 0:
                    refuse(name, value, "must be greater than 0", "set a positive number")
            if store.pods.image and (said := mirrors.problem_with(store.pods.image, store.engine, store.version)):
                refuse("image.ref", store.pods.image.ref, *said)
            if not store.pods.storage_class and store.holds_data:
                refuse("storage_class", "absent", "volumes name their class", "set ladder:cluster storage_class")
    return found


def _one_of(held: tuple[StrEnum, ...] | tuple[str, ...]) -> str:
    return f"it holds: {', '.join(held)}"
