"""What the offline engine knows of the AWS types below clusters and vaults: what replaces them, what AWS makes up.

Source: the schemas of the Terraform provider below pulumi-aws 7.51 (`ForceNew`, `RequiresReplace`), and its
documentation of attributes. A computed path with a dot lies inside an argument or an object.
"""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """Paths whose change replaces a resource, and outputs that are not inputs."""

    replaced_by: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()


_BUCKET_PART = Facts(("bucket", "expectedBucketOwner"))
_RULE = Facts(("securityGroupId",), ("securityGroupRuleId",))

TYPES: dict[str, Facts] = {
    "aws:ec2/vpc:Vpc": Facts(("cidrBlock",), ("arn",)),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Facts(("vpcId",)),
    "aws:ec2/internetGateway:InternetGateway": Facts(),
    "aws:ec2/routeTable:RouteTable": Facts(("vpcId",)),
    "aws:ec2/route:Route": Facts(
        ("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Facts(("subnetId", "gatewayId")),
    "aws:ec2/subnet:Subnet": Facts(
        ("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"), ("arn", "availabilityZone")
    ),
    "aws:ec2/eip:Eip": Facts(("domain", "networkBorderGroup", "publicIpv4Pool"), ("allocationId", "publicIp")),
    "aws:ec2/natGateway:NatGateway": Facts(("subnetId", "allocationId", "connectivityType"), ("publicIp",)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Facts(("vpcId", "serviceName", "vpcEndpointType"), ("prefixListId",)),
    "aws:ec2/securityGroup:SecurityGroup": Facts(("name", "namePrefix", "description", "vpcId"), ("arn", "name")),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:ec2/launchTemplate:LaunchTemplate": Facts(("name", "namePrefix"), ("arn", "latestVersion", "name")),
    "aws:autoscaling/group:Group": Facts(("name", "namePrefix", "initialLifecycleHooks"), ("arn", "name")),
    "aws:ebs/volume:Volume": Facts(
        ("availabilityZone", "encrypted", "kmsKeyId", "snapshotId", "multiAttachEnabled", "outpostArn"), ("arn",)
    ),
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": Facts((), ("arn",)),
    "aws:cloudwatch/logGroup:LogGroup": Facts(("name", "namePrefix"), ("arn", "name")),
    "aws:ssm/parameter:Parameter": Facts(("name",), ("arn", "version")),
    "aws:iam/role:Role": Facts(("name", "namePrefix", "path"), ("arn", "name", "uniqueId")),
    "aws:iam/rolePolicy:RolePolicy": Facts(("name", "namePrefix", "role"), ("name",)),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Facts(("role", "policyArn")),
    "aws:iam/instanceProfile:InstanceProfile": Facts(("name", "namePrefix", "path"), ("arn", "name")),
    "aws:iam/user:User": Facts((), ("arn", "name", "uniqueId")),
    "aws:iam/userPolicy:UserPolicy": Facts(("name", "namePrefix", "user"), ("name",)),
    "aws:iam/accessKey:AccessKey": Facts(("user", "pgpKey"), ("secret",)),
    "aws:kms/key:Key": Facts(("customerMasterKeySpec", "keyUsage", "multiRegion"), ("arn", "keyId")),
    "aws:eks/cluster:Cluster": Facts(
        (
            "name",
            "roleArn",
            "bootstrapSelfManagedAddons",
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            "encryptionConfig.provider.keyArn",
            "encryptionConfig.resources",
            "kubernetesNetworkConfig.ipFamily",
            "kubernetesNetworkConfig.serviceIpv4Cidr",
            "outpostConfig",
        ),
        ("arn", "endpoint", "certificateAuthority.data", "vpcConfig.clusterSecurityGroupId"),
    ),
    "aws:eks/addon:Addon": Facts(("addonName", "clusterName"), ("arn",)),
    "aws:eks/accessEntry:AccessEntry": Facts(("clusterName", "principalArn", "type"), ("accessEntryArn",)),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Facts(
        ("clusterName", "principalArn", "policyArn", "accessScope")
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Facts(
        ("clusterName", "namespace", "serviceAccount"), ("associationArn", "associationId")
    ),
    "aws:s3/bucket:Bucket": Facts(
        ("bucket", "bucketPrefix", "objectLockEnabled"), ("arn", "bucket", "bucketRegionalDomainName")
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _BUCKET_PART,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _BUCKET_PART,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _BUCKET_PART,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _BUCKET_PART,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _BUCKET_PART,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _BUCKET_PART,
    "aws:s3/bucketPolicy:BucketPolicy": _BUCKET_PART,
}
