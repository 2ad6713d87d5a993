"""Roles of AWS, written once: who may take them, and what they may do."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components import options

VERSION = "2012-10-17"

Statement = Mapping[str, object]


def document(*statements: Statement) -> str:
    """A policy as IAM reads it."""
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def allow(
    actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, object] | None = None
) -> dict[str, object]:
    """A statement that allows something."""
    limited = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **limited}


def service_role(
    parent: pulumi.Resource,
    name: str,
    service: str,
    *,
    policies: Sequence[str] = (),
    tag_session: bool = False,
    protect: bool = False,
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """Register a role that a service of AWS takes, and the managed policies that it has.

    Args:
        parent: The component that makes it.
        name: Of the resource.
        service: For example `eks.amazonaws.com`.
        policies: Names of AWS's own managed policies, with their path.
        tag_session: Whether the service also tags its sessions.
        protect: Whether the engine guards the role.
    """
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if tag_session else [])]
    role = aws.iam.Role(
        name,
        assume_role_policy=document({"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}),
        opts=options.child(parent, protect=protect),
    )
    attached = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role.name,
            policy_arn=f"arn:aws:iam::aws:policy/{policy}",
            opts=options.child(parent, protect=protect),
        )
        for policy in policies
    ]
    return role, attached
