"""The shape of a stack's configuration, as it is written: every key, its type and its default.

`infra.settings` reads it and turns it into what the components are asked for.
"""

from dataclasses import dataclass, field, is_dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints

from pydantic import ConfigDict, Field

from components.atlas.args import AtlasArgs
from components.backups.args import Keep
from components.backups.vault.args import InClusterArgs, RepositoryKind, S3CompatibleArgs, VaultArgs
from components.backups.vault.azure_blob_args import AzureBlobArgs, ImmutabilityMode, Replication
from components.backups.vault.gcs_args import GcsArgs
from components.backups.vault.s3_args import Access, LockMode, S3Args
from components.backups.watchdog.args import Format
from components.catalog import Backend, Cloud, Engine, Kind, Role, Stage
from components.cluster.args import ClusterKind, Day, Window
from components.cluster.network import Nat
from components.cluster.node_args import NodeArgs
from components.mongodb.args import MongodbArgs
from components.mysql.args import MysqlArgs
from components.postgres.args import CloudSqlArgs, PostgresArgs, RdsArgs
from components.redis.args import ElasticacheArgs, MemorystoreArgs, RedisArgs
from components.store import Phase, PodArgs, Spread, StoreArgs

PREFIX = "ladder:"
STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

Text = Annotated[str, Field(min_length=1)]
Member = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class StackKind(StrEnum):
    """What a stack is."""

    ENVIRONMENT = "environment"
    VAULT = "vault"


@dataclass(frozen=True, kw_only=True)
class WindowSection:
    """`window` of a cluster: when machines under databases may be replaced."""

    __pydantic_config__ = STRICT
    day: Day = Window.day
    hour: int = Window.hour
    hours: int = Window.hours


