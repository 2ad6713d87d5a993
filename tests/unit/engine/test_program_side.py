"""What a program sees while it runs offline, and what it must not leave behind."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_random as random
import pytest
from engine_toys import PASSWORD, Shelf, nothing, password, settled, up
from pulumi.runtime.config import CONFIG
from pulumi.runtime.settings import get_root_resource, get_stack

from ladder.engine import MASK, Op, Secret, Snapshot, UnsupportedError, run
from ladder.engine.model import Log, Severity

READ = "pulumi:pulumi:readStackResourceOutputs"


def ledger_of(name: str, **options: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def program() -> None:
        seen.update(pulumi.runtime.invoke(READ, {"stackName": name}).value)

    done = up(program, **options)
    assert done.error is None
    return seen


def test_a_program_reads_its_own_state_with_secrets_in_plain_text():
    before = settled(lambda: Shelf("a"))
    seen = ledger_of("organization/ladder/dev", before=before)
    assert seen["name"] == "organization/ladder/dev"
    urn = f"{PASSWORD}a-pw".replace("random:index", "toy:index:Shelf$random:index")
    assert seen["outputs"][urn] == {
        "type": "random:index/randomPassword:RandomPassword",
        "outputs": {"length": 20, "result": "generated:a-pw.result", "bcryptHash": "generated:a-pw.bcryptHash"},
    }
    assert set(seen["outputs"]) == set(before.urns)


def test_asking_the_engine_brings_its_own_provider_into_the_state():
    done = up(lambda: pulumi.runtime.invoke(READ, {"stackName": "dev"}))
    assert (Op.CREATE, "urn:pulumi:dev::ladder::pulumi:providers:pulumi::default") in done.ops


@pytest.mark.parametrize("name", ["dev", "ladder/dev", "organization/ladder/dev"])
def test_a_new_stack_has_an_empty_ledger(name: str):
    assert ledger_of(name)["outputs"] == {}


def test_another_stack_is_read_by_reference_or_by_name():
    def vault() -> None:
        pulumi.export("bucket", "b")
        pulumi.export("key", pulumi.Output.secret("k"))

    state = settled(vault, stack="prod-vault", organization="acme")

    def program() -> None:
        reference = pulumi.StackReference("vault", "acme/ladder/prod-vault")
        pulumi.export("bucket", reference.require_output("bucket"))
        pulumi.export("key", reference.require_output("key"))

    done = run(program, organization="acme", stacks={"acme/ladder/prod-vault": state})
    assert done.error is None
    assert done.outputs == {"bucket": "b", "key": Secret("k")}
    reference = done.after.resources[-1]
    assert (reference.external, reference.id) == (True, "acme/ladder/prod-vault")
    gone = run(nothing, organization="acme", before=done.after)
    assert [op.value for op, _ in gone.changes] == ["discard", "delete"]
    with pytest.raises(UnsupportedError, match='unknown stack "acme/ladder/prod-vault"'):
        run(program, organization="acme")


def test_other_functions_answer_only_what_the_caller_supplied():
    answers: list[object] = []

    def program() -> None:
        answers.append(pulumi.runtime.invoke("a:b:c", {"x": 1}).value)

    with pytest.raises(UnsupportedError, match="a:b:c"):
        run(program)
    run(program, invokes={"a:b:c": lambda args: {"y": args["x"], "z": [1.5, None, True]}}, preview=True)
    assert answers == [{"y": 1, "z": [1.5, None, True]}]


@pytest.mark.parametrize(
    ("option", "value"), [("import_", "id"), ("replacement_trigger", "x")], ids=["import", "trigger"]
)
def test_options_that_are_not_modelled_are_errors(option: str, value: Any):
    with pytest.raises(UnsupportedError, match=option):
        run(lambda: password(parent=None, **{option: value}))


def test_configuration_reaches_the_program_and_secrets_stay_marked():
    def program() -> None:
        config = pulumi.Config()
        pulumi.export("stage", config.require("stage"))
        pulumi.export("hook", config.require_secret("hook"))
        pulumi.export("where", f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}")

    config = {"ladder:stage": "bootstrap", "ladder:hook": "https://hook"}
    done = up(program, config=config, secret_keys=frozenset({"ladder:hook"}), stack="prod")
    assert done.outputs == {"stage": "bootstrap", "hook": Secret("https://hook"), "where": "organization/ladder/prod"}
    assert "https://hook" not in repr(done)
    assert done.after.masked().outputs["hook"] == MASK


def test_what_waits_for_its_deletion_is_not_in_the_ledger():
    state = settled(lambda: password())
    doubled = Snapshot(resources=(*state.resources, replace(state[f"{PASSWORD}pw"], delete=True, outputs={})))
    seen = ledger_of("dev", before=doubled)
    assert seen["outputs"][f"{PASSWORD}pw"]["outputs"] != {}


def test_nothing_of_a_run_is_left_for_the_next():
    original = pulumi.ComponentResource.register_outputs
    up(lambda: Shelf("a"), config={"ladder:stage": "bootstrap"}, stack="prod")
    assert up(lambda: pulumi.export("stage", pulumi.Config().get("stage"))).outputs == {}
    assert up(nothing).registrations[0].name == "ladder-dev"
    assert get_root_resource() is None
    assert get_stack() == "stack"
    assert CONFIG.get() == {}
    assert pulumi.ComponentResource.register_outputs is original
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert not [name for name in contextvars.copy_context() if name.name == "root_resource"]


def test_what_the_program_logs_is_kept_without_the_sdks_own_chatter():
    def program() -> None:
        pulumi.log.warn("careful")
        pulumi.log.info("made", resource=password())

    assert up(program).logs == (
        Log(severity=Severity.WARNING, message="careful"),
        Log(severity=Severity.INFO, message="made", urn=f"{PASSWORD}pw"),
    )


def test_registrations_tell_what_mocks_hide():
    def program() -> None:
        first = password("first")
        owner = pulumi.ComponentResource("toy:index:Owner", "owner", None, pulumi.ResourceOptions(protect=True))
        password(
            "second",
            parent=owner,
            depends_on=[first],
            retain_on_delete=True,
            custom_timeouts=pulumi.CustomTimeouts(create="5m"),
            ignore_changes=["length"],
            aliases=[pulumi.Alias(name="former")],
        )

    second = up(program).registration("second")
    assert second.protect
    assert second.retain_on_delete
    assert second.parent == "urn:pulumi:dev::ladder::toy:index:Owner::owner"
    assert second.dependencies == (f"{PASSWORD}first",)
    assert second.custom_timeouts == {"create": "5m"}
    assert second.ignore_changes == ("length",)
    assert second.additional_secret_outputs == ("bcryptHash", "result")
    kind = "toy:index:Owner$random:index/randomPassword:RandomPassword"
    assert second.aliases == (f"urn:pulumi:dev::ladder::{kind}::former",)


def test_a_dependency_through_a_value_is_recorded_by_property():
    def program() -> None:
        first = password("first")
        random.RandomPassword("second", length=8, override_special=first.result)

    second = up(program).registration("second")
    assert second.property_dependencies == {"overrideSpecial": (f"{PASSWORD}first",)}
    assert second.inputs["overrideSpecial"] == Secret("generated:first.result")


def test_findings_name_orphans_and_unfinished_and_overdue_children():
    def program() -> None:
        Shelf("well")
        Shelf("unfinished", finish=False)
        late = Shelf("late")
        password("overdue", parent=late)

    found = up(program).findings
    unfinished = "urn:pulumi:dev::ladder::toy:index:Shelf::unfinished"
    overdue = "urn:pulumi:dev::ladder::toy:index:Shelf$random:index/randomPassword:RandomPassword::overdue"
    assert found.without_outputs == (unfinished,)
    assert found.after_outputs == (overdue,)
    # The SDK gives everything without a parent to the stack.
    assert set(found.top_level) == {
        f"urn:pulumi:dev::ladder::toy:index:Shelf::{name}" for name in ("well", "unfinished", "late")
    }
