"""What the offline engine knows of the AWS types that managed stores are made of.

Seen, 2026-11-25: `terraform plan` with the AWS provider 5.100.0, one major below that of pulumi-aws 7, for a change of
every argument that Ladder sets, one at a time: what it would replace stands here, what it would change in place not.
Arguments that Ladder does not set are from the schemas of the same provider (`ForceNew` in `internal/service/rds` and
`internal/service/elasticache`). A version of ElastiCache that goes back replaces the group as well; the guard lets none
go back.
"""

from __future__ import annotations

from ladder.engine.aws_cluster import Facts

_GROUP = Facts(("name", "namePrefix"), ("arn", "vpcId"))
_PARAMETERS = Facts(("name", "namePrefix", "family", "description"), ("arn",))

TYPES: dict[str, Facts] = {
    "aws:rds/instance:Instance": Facts(
        (
            "availabilityZone",
            "characterSetName",
            "customIamInstanceProfile",
            "dbName",
            "engine",
            "identifierPrefix",
            "kmsKeyId",
            "ncharCharacterSetName",
            "restoreToPointInTime",
            "s3Import",
            "snapshotIdentifier",
            "storageEncrypted",
            "timezone",
            "username",
        ),
        ("address", "arn", "endpoint", "hostedZoneId", "resourceId", "status"),
    ),
    "aws:rds/subnetGroup:SubnetGroup": _GROUP,
    "aws:rds/parameterGroup:ParameterGroup": _PARAMETERS,
    "aws:elasticache/replicationGroup:ReplicationGroup": Facts(
        (
            "atRestEncryptionEnabled",
            "dataTieringEnabled",
            "globalReplicationGroupId",
            "kmsKeyId",
            "networkType",
            "port",
            "replicationGroupId",
            "securityGroupNames",
            "snapshotArns",
            "snapshotName",
            "subnetGroupName",
        ),
        ("arn", "primaryEndpointAddress", "readerEndpointAddress"),
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": _GROUP,
    "aws:elasticache/parameterGroup:ParameterGroup": _PARAMETERS,
    "aws:elasticache/user:User": Facts(("userId", "userName"), ("arn",)),
    "aws:elasticache/userGroup:UserGroup": Facts(("userGroupId",), ("arn",)),
}
