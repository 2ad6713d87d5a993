"""What the engine decides to do: create, update, replace, delete."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls
import pytest
from engine_toys import (
    PASSWORD,
    PROVIDER,
    STACK,
    Shelf,
    config_map,
    named,
    nothing,
    password,
    provider,
    settled,
    up,
)

from ladder.engine import Failure, Op, Resource, Snapshot, Step, UnsupportedError, plain, run
from ladder.engine.graph import antichains
from ladder.engine.properties import mapping


def shop(**provider_settings: Any) -> None:
    cluster = provider(**provider_settings)
    secret = password()
    k8s.core.v1.Secret(
        "login",
        metadata={"name": "login", "namespace": "ns"},
        string_data={"password": secret.result},
        opts=pulumi.ResourceOptions(provider=cluster),
    )


def test_a_new_stack_is_created_in_the_order_of_the_program():
    done = up(shop)
    assert done.error is None
    assert {op for op, _ in done.ops} == {Op.CREATE}
    assert done.steps[0].urn == STACK
    assert [urn for _, urn in done.ops].index(PROVIDER) < len(done.steps) - 1
    assert named(done) == [(Op.CREATE, "pw"), (Op.CREATE, "login")]


def test_a_second_run_changes_nothing():
    before = settled(shop)
    again = run(shop, before=before)
    assert again.changes == ()
    assert again.after == before


def test_a_masked_state_is_judged_like_the_real_one():
    def program(length: int) -> None:
        cluster = provider(enable_secret_mutable=True)
        made = password(length=length)
        k8s.core.v1.Secret(
            "login",
            metadata={"name": "login", "namespace": "ns"},
            string_data={"uri": pulumi.Output.concat("redis://app:", made.result, "@redis")},
            opts=pulumi.ResourceOptions(provider=cluster),
        )

    before = settled(lambda: program(20)).masked()
    assert run(lambda: program(20), before=before).changes == ()
    assert [op for op, _ in run(lambda: program(30), before=before).changes] == [Op.REPLACE, Op.UPDATE]


def test_a_changed_flag_of_protection_is_no_change_but_is_kept():
    before = settled(lambda: password(protect=True))
    done = run(lambda: password(protect=False), before=before)
    assert named(done) == [(Op.SAME, "pw")]
    assert before[f"{PASSWORD}pw"].protect
    assert not done.after[f"{PASSWORD}pw"].protect


def test_an_update_names_the_paths_that_changed():
    def program(minutes: int) -> None:
        k8s.core.v1.Service(
            "web",
            metadata={"name": "web", "namespace": "ns", "annotations": {"a.b/c": str(minutes)}},
            spec={"ports": [{"port": 80 + minutes}], "selector": {"app": "web"}},
            opts=pulumi.ResourceOptions(provider=provider()),
        )

    done = run(lambda: program(1), before=settled(lambda: program(0)))
    (step,) = [step for step in done.steps if step.op is Op.UPDATE]
    assert step.paths == ('metadata.annotations["a.b/c"]', "spec.ports[0].port")


def test_a_replacement_makes_the_successor_first_and_dependents_follow():
    def program(length: int) -> None:
        cluster = provider(enable_secret_mutable=True)
        made = password(length=length)
        k8s.core.v1.Secret(
            "login",
            metadata={"name": "login", "namespace": "ns"},
            string_data={"password": made.result},
            opts=pulumi.ResourceOptions(provider=cluster),
        )

    before = settled(lambda: program(20))
    done = run(lambda: program(30), before=before)
    assert named(done) == [
        (Op.CREATE_REPLACEMENT, "pw"),
        (Op.REPLACE, "pw"),
        (Op.UPDATE, "login"),
        (Op.DELETE_REPLACED, "pw"),
    ]
    assert done.changes == ((Op.REPLACE, f"{PASSWORD}pw"), (Op.UPDATE, done.after.resources[-1].urn))
    assert run(lambda: program(30), before=done.after).changes == ()


def test_a_named_object_is_deleted_before_its_successor_comes():
    def program(text: str) -> None:
        config_map(data={"a": text}, provider=provider())

    done = run(lambda: program("2"), before=settled(lambda: program("1")))
    assert named(done) == [
        (Op.DELETE_REPLACED, "settings"),
        (Op.REPLACE, "settings"),
        (Op.CREATE_REPLACEMENT, "settings"),
    ]


def test_a_config_map_changes_in_place_when_the_provider_lets_it():
    def program(text: str) -> None:
        config_map(data={"a": text}, provider=provider(enable_config_map_mutable=True))

    done = run(lambda: program("2"), before=settled(lambda: program("1")))
    assert named(done) == [(Op.UPDATE, "settings")]


@pytest.mark.parametrize(("settings", "op"), [({}, Op.REPLACE), ({"enable_secret_mutable": True}, Op.UPDATE)])
def test_a_secret_is_replaced_unless_the_provider_lets_it_change(settings: dict[str, Any], op: Op):
    def program(text: str) -> None:
        k8s.core.v1.Secret(
            "login",
            metadata={"name": "login", "namespace": "ns"},
            string_data={"p": text},
            opts=pulumi.ResourceOptions(provider=provider(**settings)),
        )

    done = run(lambda: program("2"), before=settled(lambda: program("1")))
    assert [it for it, _ in done.changes] == [op]


def test_a_secret_without_data_keeps_none():
    def program() -> None:
        k8s.core.v1.Secret(
            "empty", metadata={"name": "e"}, type="x/y", opts=pulumi.ResourceOptions(provider=provider())
        )

    assert "data" not in settled(program).resources[-1].inputs


def test_other_providers_tell_the_top_level_property_only():
    def program(number: str) -> None:
        random.RandomPassword("pw", length=8, keepers={"number": number})

    done = run(lambda: program("2"), before=settled(lambda: program("1")))
    (step,) = [step for step in done.steps if step.op is Op.REPLACE]
    assert (step.paths, step.replaced_by) == (("keepers",), ("keepers",))


def test_an_update_in_place_keeps_what_the_provider_made_up():
    def program(hours: int) -> None:
        tls.SelfSignedCert(
            "ca", private_key_pem="k", validity_period_hours=9, early_renewal_hours=hours, allowed_uses=[]
        )

    done = run(lambda: program(2), before=settled(lambda: program(1)))
    assert named(done) == [(Op.UPDATE, "ca")]
    outputs = done.after.resources[-1].outputs
    assert (outputs["certPem"], outputs["earlyRenewalHours"]) == ("generated:ca.certPem", 2)


def test_no_namespace_and_the_default_one_are_the_same():
    def program(namespace: str | None = None) -> None:
        opts = pulumi.ResourceOptions(provider=provider())
        k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": namespace}, data={}, opts=opts)

    assert run(lambda: program("default"), before=settled(program)).changes == ()


def test_a_made_up_name_is_taken_over_from_the_state():
    def program() -> None:
        k8s.core.v1.ConfigMap("c", data={"a": "1"}, opts=pulumi.ResourceOptions(provider=provider()))

    before = settled(program)
    name = str(plain(mapping(before.resources[-1].inputs["metadata"])["name"]))
    other = Snapshot.load(json.loads(json.dumps(before.dump()).replace(name, "c-made-elsewhere")))
    assert run(program, before=other).changes == ()


STATEFUL_SET = {"serviceName": "a", "selector": {"matchLabels": {"a": "b"}}, "replicas": 1}


@pytest.mark.parametrize(
    ("change", "op"),
    [
        ({"replicas": 2}, Op.UPDATE),
        ({"serviceName": "b"}, Op.REPLACE),
        ({"selector": {"matchLabels": {"a": "c"}}}, Op.REPLACE),
        ({"podManagementPolicy": "Parallel"}, Op.REPLACE),
        ({"revisionHistoryLimit": 3}, Op.REPLACE),
        ({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, Op.REPLACE),
        ({"minReadySeconds": 3}, Op.UPDATE),
    ],
)
def test_fields_of_a_stateful_set(change: dict[str, Any], op: Op):
    def program(spec: dict[str, Any]) -> None:
        k8s.apps.v1.StatefulSet(
            "db",
            metadata={"name": "db", "namespace": "ns"},
            spec=spec,  # pyright: ignore[reportArgumentType] a table's row
            opts=pulumi.ResourceOptions(provider=provider()),
        )

    done = run(lambda: program({**STATEFUL_SET, **change}), before=settled(lambda: program(STATEFUL_SET)))
    assert [it for it, _ in done.changes] == [op]


@pytest.mark.parametrize(
    ("change", "op"),
    [
        ({"resources": {"requests": {"storage": "2Gi"}}}, Op.UPDATE),
        ({"storageClassName": "fast"}, Op.REPLACE),
        ({"accessModes": ["ReadOnlyMany"]}, Op.REPLACE),
        ({"volumeName": "v"}, Op.REPLACE),
    ],
)
def test_fields_of_a_claim(change: dict[str, Any], op: Op):
    base = {"accessModes": ["ReadWriteOnce"], "storageClassName": "slow"}
    base |= {"resources": {"requests": {"storage": "1Gi"}}}

    def program(spec: dict[str, Any]) -> None:
        k8s.core.v1.PersistentVolumeClaim(
            "data-0",
            metadata={"name": "data-0", "namespace": "ns"},
            spec=spec,  # pyright: ignore[reportArgumentType] a table's row
            opts=pulumi.ResourceOptions(provider=provider()),
        )

    done = run(lambda: program({**base, **change}), before=settled(lambda: program(base)))
    assert [it for it, _ in done.changes] == [op]


def test_an_unknown_type_is_an_error_that_names_it_and_the_file():
    def program() -> None:
        k8s.core.v1.Pod("p", metadata={"name": "p"}, opts=pulumi.ResourceOptions(provider=provider()))

    with pytest.raises(UnsupportedError, match=r"kubernetes:core/v1:Pod.*ladder/engine/kinds\.py"):
        run(program)


def test_what_is_no_longer_wanted_goes_at_the_end_dependents_first():
    def program() -> None:
        cluster = provider()
        shelf = Shelf("a")
        one = config_map("one", provider=cluster, depends_on=[shelf])
        config_map("two", provider=cluster, depends_on=[one])

    done = run(nothing, before=settled(program))
    names = [urn.rsplit("::", 1)[1] for op, urn in done.changes]
    assert {op for op, _ in done.changes} == {Op.DELETE}
    order = {name: names.index(name) for name in ("two", "one", "k", "a-pw", "a")}
    assert order["two"] < order["one"] < order["a-pw"] < order["a"]
    assert order["one"] < order["k"]
    assert done.after.urns == (STACK,)


def test_a_protected_resource_stops_the_preview_and_with_it_the_update():
    before = settled(lambda: (password("kept", protect=True), password("other")))
    done = run(nothing, before=before)
    assert done.error is not None
    assert done.error.startswith(
        f'Preview failed: resource "{PASSWORD}kept" cannot be deleted\nbecause it is protected. To unprotect the'
    )
    assert Step(op=Op.DELETE, urn=f"{PASSWORD}kept", failed=True) in done.steps
    assert done.after == before
    assert run(nothing, before=before, preview=True).error == done.error


def test_without_a_preview_everything_goes_but_the_protected_and_what_it_needs():
    def program() -> None:
        shelf = Shelf("a", protect=True)
        password("other")
        config_map(provider=provider(), depends_on=[shelf.password])

    done = up(nothing, before=settled(program))
    assert "cannot be deleted" in (done.error or "")
    left = {urn.rsplit("::", 1)[1] for urn in done.after.urns}
    assert left == {"ladder-dev", "a", "a-pw", "default_4_21_4"}


def test_protection_taken_away_in_the_same_update_does_not_let_it_go():
    before = settled(lambda: password(protect=True))
    unprotected = up(lambda: password(), before=before)
    assert run(nothing, before=before).error is not None
    assert run(nothing, before=unprotected.after).error is None


def test_a_protected_resource_is_not_replaced():
    before = settled(lambda: password(protect=True))
    done = run(lambda: password(length=30, protect=True), before=before)
    assert (done.error or "").startswith(f'unable to replace resource "{PASSWORD}pw"\nas it is currently marked')
    assert done.after == before
    assert run(lambda: password(length=30), before=before).error is None


def test_what_must_go_first_does_not_take_a_protected_dependent_along():
    def program(number: str) -> None:
        cluster = provider()
        first = config_map("first", data={"a": number}, provider=cluster)
        name = first.data.apply(lambda data: f"second-{data['a']}")
        metadata = {"name": name, "namespace": "ns"}
        k8s.core.v1.ConfigMap(
            "second",
            metadata={"name": "second", "namespace": "ns"},
            data={"a": metadata["name"]},
            opts=pulumi.ResourceOptions(provider=cluster, protect=True),
        )

    done = up(lambda: program("2"), before=settled(lambda: program("1")))
    assert 'as part of replacing "' in (done.error or "")
    assert not any(op is Op.DELETE_REPLACED for op, _ in done.ops)


def test_dependents_that_would_be_replaced_too_are_deleted_first():
    def program(number: str) -> None:
        cluster = provider()
        first = config_map("first", data={"a": number}, provider=cluster)
        k8s.core.v1.ConfigMap(
            "second",
            metadata={"name": "second", "namespace": "ns"},
            data=first.data,
            opts=pulumi.ResourceOptions(provider=cluster),
        )

    done = up(lambda: program("2"), before=settled(lambda: program("1")))
    assert done.error is None
    assert named(done) == [
        (Op.DELETE_REPLACED, "second"),
        (Op.DELETE_REPLACED, "first"),
        (Op.REPLACE, "first"),
        (Op.CREATE_REPLACEMENT, "first"),
        (Op.REPLACE, "second"),
        (Op.CREATE_REPLACEMENT, "second"),
    ]
    assert {step.paths for step in done.steps if step.urn.endswith("::second")} == {()}


def linked(number: str, name: str = "first", *, linked_now: bool = True) -> None:
    """Register two config maps; the second takes its data from the first, or comes before it on its own."""
    cluster = provider()
    if not linked_now:
        config_map("second", data={"a": name}, provider=cluster)
    first = config_map("first", data={"a": number}, provider=cluster)
    if linked_now:
        opts = pulumi.ResourceOptions(provider=cluster)
        data = {"a": first.metadata["name"]}
        k8s.core.v1.ConfigMap("second", metadata={"name": "second", "namespace": "ns"}, data=data, opts=opts)


def test_what_was_deleted_first_is_made_again_even_if_nothing_changed_in_the_end():
    done = up(lambda: linked("2"), before=settled(lambda: linked("1")))
    assert named(done) == [
        (Op.DELETE_REPLACED, "second"),
        (Op.DELETE_REPLACED, "first"),
        (Op.REPLACE, "first"),
        (Op.CREATE_REPLACEMENT, "first"),
        (Op.REPLACE, "second"),
        (Op.CREATE_REPLACEMENT, "second"),
    ]


def test_what_came_first_in_this_run_is_no_dependent_any_more():
    done = up(lambda: linked("2", linked_now=False), before=settled(lambda: linked("1")))
    assert named(done) == [
        (Op.SAME, "second"),
        (Op.DELETE_REPLACED, "first"),
        (Op.REPLACE, "first"),
        (Op.CREATE_REPLACEMENT, "first"),
    ]


def test_what_already_waits_for_its_deletion_is_not_deleted_first():
    before = settled(lambda: linked("1"))
    leaving = replace(before.resources[-1], urn=f"{before.resources[-1].urn}-former", delete=True)
    state = Snapshot(resources=(*before.resources[:-1], leaving))
    done = up(lambda: config_map("first", data={"a": "2"}, provider=provider()), before=state)
    assert named(done)[0] == (Op.DELETE_REPLACED, "first")
    assert named(done)[-1] == (Op.DELETE_REPLACED, "second-former")


def test_what_goes_with_another_is_deleted_before_it():
    owner = Resource(urn="owner", type="t", custom=True)
    assert antichains([0, 1], [owner, replace(owner, urn="guest", deleted_with="owner")]) == ((1,), (0,))


def test_a_stateful_set_whose_spec_takes_from_a_replaced_config_map_goes_with_it():
    def program(text: str, **options: Any) -> None:
        cluster = provider()
        settings = config_map(data={"a": text}, provider=cluster)
        k8s.apps.v1.StatefulSet(
            "db",
            metadata={"name": "db", "namespace": "ns"},
            spec={
                "service_name": "db",
                "selector": {"match_labels": {"a": "b"}},
                "template": {"metadata": {"annotations": {"sum": settings.data["a"]}}},
            },
            opts=pulumi.ResourceOptions(provider=cluster, **options),
        )

    done = up(lambda: program("2"), before=settled(lambda: program("1")))
    assert named(done)[:2] == [(Op.DELETE_REPLACED, "db"), (Op.DELETE_REPLACED, "settings")]
    refused = up(lambda: program("2", protect=True), before=settled(lambda: program("1", protect=True)))
    assert "currently marked for protection" in (refused.error or "")
    assert refused.changes == ()


def test_a_replacement_tells_what_changed_and_what_forced_it():
    def program(name: str, text: str) -> None:
        opts = pulumi.ResourceOptions(provider=provider(enable_config_map_mutable=True))
        k8s.core.v1.ConfigMap("c", metadata={"name": name, "namespace": "ns"}, data={"a": text}, opts=opts)

    done = run(lambda: program("two", "2"), before=settled(lambda: program("one", "1")))
    (step,) = [step for step in done.steps if step.op is Op.REPLACE]
    assert step.paths == ("data.a", "metadata.name")
    assert step.replaced_by == ("metadata.name",)


def test_quantities_written_differently_are_no_change():
    def program(**limits: Any) -> None:
        container = {"name": "c", "image": "i", "resources": {"limits": limits}}
        k8s.apps.v1.Deployment(
            "web",
            metadata={"name": "web", "namespace": "ns"},
            spec={"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [container]}}},  # pyright: ignore[reportArgumentType] a table's row
            opts=pulumi.ResourceOptions(provider=provider()),
        )

    before = settled(lambda: program(cpu="1000m", memory="1024Mi"))
    assert run(lambda: program(cpu=1, memory="1Gi"), before=before).changes == ()
    assert len(run(lambda: program(cpu=1, memory="1025Mi"), before=before).changes) == 1


def test_a_retained_resource_leaves_the_state_without_being_deleted():
    def program() -> None:
        owner = pulumi.ComponentResource("toy:index:Owner", "o", opts=pulumi.ResourceOptions(retain_on_delete=True))
        password(parent=owner)
        password(retain_on_delete=True)

    before = settled(program)
    done = run(nothing, before=before, failures=lambda urn: Failure(message=urn) if urn.endswith("::pw") else None)
    assert done.error is None
    kept = [step for step in done.steps if step.urn.endswith("::pw")]
    assert [(step.op, step.retained) for step in kept] == [(Op.DELETE, True)] * 2
    assert done.after.urns == (STACK,)


def test_an_alias_keeps_what_a_rename_would_delete():
    before = settled(lambda: Shelf("old"))
    renamed = run(lambda: Shelf("new"), before=before)
    assert {op for op, _ in renamed.changes} == {Op.CREATE, Op.DELETE}

    kept = run(lambda: Shelf("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])), before=before)
    assert kept.changes == ()
    assert {it.name for it in kept.after.resources} == {"ladder-dev", "new", "new-pw", "default_4_21_4"}


@pytest.mark.parametrize(
    "alias",
    [
        pulumi.Alias(name="old", type_="toy:index:Chest"),
        pulumi.Alias(name="old", type_="toy:index:Chest", parent=pulumi.ROOT_STACK_RESOURCE),
        "urn:pulumi:dev::ladder::toy:index:Chest::old",
    ],
    ids=["type", "root", "urn"],
)
def test_an_alias_can_be_another_type_or_a_whole_urn(alias: pulumi.Alias | str):
    def former() -> None:
        password("old-pw", parent=pulumi.ComponentResource("toy:index:Chest", "old"))

    kept = run(lambda: Shelf("new", pulumi.ResourceOptions(aliases=[alias])), before=settled(former))
    assert kept.changes == ()


def test_two_resources_cannot_claim_the_same_past():
    def program() -> None:
        for name in ("one", "two"):
            password(name, aliases=[pulumi.Alias(name="old")])

    done = up(program, before=settled(lambda: password("old")))
    assert (done.error or "").startswith(f"Duplicate resource alias '{PASSWORD}old' applied to resource with URN")


def test_ignored_changes_stay_as_the_state_has_them():
    def program(text: str) -> None:
        config_map(
            data={"a": text, "b": "1"},
            provider=provider(enable_config_map_mutable=True),
            ignore_changes=["data.a"],
        )

    before = settled(lambda: program("1"))
    done = run(lambda: program("2"), before=before)
    assert done.changes == ()
    assert done.after.resources[-1].inputs["data"] == {"a": "1", "b": "1"}


def test_replace_on_changes_and_delete_before_replace_are_obeyed():
    def program(text: str, **options: Any) -> None:
        config_map(data={"a": text}, provider=provider(enable_config_map_mutable=True), **options)

    before = settled(lambda: program("1"))
    asked = run(lambda: program("2", replace_on_changes=["data"]), before=before)
    assert named(asked)[0] == (Op.DELETE_REPLACED, "settings")
    after = run(lambda: program("2", replace_on_changes=["data"], delete_before_replace=False), before=before)
    assert named(after)[0] == (Op.CREATE_REPLACEMENT, "settings")


def test_a_resource_goes_with_the_one_it_is_deleted_with():
    def program(length: int) -> None:
        owner = password("owner", length=length)
        password("guest", deleted_with=owner)

    done = run(lambda: program(30), before=settled(lambda: program(20)))
    assert done.changes == ((Op.REPLACE, f"{PASSWORD}owner"), (Op.REPLACE, f"{PASSWORD}guest"))


def test_another_cluster_replaces_everything_in_it():
    before = settled(shop)
    moved = run(lambda: shop(cluster_identifier="two"), before=before)
    assert {op for op, _ in moved.changes} == {Op.REPLACE}
    assert {urn.rsplit("::", 1)[1] for _, urn in moved.changes} == {"k", "login"}
    renewed = run(lambda: shop(kubeconfig='{"clusters": []}'), before=before)
    assert renewed.changes == ((Op.UPDATE, PROVIDER),)


KUBECONFIG = """
current-context: a
contexts: [{name: a, context: {cluster: x}}, {name: b, context: {cluster: y}}]
clusters: [{name: x, cluster: {server: "https://one"}}, {name: y, cluster: {server: "https://two"}}]
"""


@pytest.mark.parametrize(
    ("settings", "op"),
    [
        ({"kubeconfig": KUBECONFIG.replace("one", "three")}, Op.REPLACE),
        ({"kubeconfig": KUBECONFIG.replace("two", "three")}, Op.UPDATE),
        ({"kubeconfig": KUBECONFIG, "context": "b"}, Op.REPLACE),
        ({"kubeconfig": KUBECONFIG, "namespace": "other"}, Op.UPDATE),
    ],
)
def test_without_an_identifier_the_active_cluster_decides(settings: dict[str, Any], op: Op):
    def program(**given: Any) -> None:
        provider(cluster_identifier=None, **given)

    done = run(lambda: program(**settings), before=settled(lambda: program(kubeconfig=KUBECONFIG)))
    assert done.changes == ((op, PROVIDER),)


def test_a_duplicate_is_refused_in_the_engines_words():
    done = run(lambda: (password("a"), password("a", length=8)))
    assert done.error == f"Duplicate resource URN '{PASSWORD}a'; try giving it a unique name"


def test_a_provider_carries_its_version():
    assert "version" in settled(provider)[PROVIDER].inputs


def test_default_providers_are_there_though_nobody_asked():
    done = up(lambda: password())
    urn = "urn:pulumi:dev::ladder::pulumi:providers:random::default_4_21_4"
    assert (Op.CREATE, urn) in done.ops
    assert urn not in [it.urn for it in done.registrations]
    assert done.after[f"{PASSWORD}pw"].provider.startswith(f"{urn}::")


def test_the_providers_namespace_and_a_made_up_name_fill_the_metadata():
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=provider(namespace="team"))
        k8s.core.v1.ConfigMap("settings", data={}, opts=opts)
        k8s.core.v1.Namespace("place", metadata={"name": "place"}, opts=opts)

    before = settled(program)
    settings, place = before.resources[-2:]
    metadata = settings.outputs["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["namespace"] == "team"
    assert str(metadata["name"]).startswith("settings-")
    assert settings.id == f"team/{metadata['name']}"
    assert place.id == "place"
    assert run(program, before=before).changes == ()


def test_a_preview_knows_no_made_up_values():
    seen: list[object] = []

    def program() -> None:
        made = password()
        made.result.apply(seen.append)
        pulumi.export("result", made.result)

    done = run(program, preview=True)
    assert done.error is None
    assert seen == []
    assert done.after.resources == ()
    up(program)
    assert seen == ["generated:pw.result"]
