"""What the offline engine knows of the AWS types that managed stores are made of.

Source: the schemas of the Terraform provider below pulumi-aws 7.51 (`ForceNew`), in `internal/service/rds/instance.go`
and `internal/service/elasticache/{replication_group,user,user_group,subnet_group,parameter_group}.go`, read in stored
copies of several ages: a path that was once `ForceNew` stays in. A version of ElastiCache that goes back replaces the
group as well; the guard lets none go back.
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
            "identifier",
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
    "aws:elasticache/userGroup:UserGroup": Facts(("userGroupId", "engine"), ("arn",)),
}
