"""Components as somebody else's program uses them: two instances beside each other, and nested."""

from collections.abc import Callable

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls
import pytest

from components.catalog import Backend, Cloud, Engine, Stage
from components.facade import Store
from components.kubernetes.certificates import Authority, AuthorityArgs
from components.mongodb import Mongodb, MongodbArgs
from components.postgres import Postgres, PostgresArgs
from components.redis import Redis, RedisArgs
from components.store import Placement, PodArgs, StoreError
from ladder.engine import Run, run

PLACE = Placement(stage=Stage.BOOTSTRAP, cloud=Cloud.LOCAL, cluster="test", namespace="apps")

Make = Callable[[str, Authority, pulumi.ResourceOptions], Store]


def mongodb(name: str, authority: Authority, opts: pulumi.ResourceOptions) -> Store:
    args = MongodbArgs(
        name=name, backend=Backend.IN_CLUSTER, placement=PLACE, engine=Engine.MONGODB, version="8.0",
        pods=PodArgs(storage_class="fast", issuer=authority.issuer),
    )  # fmt: skip
    return Mongodb(name, args, opts)


def redis(name: str, authority: Authority, opts: pulumi.ResourceOptions) -> Store:
    args = RedisArgs(
        name=name, backend=Backend.IN_CLUSTER, placement=PLACE, engine=Engine.VALKEY, version="8.1",
        pods=PodArgs(storage_class="fast", issuer=authority.issuer),
    )  # fmt: skip
    return Redis(name, args, opts)


def postgres(name: str, authority: Authority, opts: pulumi.ResourceOptions) -> Store:
    args = PostgresArgs(
        name=name, backend=Backend.IN_CLUSTER, placement=PLACE, engine=Engine.POSTGRES, version="17",
        pods=PodArgs(storage_class="fast", issuer=authority.issuer),
    )  # fmt: skip
    return Postgres(name, args, opts)


class Company(pulumi.ComponentResource):
    """Somebody's component with a store of ours inside."""

    def __init__(self, name: str, make: Make, store: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("acme:index:Company", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        make(store, Authority(f"{name}-authority", AuthorityArgs(common_name=name), inside), inside)
        self.register_outputs({})


def providers() -> pulumi.ResourceOptions:
    cluster = k8s.Provider("k", context="test", cluster_identifier="test")
    return pulumi.ResourceOptions(providers=[cluster, random.Provider("random"), tls.Provider("tls")])


MAKERS = pytest.mark.parametrize("make", [mongodb, redis, postgres])


def healthy(done: Run) -> None:
    assert done.error is None, done.error
    assert (done.findings.without_outputs, done.findings.after_outputs) == ((), ())


@MAKERS
def test_two_instances_stand_beside_each_other(make: Make) -> None:
    def program() -> None:
        opts = providers()
        authority = Authority("authority", AuthorityArgs(common_name="test"), opts)
        make("one", authority, opts)
        make("two", authority, opts)

    healthy(run(program))


@MAKERS
def test_an_instance_can_live_inside_another_component(make: Make) -> None:
    done = run(lambda: Company("acme", make, "inner", providers()) and None)
    healthy(done)
    inner = [found for found in done.registrations if found.name.endswith("data-inner-0")]
    assert [found.protect for found in inner] == [True]
    assert all("acme:index:Company$" in found.urn for found in inner)


def test_a_component_named_otherwise_than_its_store_is_refused() -> None:
    def program() -> None:
        opts = providers()
        authority = Authority("authority", AuthorityArgs(common_name="test"), opts)
        args = RedisArgs(
            name="cache", backend=Backend.IN_CLUSTER, placement=PLACE, engine=Engine.VALKEY, version="8.1",
            pods=PodArgs(storage_class="fast", issuer=authority.issuer),
        )  # fmt: skip
        Redis("other", args, opts)

    assert "use one name for both" in str(run(program).error)


def test_args_refuse_every_broken_rule_at_once() -> None:
    with pytest.raises(StoreError) as caught:
        PostgresArgs(
            name="-x", backend=Backend.IN_CLUSTER, placement=PLACE, engine=Engine.VALKEY, version="17",
            replicas=2, storage_gib=0,
        )  # fmt: skip
    assert [problem.field for problem in caught.value.problems] == [
        "name", "engine", "replicas", "storage_gib", "storage_class",
    ]  # fmt: skip
