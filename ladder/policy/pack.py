"""The rules as policies of the real engine; what the command `ladder` never loads."""

from collections.abc import Mapping, Sequence
from typing import cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from ladder.engine.properties import UNKNOWN, Properties, Value
from ladder.policy.limits import Limits
from ladder.policy.rules import RULES, Held, Rule


def policies(limits: Limits) -> list[Policy]:
    """Every rule; each stops the update that would break it."""
    return [_policy(rule, limits) for rule in RULES]


def _policy(rule: Rule, limits: Limits) -> Policy:
    def one(args: ResourceValidationArgs, report: ReportViolation) -> None:
        it = Held(urn=args.urn, type=args.resource_type, inputs=known(args.props), protect=args.opts.protect)
        for words in rule.broken(it, [it], limits):
            report(words, None)

    def whole(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = [_held(it) for it in args.resources]
        for it in stack:
            for words in rule.broken(it, stack, limits):
                report(words, it.urn)

    level = EnforcementLevel.MANDATORY
    if rule.whole:
        return StackValidationPolicy(rule.name, rule.says, whole, level)
    return ResourceValidationPolicy(rule.name, rule.says, one, level)


def _held(it: PolicyResource) -> Held:
    return Held(urn=it.urn, type=it.resource_type, inputs=known(it.props), protect=it.opts.protect)


def known(props: Mapping[str, object]) -> Properties:
    """Properties as the rules read them; what is not known yet as their own mark for it."""
    return {key: _value(props, key) for key in props}


def _value(held: Mapping[str, object] | Sequence[object], key: str | int) -> Value:
    try:
        value = cast(object, held[key])  # pyright: ignore[reportArgumentType, reportCallIssue] key and holder fit
    except UnknownValueError:
        return UNKNOWN
    match value:
        case Mapping():
            return known(cast(Mapping[str, object], value))
        case str():
            return value
        case Sequence():
            listed = cast(Sequence[object], value)
            return [_value(listed, index) for index in range(len(listed))]
        case float() if value.is_integer():  # the protocol has no other numbers
            return int(value)
        case None | bool() | int() | float():
            return value
        case _:
            return None
