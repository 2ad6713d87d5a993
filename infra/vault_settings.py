"""The settings of a vault stack (`ladder:kind: vault`)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import pulumi
from pulumi import runtime
from pydantic import TypeAdapter, ValidationError

from components import catalog
from components.backups.vault.azure_blob_args import AzureBlobArgs, AzureBlobError, Immutability
from components.backups.vault.gcs_args import GcsArgs, GcsError
from components.backups.vault.s3_args import ObjectLock, S3Args, S3Error
from components.catalog import Image, Tool
from components.cluster.args import ClusterArgs, ClusterKind
from infra import cluster_settings, schema
from infra.complaints import Complaint, SettingsError, from_validation
from infra.settings import PREFIX, namespace_complaints, written

_ADAPTER = TypeAdapter(schema.VaultSections)
_REPOSITORY = f"{PREFIX}repository"


@dataclass(frozen=True, kw_only=True)
class VaultSettings:
    """What a vault stack wants.

    Attributes:
        project: Pulumi project.
        stack: Its name, without organization.
        namespace: Of a repository in the cluster.
        cluster: How the cluster is reached; absent where there is none.
        storage_class: Of a repository in the cluster.
        repository: As it was written.
        protect: Whether the engine guards what the backups need.
    """

    project: str
    stack: str
    namespace: str
    cluster: ClusterArgs | None
    storage_class: str
    repository: schema.RepositorySection
    protect: bool

    @property
    def owner(self) -> str:
        """`<project>.<stack>`: how this stack signs its namespace."""
        return f"{self.project}.{self.stack}"


def load(config: Mapping[str, str], secret: Callable[[str], bool], *, project: str, stack: str) -> VaultSettings:
    """Read the configuration of a vault stack.

    Args:
        config: Every key of the stack as the engine hands it over.
        secret: Whether a key holds a secret anywhere in it.
        project: Name of the Pulumi project.
        stack: Name of the stack.

    Raises:
        SettingsError: With every wrong setting.
    """
    values = written(config)
    complaints: list[Complaint] = []
    sections = None
    try:
        sections = _ADAPTER.validate_json(json.dumps(values))
    except ValidationError as error:
        complaints += from_validation(error, values, schema.VaultSections)
    repository = _repository(values.get("repository"), complaints)
    namespace = str(values.get("namespace") or f"ladder-{stack}")
    complaints += namespace_complaints(namespace)
    cluster = None
    match repository:
        case schema.InClusterSection() if sections:
            cluster = _cluster(sections, repository, f"{project}-{stack}", complaints)
        case schema.S3CompatibleSection() if not secret(_REPOSITORY):
            complaints.append(_exposed())
        case schema.S3Section():
            try:
                s3(repository, f"{project}-{stack}")
            except S3Error as error:
                complaints += [Complaint.about(_REPOSITORY, problem) for problem in error.problems]
        case schema.AzureBlobSection():
            try:
                azure_blob(repository, f"{project}-{stack}")
            except AzureBlobError as error:
                complaints += [Complaint.about(_REPOSITORY, problem) for problem in error.problems]
        case schema.GcsSection():
            try:
                gcs(repository, f"{project}-{stack}")
            except GcsError as error:
                complaints += [Complaint.about(_REPOSITORY, problem) for problem in error.problems]
        case _:
            pass
    if complaints or sections is None or repository is None:
        raise SettingsError(complaints)
    return VaultSettings(
        project=project,
        stack=stack,
        namespace=namespace,
        cluster=cluster,
        storage_class=cluster_settings.storage_class(sections.cluster) if sections.cluster else "",
        repository=repository,
        protect=repository.protect,
    )


def _cluster(
    sections: schema.VaultSections, repository: schema.RepositorySection, name: str, complaints: list[Complaint]
) -> ClusterArgs | None:
    """The cluster that a repository runs in: one that exists, because a vault outlives what it is the vault of."""
    section = sections.cluster
    if section is None or section.kind is not ClusterKind.EXISTING:
        rule = "a repository in a cluster needs one that exists"
        value = "absent" if section is None else f'kind "{section.kind}"'
        fix = "set kind: existing, context and storage_class"
        complaints.append(Complaint(key=cluster_settings.KEY, value=value, rule=rule, fix=fix))
        return None
    about = cluster_settings.About(cloud=sections.cloud, name=name, protect=repository.protect, web=False, tags={})
    return cluster_settings.cluster(section, about, complaints)


def _repository(value: object, complaints: list[Complaint]) -> schema.RepositorySection | None:
    """The repository in the shape of its kind; None where its kind is wrong, which was said already."""
    try:
        kind = TypeAdapter(schema.RepositoryOfSomeKind).validate_json(json.dumps(value)).kind
    except ValidationError:
        return None
    shape = schema.REPOSITORIES[kind]
    try:
        return TypeAdapter[schema.RepositorySection](shape).validate_json(json.dumps(value))
    except ValidationError as error:
        complaints += from_validation(error, value, shape, f"{_REPOSITORY}.")
        return None


def s3(section: schema.S3Section, name: str) -> S3Args:
    """What a bucket of Amazon S3 is asked for; one that nobody named is named `<project>-<stack>-<account>`.

    Raises:
        S3Error: With every broken rule.
    """
    lock = section.object_lock
    return S3Args(
        region=section.region,
        account=section.account,
        bucket=section.bucket or f"{name}-{section.account}",
        access=section.access,
        kept_days=section.kept_days,
        object_lock=ObjectLock(mode=lock.mode, days=lock.days) if lock else None,
        kms_key=section.kms_key,
        protect=section.protect,
    )


def azure_blob(section: schema.AzureBlobSection, name: str) -> AzureBlobArgs:
    """What a container of Azure Blob Storage is asked for; an account that nobody named is named after stack and owner.

    Names of accounts are short and bare: the letters of `<project>-<stack>`, and a hash of it and the subscription.

    Raises:
        AzureBlobError: With every broken rule.
    """
    own = re.sub("[^a-z]", "", name.lower())[:16] + sha256(f"{name} {section.subscription}".encode()).hexdigest()[:8]
    lasting = section.immutability
    return AzureBlobArgs(
        region=section.region,
        subscription=section.subscription,
        tenant=section.tenant,
        operator=section.operator,
        storage_account=section.storage_account or own,
        replication=section.replication,
        kept_days=section.kept_days,
        immutability=Immutability(mode=lasting.mode, days=lasting.days) if lasting else None,
        protect=section.protect,
    )


def gcs(section: schema.GcsSection, name: str) -> GcsArgs:
    """What a bucket of Google Cloud Storage is asked for; one that nobody named is `<project>-<stack>-<its project>`.

    Raises:
        GcsError: With every broken rule.
    """
    return GcsArgs(
        region=section.region,
        project=section.project,
        bucket=section.bucket or f"{name}-{section.project}",
        kept_days=section.kept_days,
        kms_key=section.kms_key,
        protect=section.protect,
    )


def _exposed() -> Complaint:
    key = f"{_REPOSITORY}.writer.secret_access_key"
    return Complaint(
        key=key,
        value="[not shown]",
        rule="stands in the stack file as plain text",
        fix=f"pulumi config set --secret --path '{key}', the pruner's likewise, and change them: git remembers",
    )


def image(section: schema.ImageSection | None, tool: Tool) -> Image:
    """The image that was named, else the catalogue's."""
    return Image(ref=section.ref, uid=section.uid) if section else catalog.TOOLS[tool]


def is_vault(config: Mapping[str, str]) -> bool:
    """Whether a stack says that it is a vault."""
    return config.get(f"{PREFIX}kind") == schema.StackKind.VAULT


def read() -> VaultSettings | None:
    """Read the configuration of the stack that runs; None when it is no vault.

    Raises:
        SettingsError: With every wrong setting.
    """
    config = runtime.config.CONFIG.get()
    if not is_vault(config):
        return None
    return load(config, runtime.is_config_secret, project=pulumi.get_project(), stack=pulumi.get_stack())
