"""What the settings say about stores: the sections of a stack file become what the components are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

import certifi

from components import catalog
from components.catalog import Backend, Image, Kind
from components.mongodb.args import MongodbArgs
from components.mysql.args import MysqlArgs
from components.postgres.args import RDS_LEAST_GIB, PostgresArgs
from components.redis.args import RedisArgs
from components.store import ExternalArgs, Placement, PodArgs, Problem, StoreArgs, StoreError
from infra import schema
from infra.complaints import Complaint
from infra.schema import PREFIX

OF_THE_CLUSTER = ("region", "account", "identifier")
"""Where stores live is said once, at the cluster."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the stores of a stack share.

    Attributes:
        placement: Where they live.
        tags: Of everything in a cloud.
        storage_class: Of volumes in the cluster.
    """

    placement: Placement
    tags: Mapping[str, str]
    storage_class: str


def configured(sections: schema.Sections) -> dict[Kind, schema.StoreSection]:
    """The stores that a stack has, in the catalogue's order."""

    def section(kind: Kind) -> schema.StoreSection | None:
        match kind:
            case Kind.MONGODB:
                return sections.mongodb
            case Kind.REDIS:
                return sections.redis
            case Kind.POSTGRES:
                return sections.postgres
            case Kind.MYSQL:
                return sections.mysql
            case _:
                assert_never(kind)

    return {kind: found for kind in Kind if (found := section(kind)) is not None}


def store(kind: Kind, section: schema.StoreSection, ground: Ground, *, arriving: bool = False) -> StoreArgs:
    """The store of a section.

    Args:
        kind: Of the store.
        section: Of the store.
        ground: What it shares with the others.
        arriving: Whether it is where another one's data goes.

    Raises:
        StoreError: When it breaks rules.
    """
    where = replace(ground.placement, stage=section.stage or ground.placement.stage)
    backend = meant(kind, section, where)
    chosen = section.engine if isinstance(section, schema.RedisSection) else None
    engine = chosen or next(iter(catalog.engines_of(kind, backend)), catalog.engines(kind)[0])
    return _args_of(section)(
        name=section.name or str(kind),
        backend=backend,
        placement=where,
        engine=engine,
        version=section.version or catalog.usual_version(engine, backend),
        replicas=section.replicas,
        readers=section.readers,
        storage_gib=_usual_gib(backend) if section.storage_gib is None else section.storage_gib,
        protect=section.protect,
        wait_minutes=section.wait_minutes,
        phase=section.phase,
        arriving=arriving,
        pods=_pods(section, ground.storage_class),
        external=_external(section.external) if section.external else None,
        tags=ground.tags,
    )


def _args_of(section: schema.StoreSection) -> Callable[..., StoreArgs]:
    """What makes the store of a section, given what all stores have in common."""
    match section:
        case schema.RedisSection():
            return partial(RedisArgs, role=section.role, aws=section.aws, gcp=section.gcp)
        case schema.PostgresSection():
            return partial(PostgresArgs, aws=section.aws, gcp=section.gcp)
        case schema.MysqlSection():
            return MysqlArgs
        case schema.MongodbSection():
            return partial(MongodbArgs, atlas=section.atlas)
        case _:
            raise TypeError(f"no args for {type(section).__name__}")


def _usual_gib(backend: Backend) -> int:
    """The size of a store that names none."""
    return RDS_LEAST_GIB if backend is Backend.AWS_RDS else StoreArgs.storage_gib


def _pods(section: schema.StoreSection, storage_class: str) -> PodArgs:
    return PodArgs(
        cpu=section.cpu,
        memory_mib=section.memory_mib,
        storage_class=storage_class,
        image=Image(ref=section.image.ref, uid=section.image.uid) if section.image else None,
        spread=section.spread,
        unsafe_plaintext=section.unsafe_plaintext,
    )


def _external(section: schema.ExternalSection) -> ExternalArgs:
    """Without an authority of its own, a server is one of the public ones'."""
    return ExternalArgs(uri=section.uri, ca=section.ca or certifi.contents(), climb_uri=section.climb_uri)


def meant(kind: Kind, section: schema.StoreSection, where: Placement) -> Backend:
    """The backend that was named, else the one that the stage means.

    Raises:
        StoreError: When the table does not hold the stage.
    """
    if section.backend:
        return section.backend
    if found := catalog.SUPPORT.get((kind, where.stage, where.cloud)):
        return found
    held = ", ".join(catalog.stages(kind, where.cloud))
    problem = Problem(
        field="stage",
        value=where.stage,
        rule=f"the catalogue holds no backend for {kind} at this stage on {where.cloud}",
        fix=f"set one of: {held}; or name a backend: {', '.join(catalog.offers(kind, where.cloud))}",
    )
    raise StoreError(kind, [problem])


def complaint(kind: Kind, section: schema.StoreSection, problem: Problem) -> Complaint:
    """A store's complaint under the key that somebody wrote: its own stage, or the stack's; the cluster's place."""
    if problem.field in OF_THE_CLUSTER:
        return Complaint.about(f"{PREFIX}cluster", problem)
    if problem.field == "tags":
        return Complaint.about(f"{PREFIX}providers", problem)
    if problem.field == "stage" and section.stage is None:
        return replace(Complaint.about(kind, problem), key=f"{PREFIX}stage")
    return Complaint.about(f"{PREFIX}{kind}", problem)
