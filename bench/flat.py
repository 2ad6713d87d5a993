"""Writes a stack's objects as somebody would without components: one call each, literal inputs, no module of ours."""

import keyword
import re
from collections.abc import Mapping, Sequence

from ladder.engine import Registration, Secret, Value
from ladder.engine.properties import UNKNOWN

HEAD = """\
import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls
from pulumi import ResourceOptions as Options
"""
MODULES = {"kubernetes": "k8s", "random": "random", "tls": "tls"}
TOP = {"apiVersion", "kind", "version"}  # every class of an SDK sets these itself
FLAGS = {"true": "True", "false": "False"}  # providers get their settings as JSON text


def program(registrations: Sequence[Registration]) -> str:
    """Return the source of a program that registers the same custom resources.

    What only the provider knows is taken from the resource that it came from, so that the engine waits for the
    same values. Order that no value asks for (`depends_on`) is left out: this is the least that works.

    Args:
        registrations: What a preview on the offline engine registered, in that order.
    """
    made = [found for found in registrations if found.custom]
    variables = {found.urn: f"r{number}" for number, found in enumerate(made)}
    return HEAD + "".join(_call(found, variables) for found in made)


def _call(found: Registration, variables: Mapping[str, str]) -> str:
    arguments = [repr(found.name)]
    for key, value in found.inputs.items():
        if key not in TOP:
            waits = [variables[urn] for urn in found.property_dependencies.get(key, ()) if urn in variables]
            arguments.append(f"{_snake(key)}={_literal(value, waits, found.is_provider)}")
    if found.provider:
        provider = variables[found.provider.rpartition("::")[0]]
        arguments.append(f"opts=Options(provider={provider}, protect={found.protect})")
    return f"{variables[found.urn]} = {_class(found.type)}({', '.join(arguments)})\n"


def _literal(value: Value, waits: Sequence[str], flags: bool = False) -> str:
    match value:
        case Secret():
            return f"pulumi.Output.secret({_literal(value.value, waits)})"
        case dict():
            return "{" + ", ".join(f"{key!r}: {_literal(item, waits)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_literal(item, waits) for item in value) + "]"
        case str() if value == UNKNOWN:
            return f"{waits[0]}.id"
        case str() if flags and value in FLAGS:
            return FLAGS[value]
        case _:
            return repr(value)


def _class(token: str) -> str:
    """The Python class of a type: `kubernetes:apps/v1:StatefulSet` is `k8s.apps.v1.StatefulSet`."""
    package, module, name = token.split(":")
    if package == "pulumi":
        return f"{MODULES[name]}.Provider"
    if package != "kubernetes":
        return f"{MODULES[package]}.{name}"
    group, version = module.split("/")
    return f"k8s.{group.split('.')[0]}.{version}.{name}"


def _snake(key: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()
    return f"{name}_" if keyword.iskeyword(name) else name