@dataclass(frozen=True, kw_only=True)
class NodeSection:
    """`node` of a cluster: its single machine."""

    __pydantic_config__ = STRICT
    instance_type: Text | None = None
    data_gib: int = NodeArgs.data_gib
    snapshots: int = NodeArgs.snapshots
    restored_from: Text | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkSection:
    """`network` of a cluster that exists: where managed stores live beside it, and whom they let in.

    `infra.cluster_settings` says what each cloud wants to know of it.
    """

    __pydantic_config__ = STRICT
    vpc: Text
    subnets: Annotated[tuple[Text, ...] | None, Field(min_length=2)] = None
    security_group: Text | None = None
    subnetwork: Text | None = None
    services_range: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ProvidersSection:
    """`ladder:providers`: what every resource in a cloud is tagged with, beside its stack."""

    __pydantic_config__ = STRICT
    cost_centre: Text | None = None
    tags: dict[Text, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class ClusterSection:
    """`ladder:cluster`; `infra.cluster_settings` says which kind has which."""

    __pydantic_config__ = STRICT
    kind: ClusterKind
    context: Text | None = None
    storage_class: Text | None = None
    kubeconfig: Text | None = None
    identifier: Text | None = None
    region: Text | None = None
    account: Text | None = None
    api_access: tuple[Text, ...] | None = None
    version: Text | None = None
    zones: tuple[Text, ...] | None = None
    cidr: Text | None = None
    nat: Literal[Nat.ONE, Nat.PER_ZONE] | None = None
    kms_key: Text | None = None
    admins: tuple[Text, ...] | None = None
    window: WindowSection | None = None
    node: NodeSection | None = None
    network: NetworkSection | None = None


@dataclass(frozen=True, kw_only=True)
class ImageSection:
    """`image` of a store: a mirror of the official image, or one like it."""

    __pydantic_config__ = STRICT
    ref: Text
    uid: Member


@dataclass(frozen=True, kw_only=True)
class ExternalSection:
    """`external` of a store: how to reach what somebody else runs. Both URIs are secret.

    `climb_uri` is of a user that reads, or writes, all of it: a climb logs in with it, applications never.
    """

    __pydantic_config__ = STRICT
    uri: Annotated[str, Field(min_length=1, repr=False)]
    ca: Text | None = None
    climb_uri: Annotated[str | None, Field(min_length=1, repr=False)] = None


@dataclass(frozen=True, kw_only=True)
class KeepSection:
    """`keep` of backups: how many of each stay."""

    __pydantic_config__ = STRICT
    hourly: Count = Keep.hourly
    daily: Count = Keep.daily
    weekly: Count = Keep.weekly
    monthly: Count = Keep.monthly


@dataclass(frozen=True, kw_only=True)
class StoreBackupSection:
    """`backup` of a store; what is absent is inherited from `ladder:backups`."""

    __pydantic_config__ = STRICT
    schedule: Text | None = None
    verify: Text | None = None
    prune: Text | None = None
    keep: KeepSection | None = None
    point_in_time_days: Annotated[int, Field(ge=0, le=35)] | None = None


@dataclass(frozen=True, kw_only=True)
class BackupsSection:
    """`ladder:backups`: what stores inherit."""

    __pydantic_config__ = STRICT
    schedule: Text | None = None
    verify: Text | None = None
    prune: Text | None = None
    keep: KeepSection = KeepSection()
    scratch_class: Text | None = None
    image: ImageSection | None = None


@dataclass(frozen=True, kw_only=True)
class StoreSection:
    """What the sections of all stores have in common; defaults are those of the components.

    `to` is laid over the section itself (`infra.climbs`), and read like a section then; without a phase it waits.
    `back` says that a climb is on its way back, to whoever goes on with it.
    """

    __pydantic_config__ = STRICT
    name: Text | None = None
    stage: Stage | None = None
    backend: Backend | None = None
    version: Text | None = None
    replicas: int = StoreArgs.replicas
    readers: int = StoreArgs.readers
    storage_gib: int | None = None
    cpu: float = PodArgs.cpu
    memory_mib: int = PodArgs.memory_mib
    image: ImageSection | None = None
    spread: Spread = PodArgs.spread
    protect: bool = StoreArgs.protect
    unsafe_plaintext: bool = PodArgs.unsafe_plaintext
    wait_minutes: int = StoreArgs.wait_minutes
    phase: Phase | None = None
    to: dict[str, Any] | None = None
    receipt: Text | None = None
    fall_back_to_run: Text | None = None
    back: bool = False
    external: ExternalSection | None = None
    backup: StoreBackupSection | None = None


@dataclass(frozen=True, kw_only=True)
class MongodbSection(StoreSection):
    """`ladder:mongodb`."""

    memory_mib: int = MongodbArgs.pods.memory_mib
    # A component's own args are a section where they hold nothing but settings: strict like the section around them.
    atlas: AtlasArgs = MongodbArgs.atlas


@dataclass(frozen=True, kw_only=True)
class RedisSection(StoreSection):
    """`ladder:redis`."""

    memory_mib: int = RedisArgs.pods.memory_mib
    role: Role = RedisArgs.role
    engine: Engine | None = None
    aws: ElasticacheArgs = RedisArgs.aws
    gcp: MemorystoreArgs = RedisArgs.gcp


@dataclass(frozen=True, kw_only=True)
class PostgresSection(StoreSection):
    """`ladder:postgres`."""

    memory_mib: int = PostgresArgs.pods.memory_mib
    aws: RdsArgs = PostgresArgs.aws
    gcp: CloudSqlArgs = PostgresArgs.gcp


@dataclass(frozen=True, kw_only=True)
class MysqlSection(StoreSection):
    """`ladder:mysql`."""

    memory_mib: int = MysqlArgs.pods.memory_mib


@dataclass(frozen=True, kw_only=True)
class ReplicasSection:
    """`replicas` of the application: the autoscaler stays between them."""

    __pydantic_config__ = STRICT
    min: Member = 2
    max: Member = 10


@dataclass(frozen=True, kw_only=True)
class IngressSection:
    """`ingress` of the application."""

    __pydantic_config__ = STRICT
    host: Text
    class_: Annotated[Text | None, Field(alias="class")] = None


@dataclass(frozen=True, kw_only=True)
class AppSection:
    """`ladder:app`."""

    __pydantic_config__ = STRICT
    image: Text
    port: Port = 8080
    uses: tuple[Kind, ...] | None = None
    replicas: ReplicasSection = ReplicasSection()
    cpu: Annotated[float, Field(gt=0)] = 0.1
    memory_mib: Annotated[int, Field(ge=32)] = 256
    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None
    ingress: IngressSection | None = None


@dataclass(frozen=True, kw_only=True)
class AlertsSection:
    """`ladder:alerts`; both addresses are secret."""

    __pydantic_config__ = STRICT
    webhook: Annotated[str | None, Field(min_length=1, repr=False)] = None
    format: Format = Format.SLACK
    ping: Annotated[str | None, Field(min_length=1, repr=False)] = None
    image: ImageSection | None = None


@dataclass(frozen=True, kw_only=True)
class MoveSection:
    """`ladder:move`: where this environment comes from, or where it went; `ladder move` writes it."""

    __pydantic_config__ = STRICT
    from_: Annotated[Text | None, Field(alias="from")] = None
    to: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Sections:
    """Every key under `ladder:`."""

    __pydantic_config__ = STRICT
    stage: Stage
    cloud: Cloud
    cluster: ClusterSection
    kind: StackKind = StackKind.ENVIRONMENT
    namespace: Text | None = None
    vault: Text | None = None
    backups: BackupsSection | None = None
    alerts: AlertsSection | None = None
    mongodb: MongodbSection | None = None
    redis: RedisSection | None = None
    postgres: PostgresSection | None = None
    mysql: MysqlSection | None = None
    app: AppSection | None = None
    move: MoveSection | None = None
    providers: ProvidersSection = ProvidersSection()


@dataclass(frozen=True, kw_only=True)
class AnyRepository:
    """What every shape of `ladder:repository` has."""

    __pydantic_config__ = STRICT
    kind: RepositoryKind
    protect: bool = VaultArgs.protect


@dataclass(frozen=True, kw_only=True)
class InClusterSection(AnyRepository):
    """`ladder:repository` of kind `in_cluster`."""

    storage_gib: Member = InClusterArgs.storage_gib
    memory_mib: Annotated[int, Field(ge=64)] = InClusterArgs.memory_mib
    image: ImageSection | None = None
    setup_image: ImageSection | None = None
    wait_minutes: Member = InClusterArgs.wait_minutes


@dataclass(frozen=True, kw_only=True)
class KeysSection:
    """Keys of an S3 server; `secret_access_key` is secret."""

    __pydantic_config__ = STRICT
    access_key_id: Text
    secret_access_key: Annotated[str, Field(min_length=1, repr=False)]


@dataclass(frozen=True, kw_only=True)
class S3CompatibleSection(AnyRepository):
    """`ladder:repository` of kind `s3_compatible`."""

    endpoint: Annotated[str, Field(pattern=r"^https://[^/\s]+$")]
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$")]
    region: Text = S3CompatibleArgs.region
    writer: KeysSection
    pruner: KeysSection
    ca: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ObjectLockSection:
    """`object_lock` of a bucket of Amazon S3."""

    __pydantic_config__ = STRICT
    mode: LockMode
    days: int


@dataclass(frozen=True, kw_only=True)
class S3Section(AnyRepository):
    """`ladder:repository` of kind `s3`."""

    region: Text
    account: Text
    bucket: Text | None = None
    access: Access = S3Args.access
    kept_days: int = S3Args.kept_days
    object_lock: ObjectLockSection | None = None
    kms_key: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ImmutabilitySection:
    """`immutability` of a container of Azure Blob Storage."""

    __pydantic_config__ = STRICT
    mode: ImmutabilityMode
    days: int


@dataclass(frozen=True, kw_only=True)
class AzureBlobSection(AnyRepository):
    """`ladder:repository` of kind `azure_blob`."""

    region: Text
    subscription: Text
    tenant: Text
    operator: Text
    storage_account: Text | None = None
    replication: Replication = AzureBlobArgs.replication
    kept_days: int = AzureBlobArgs.kept_days
    immutability: ImmutabilitySection | None = None


@dataclass(frozen=True, kw_only=True)
class GcsSection(AnyRepository):
    """`ladder:repository` of kind `gcs`."""

    region: Text
    project: Text
    bucket: Text | None = None
    kept_days: int = GcsArgs.kept_days
    kms_key: Text | None = None


RepositorySection: TypeAlias = AzureBlobSection | GcsSection | InClusterSection | S3CompatibleSection | S3Section
REPOSITORIES: dict[RepositoryKind, type[RepositorySection]] = {
    RepositoryKind.AZURE_BLOB: AzureBlobSection,
    RepositoryKind.GCS: GcsSection,
    RepositoryKind.IN_CLUSTER: InClusterSection,
    RepositoryKind.S3: S3Section,
    RepositoryKind.S3_COMPATIBLE: S3CompatibleSection,
}
"""By kind, the shape of `ladder:repository`."""


@dataclass(frozen=True, kw_only=True)
class RepositoryOfSomeKind:
    """As much of `ladder:repository` as tells which of the shapes it has."""

    __pydantic_config__ = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)
    kind: RepositoryKind


@dataclass(frozen=True, kw_only=True)
class VaultSections:
    """Every key under `ladder:` of a vault stack; `cluster` is needed by a repository in the cluster alone."""

    __pydantic_config__ = STRICT
    kind: StackKind
    cloud: Cloud
    repository: RepositoryOfSomeKind
    cluster: ClusterSection | None = None
    namespace: Text | None = None


def section_of(section: object, name: str) -> object:
    """The dataclass behind the field `name` of `section`; None where the field is no group of settings."""
    if not is_dataclass(section):
        return None
    hint = get_type_hints(section).get(name)
    return next((inner for inner in (hint, *get_args(hint)) if is_dataclass(inner)), None)
