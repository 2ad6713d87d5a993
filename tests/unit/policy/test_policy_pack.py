"""The pack says of a stack what `ladder policy` says, whatever the engine does not know yet."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import unknown_checking_proxy
from stacks import config, least, settled

from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run
from ladder.engine.properties import UNKNOWN
from ladder.policy import check, pack
from ladder.policy.limits import Limits
from ladder.policy.rules import RULES, Held

LIMITS = Limits()


def as_the_engine_hands_it(value: Any) -> Any:
    """The protocol has one kind of number; what is generated is not known in a preview."""
    match value:
        case dict():
            return {key: as_the_engine_hands_it(it) for key, it in value.items()}
        case list():
            return [as_the_engine_hands_it(it) for it in value]
        case str() if "generated:" in value:
            return UNKNOWN
        case int() if not isinstance(value, bool):
            return float(value)
        case _:
            return value


def options(it: Held) -> PolicyResourceOptions:
    return PolicyResourceOptions(it.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def told(policy: Policy, stack: list[Held]) -> Iterator[str]:
    found: list[str] = []
    made = [
        (it.type, unknown_checking_proxy(as_the_engine_hands_it(it.inputs)), it.urn, "name", options(it))
        for it in stack
    ]
    if isinstance(policy, ResourceValidationPolicy):
        for it in made:
            policy.validate(ResourceValidationArgs(*it, None), lambda words, _=None: found.append(words))
    else:
        resources = [PolicyResource(*it, None, None, [], {}) for it in made]
        validate = cast(StackValidationPolicy, policy).validate
        validate(StackValidationArgs(resources), lambda words, _=None: found.append(words))
    yield from found


def both(run: Run) -> tuple[set[str], set[str]]:
    stack = check.held(run)
    by_pack = {f"{words} ({it.name})" for it in pack.policies(LIMITS) for words in told(it, stack)}
    return by_pack, {str(it) for it in check.broken(run, LIMITS)}


def test_the_pack_has_every_rule_and_each_stops_the_update() -> None:
    made = pack.policies(LIMITS)
    assert [it.name for it in made] == [it.name for it in RULES]
    assert {it.enforcement_level for it in made} == {EnforcementLevel.MANDATORY}


@pytest.mark.parametrize(
    "settings",
    [
        config({Kind.POSTGRES: {}}, vault="v"),
        config(least(Kind.POSTGRES, Stage.FUNDED), stage=Stage.FUNDED, cloud=Cloud.AWS, vault="v"),
        config(least(Kind.REDIS, Stage.FUNDED, role="store"), stage=Stage.FUNDED, cloud=Cloud.AWS, vault="v"),
        config(least(Kind.POSTGRES, Stage.FUNDED), stage=Stage.FUNDED, cloud=Cloud.GCP, vault="v"),
    ],
    ids=["in the cluster", "rds", "elasticache", "cloud sql"],
)
def test_a_good_stack_passes_though_half_of_it_is_not_known_yet(settings: dict[str, str]) -> None:
    assert both(settled(settings)) == (set(), set())


def test_a_bad_stack_is_told_the_same_by_both() -> None:
    by_pack, by_command = both(settled(config({Kind.POSTGRES: {"protect": False, "unsafe_plaintext": True}})))
    assert by_pack == by_command
    assert len(by_pack) == 3


def test_values_keep_their_shape() -> None:
    props = {"a": [1.0, {"b": UNKNOWN}], "c": None, "d": True, "e": 0.5, "f": "x"}
    assert pack.known(unknown_checking_proxy(props)) == {**props, "a": [1, {"b": UNKNOWN}]}
