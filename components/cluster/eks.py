"""A cluster of Amazon EKS in Auto Mode: AWS runs the control plane, and machines come and go with the pods."""

import pulumi
import pulumi_aws as aws

from components import options
from components.cluster import iam, kubeconfig, provider
from components.cluster.args import ClusterArgs, EksArgs
from components.cluster.aws_network import Network, NetworkArgs
from components.cluster.eks_inside import Inside, InsideArgs
from components.cluster.network import AwsNetwork

LOG_DAYS = 30
"""How long the control plane's logs are kept; without a group of ours EKS makes one that keeps them for ever."""

_CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_ACCESS_POLICIES = "arn:aws:eks::aws:cluster-access-policy"
"""Source of the three: "Learn about identity and access in EKS Auto Mode", EKS user guide."""

_OWN = {
    "StringEquals": {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"},
}


class Eks(pulumi.ComponentResource):
    """EKS in Auto Mode, in a network of its own.

    The built-in node pools are left out: they cannot be tagged, and have no window for replacing machines.

    Creates:
        - `AwsNetwork`; roles of control plane and machines
        - the cluster: machines, disks and load balancers by Auto Mode; access by entries alone; its API open to the
          named ranges only, and from within; audit and sign-in logs, kept for 30 days; no extended support: at the end
          of standard support AWS upgrades, and does not bill six times as much
        - entries of the machines and of the named administrators; who made the cluster has one by itself
        - the provider through which everything in the cluster is made, and with it `EksInside`
        - the add-on metrics-server, which Auto Mode does not bring
    """

    TOKEN = "ladder:cluster:Eks"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: ClusterArgs, eks: EksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._eks = eks
        place = eks.place
        network = Network(
            f"{name}-network",
            NetworkArgs(
                region=place.region, cidr=place.cidr, zones=place.used_zones, nat=place.nat, protect=args.protect
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.cluster = self._cluster(network)
        machines = self._machines()
        for arn in eks.admins:
            self._admin(arn)
        self.kubeconfig = pulumi.Output.all(
            self.cluster.endpoint, self.cluster.certificate_authority.apply(lambda found: found.data or "")
        ).apply(
            lambda known: kubeconfig.text(
                args.context, known[0], known[1], kubeconfig.by_aws_cli(args.identifier, place.region)
            )
        )
        self.provider = provider.register(self, f"{name}-kubernetes", args, self.kubeconfig, [self.cluster])
        self.network = AwsNetwork(
            vpc_id=network.vpc.id,
            private_subnet_ids=[subnet.id for subnet in network.private],
            clients_security_group_id=self.cluster.vpc_config.apply(
                lambda found: found.cluster_security_group_id or ""
            ),
        )
        inside = Inside(
            f"{name}-inside",
            InsideArgs(
                node_role=machines.name,
                subnet_ids=self.network.private_subnet_ids,
                security_group_id=self.network.clients_security_group_id,
                window=eks.window,
                kms_key=place.kms_key,
                tags=place.tags,
                protect=args.protect,
            ),
            self.provider,
            pulumi.ResourceOptions(parent=self, depends_on=self._entries),
        )
        aws.eks.Addon(
            f"{name}-metrics",
            addon_name="metrics-server",
            cluster_name=self.cluster.name,
            # Its pods are the first to ask for a machine.
            opts=options.child(self, depends_on=[inside], wait_minutes=20),
        )
        self.register_outputs({"cluster": self.cluster.name})

    def _cluster(self, network: Network) -> aws.eks.Cluster:
        args, eks, name = self._args, self._eks, self._name
        role, attached = iam.service_role(
            self, f"{name}-control", "eks.amazonaws.com",
            policies=_CLUSTER_POLICIES, tag_session=True, protect=args.protect,
        )  # fmt: skip
        tagging = aws.iam.RolePolicy(
            f"{name}-tagging", role=role.name, policy=tagging_policy(), opts=options.child(self, protect=args.protect)
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/eks/{args.identifier}/cluster",
            retention_in_days=LOG_DAYS,
            opts=options.child(self),
        )
        return aws.eks.Cluster(
            f"{name}-eks",
            name=args.identifier,
            version=eks.version,
            role_arn=role.arn,
            bootstrap_self_managed_addons=False,
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=True
            ),
            # All three or none: AWS refuses a cluster that is half in Auto Mode.
            compute_config=aws.eks.ClusterComputeConfigArgs(enabled=True, node_pools=[]),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=True)
            ),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                # The control plane's zones never change again, those of the machines may: it takes the two it needs.
                subnet_ids=[subnet.id for subnet in network.private[:2]],
                endpoint_private_access=True,
                endpoint_public_access=True,
                public_access_cidrs=list(eks.place.api_access),
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=eks.place.kms_key), resources=["secrets"]
            )
            if eks.place.kms_key
            else None,
            enabled_cluster_log_types=["audit", "authenticator"],
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=args.protect,
            # The subnets alone would not do: without routes the control plane's way to them is not finished.
            opts=options.child(self, protect=args.protect, depends_on=[network, logs, tagging, *attached]),
        )

    def _machines(self) -> aws.iam.Role:
        name, protect = self._name, self._args.protect
        role, attached = iam.service_role(
            self, f"{name}-machines", "ec2.amazonaws.com", policies=_NODE_POLICIES, protect=protect
        )
        entry = aws.eks.AccessEntry(
            f"{name}-machines",
            cluster_name=self.cluster.name,
            principal_arn=role.arn,
            type="EC2",
            opts=options.child(self, protect=protect),
        )
        policy = self._associate(f"{name}-machines", role.arn, "AmazonEKSAutoNodePolicy", entry, protect=protect)
        self._entries: list[pulumi.Resource] = [entry, policy, *attached]
        return role

    def _admin(self, arn: str) -> None:
        name = f"{self._name}-admin-{arn.partition('::')[2].replace(':', '-').replace('/', '-')}"
        entry = aws.eks.AccessEntry(name, cluster_name=self.cluster.name, principal_arn=arn, opts=options.child(self))
        self._associate(name, arn, "AmazonEKSClusterAdminPolicy", entry, protect=False)

    def _associate(
        self, name: str, arn: pulumi.Input[str], policy: str, entry: aws.eks.AccessEntry, *, protect: bool
    ) -> aws.eks.AccessPolicyAssociation:
        return aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=self.cluster.name,
            principal_arn=arn,
            policy_arn=f"{_ACCESS_POLICIES}/{policy}",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=options.child(self, protect=protect, depends_on=[entry]),
        )


def tagging_policy() -> str:
    """What Auto Mode needs beside the managed policies to give machines, disks and load balancers tags of ours.

    Source: "Custom AWS tags for EKS Auto resources", EKS user guide.
    """
    machines = {
        "aws:RequestTag/eks:kubernetes-node-class-name": "*",
        "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
    }
    return iam.document(
        iam.allow(
            ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            ["*"],
            {**_OWN, "StringLike": machines},
        ),
        iam.allow(
            ["ec2:CreateVolume", "ec2:CreateSnapshot"],
            ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
            _OWN,
        ),
        iam.allow(
            ["ec2:CreateNetworkInterface"],
            ["*"],
            {**_OWN, "StringLike": {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"}},
        ),
        iam.allow(
            [
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:CreateRule",
                "ec2:CreateSecurityGroup",
            ],
            ["*"],
            _OWN,
        ),
    )
