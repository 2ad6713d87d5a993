"""What the program registers for AWS, as Terraform reads it: Pulumi's provider is made of Terraform's."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ladder.engine import Registration, plain

NAMES = {
    "aws:autoscaling/group:Group": "aws_autoscaling_group",
    "aws:ebs/volume:Volume": "aws_ebs_volume",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
    "aws:ec2/eip:Eip": "aws_eip",
    "aws:ec2/internetGateway:InternetGateway": "aws_internet_gateway",
    "aws:ec2/launchTemplate:LaunchTemplate": "aws_launch_template",
    "aws:ec2/route:Route": "aws_route",
    "aws:ec2/routeTable:RouteTable": "aws_route_table",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "aws_route_table_association",
    "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
    "aws:ec2/subnet:Subnet": "aws_subnet",
    "aws:ec2/vpc:Vpc": "aws_vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
    "aws:iam/instanceProfile:InstanceProfile": "aws_iam_instance_profile",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",
    "aws:rds/instance:Instance": "aws_db_instance",
    "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
    "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
    "aws:ssm/parameter:Parameter": "aws_ssm_parameter",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
}
"""The provider's own name of each type that is made here."""

LEFT_OUT = ("aws:dlm/lifecyclePolicy:LifecyclePolicy",)
"""What the emulator cannot do."""

_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def resources(registrations: Sequence[Registration], schemas: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every resource of AWS, by the provider's type and a name, with references where Pulumi has outputs.

    Args:
        registrations: Of a run of the program.
        schemas: Of the provider, by type: a nested block is written otherwise than a property.
    """
    made = {it.urn: it for it in registrations if it.type.startswith("aws:") and it.type not in LEFT_OUT}
    names = "|".join(sorted((re.escape(it.name) for it in registrations), key=len, reverse=True))
    placeholder = re.compile(rf"generated:({names})((?:\.\w+)*)")
    found: dict[str, dict[str, Any]] = {}
    for it in made.values():
        before = [made[urn] for urn in it.dependencies if urn in made]
        texts = _Texts(placeholder, before, schemas)
        body = _body(cast("Mapping[str, Any]", plain(it.inputs)), schemas[NAMES[it.type]]["block"], texts)
        body |= {"depends_on": list(map(_address, before))} if before else {}
        body |= {"lifecycle": {"ignore_changes": list(map(_snake, it.ignore_changes))}} if it.ignore_changes else {}
        found.setdefault(NAMES[it.type], {})[_local(it.name)] = body
    return found


@dataclass(frozen=True)
class _Texts:
    """Texts with outputs of resources in them; what is not made here is a text of its own."""

    placeholder: re.Pattern[str]
    before: Sequence[Registration]
    schemas: Mapping[str, Any]

    def written(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.placeholder.sub(self._reference, value.replace("${", "$${").replace("%{", "%%{"))
        if isinstance(value, list):
            return [self.written(it) for it in value]
        return {key: self.written(it) for key, it in value.items()} if isinstance(value, dict) else value

    def _reference(self, found: re.Match[str]) -> str:
        output = _snake(found[2][1:]) or "id"
        for it in self.before:
            if it.name == found[1] and output in self.schemas[NAMES[it.type]]["block"]["attributes"]:
                return f"${{{_address(it)}.{output}}}"
        return f"elsewhere-{_local(found[1])}"


def _body(inputs: Mapping[str, Any], block: Mapping[str, Any], texts: _Texts) -> dict[str, Any]:
    attributes, blocks = block.get("attributes", {}), block.get("block_types", {})
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        name = next(it for it in _spellings(key) if it in blocks or it in attributes)
        if name in blocks:
            found[name] = [_body(it, blocks[name]["block"], texts) for it in _many(value)]
        else:
            many = attributes[name]["type"][0] in ("list", "set")
            found[name] = texts.written(_many(value) if many else value)
    return found


def _many(value: Any) -> list[Any]:
    """Pulumi writes what can be there once without its list."""
    return value if isinstance(value, list) else [value]


def _address(it: Registration) -> str:
    return f"{NAMES[it.type]}.{_local(it.name)}"


def _local(name: str) -> str:
    return re.sub(r"[^-\w]", "-", name)


def _spellings(key: str) -> Iterator[str]:
    """The provider's name of a property; Pulumi puts those of blocks in the plural."""
    snake = _snake(key)
    yield from (snake, snake.removesuffix("s"), f"{snake.removesuffix('ies')}y", snake.removesuffix("es"))


def _snake(key: str) -> str:
    return _SNAKE.sub("_", key).lower()
