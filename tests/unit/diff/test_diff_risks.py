"""What counts as a risk, and what does not."""

import json
from typing import Any

import pytest
from diff_world import CLAIM, RDS, change, claim
from unit.preflight.cluster_fake import stack

from components.backups.watchdog.component import NAME as WATCHDOG
from ladder.diff import risks, written
from ladder.diff.changes import Change, Source
from ladder.diff.risks import Category, Risk
from ladder.engine import Op

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SERVICE = "kubernetes:core/v1:Service"
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 (a type's name)
LET_IN = {"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "postgres"}}, "policyTypes": ["Ingress"]}


def found(*changes: Change, vault: bool = False, new: bool = False) -> list[Risk]:
    return [*risks.of_changes(changes, Source.OFFLINE, vault=vault, new=new)]


def texts(*changes: Change, **more: bool) -> list[str]:
    return [f"{it.category}: {it.text}" for it in found(*changes, **more)]


@pytest.mark.parametrize("type_", [CLAIM, RDS, "kubernetes:core/v1:Namespace", "aws:s3/bucket:Bucket"])
def test_what_holds_data_is_not_deleted_unseen(type_: str) -> None:
    assert [it.category for it in found(change(type_, Op.DELETE, old=claim(50)))] == [Category.DATA]


def test_a_replacement_says_why() -> None:
    it = change(CLAIM, Op.REPLACE, old=claim(50), new=claim(50), paths=("spec.storageClassName",))
    assert texts(it) == [
        "data deleted: volume data-postgres-0: deleted, and made anew and empty, because of spec.storageClassName"
    ]


def test_what_is_left_behind_is_told_too() -> None:
    assert "left behind" in found(change(RDS, Op.DELETE, old=claim(50), retained=True))[0].would


def test_a_cache_may_go() -> None:
    group = "aws:elasticache/replicationGroup:ReplicationGroup"
    assert not found(change(group, Op.DELETE, old={"tags": {"ladder-role": "cache"}}))
    assert found(change(group, Op.DELETE, old={"tags": {"ladder-role": "store"}}))


def test_what_holds_no_data_may_go() -> None:
    assert not found(change("kubernetes:apps/v1:Deployment", Op.DELETE))


def test_the_password_of_a_vault_is_its_data() -> None:
    gone = change(PASSWORD, Op.DELETE, name="vault-master")
    assert [it.category for it in found(gone, vault=True)] == [Category.DATA]
    assert not found(gone)


def test_another_password_is_a_rotated_secret() -> None:
    assert texts(change(PASSWORD, Op.REPLACE, name="postgres-password", paths=("length",))) == [
        "secret rotated: password postgres-password: made anew, because of length"
    ]


@pytest.mark.parametrize(("before", "after", "told"), [(50, 20, 1), (50, 50, 0), (50, 80, 0)])
def test_storage_that_shrinks(before: int, after: int, told: int) -> None:
    assert len(found(change(CLAIM, old=claim(before), new=claim(after)))) == told
    assert len(found(change(RDS, old={"allocatedStorage": before}, new={"allocatedStorage": after}))) == told


def test_protection_of_the_engine_that_is_removed() -> None:
    for op in (Op.SAME, Op.UPDATE):
        it = change(CLAIM, op, old=claim(50), new=claim(50), was_protected=True)
        assert [risk.category for risk in found(it)] == [Category.PROTECTION]
    assert not found(change(CLAIM, old=claim(50), new=claim(50), was_protected=True, protected=True))


@pytest.mark.parametrize(
    ("old", "new", "would"),
    [
        ({"deletionProtection": True}, {"deletionProtection": False}, "deletion protection is given up"),
        ({"skipFinalSnapshot": False}, {"skipFinalSnapshot": True}, "final snapshot is given up"),
        ({"multiAz": True}, {"multiAz": False}, "standby in another zone is given up"),
        ({"backupRetentionPeriod": 7}, {"backupRetentionPeriod": 1}, "fewer days of its own backups"),
    ],
)
def test_what_a_service_does_for_its_data(old: Any, new: Any, would: str) -> None:
    assert [it.would for it in found(change(RDS, old=old, new=new))] == [would]
    assert not found(change(RDS, old=new, new=old))


def policy(*peers: Any) -> Any:
    return {"spec": {**LET_IN, "ingress": [{"from": list(peers), "ports": [{"port": 5432}]}]}}


APPLICATION = {"podSelector": {"matchLabels": {"ladder/uses-postgres": "true"}}}


@pytest.mark.parametrize(
    ("peers", "would"),
    [
        ((), "lets in anybody to postgres, port 5432"),
        ((APPLICATION, {"ipBlock": {"cidr": "0.0.0.0/0"}}), "lets in 0.0.0.0/0 to postgres, port 5432"),
        ((APPLICATION, {"namespaceSelector": {}}), "lets in every namespace to postgres, port 5432"),
    ],
)
def test_a_policy_that_lets_strangers_in(peers: Any, would: str) -> None:
    assert [it.would for it in found(change(POLICY, old=policy(APPLICATION), new=policy(*peers)))] == [would]


def test_a_policy_may_let_in_pods_of_its_own_namespace_and_may_close() -> None:
    backups = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "backup"}}}
    stranger = {"ipBlock": {"cidr": "0.0.0.0/0"}}
    assert not found(change(POLICY, old=policy(APPLICATION), new=policy(APPLICATION, backups)))
    assert not found(change(POLICY, old=policy(APPLICATION, stranger), new=policy(APPLICATION)))


@pytest.mark.parametrize(
    ("type_", "old", "new"),
    [
        (SERVICE, {}, {"spec": {"type": "NodePort", "ports": [{"nodePort": 30080}]}}),
        (SERVICE, {}, {"spec": {"type": "LoadBalancer"}}),
        ("kubernetes:networking.k8s.io/v1:Ingress", {}, {"spec": {"rules": [{"host": "a.example.com"}]}}),
        (RDS, {"publiclyAccessible": False}, {"publiclyAccessible": True}),
        (
            "aws:eks/cluster:Cluster",
            {"vpcConfig": {"publicAccessCidrs": ["203.0.113.7/32"]}},
            {"vpcConfig": {"publicAccessCidrs": ["203.0.113.7/32", "0.0.0.0/0"]}},
        ),
        (
            "gcp:container/cluster:Cluster",
            {},
            {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}]}},
        ),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"referencedSecurityGroupId": "sg-1", "fromPort": 5432, "toPort": 5432},
            {"cidrIpv4": "0.0.0.0/0", "fromPort": 5432, "toPort": 5432},
        ),
        (
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True),
            dict.fromkeys(("blockPublicAcls", "ignorePublicAcls", "restrictPublicBuckets"), True),
        ),
    ],
)
def test_every_other_way_to_let_somebody_in(type_: str, old: Any, new: Any) -> None:
    assert [it.category for it in found(change(type_, old=old, new=new))] == [Category.NETWORK]
    assert not found(change(type_, old=new, new=old))
    assert not found(change(type_, Op.CREATE, old={}, new=new), new=True), "a new stack opens nothing that was closed"


def watching(*stores: str) -> Any:
    return {"data": {"config.json": json.dumps({"stores": [{"name": it} for it in stores]})}}


def test_a_store_that_leaves_the_watchdog() -> None:
    it = change(
        "kubernetes:core/v1:ConfigMap",
        name=WATCHDOG,
        old=watching("mongodb", "postgres"),
        new=watching("mongodb"),
    )
    assert texts(it) == ["watched no more: postgres: the watchdog looks at it no more"]
    gone = change("kubernetes:core/v1:ConfigMap", Op.DELETE, name=WATCHDOG, old=watching("mongodb", "postgres"))
    assert len(found(gone)) == 2


def test_the_same_risk_from_both_sources_is_one() -> None:
    it = change(CLAIM, Op.DELETE, old=claim(50))
    both = [*risks.of_changes([it], Source.OFFLINE, vault=False, new=False)]
    both += risks.of_changes([it], Source.PREVIEW, vault=False, new=False)
    (only,) = risks.merged(both)
    assert only.sources == {Source.OFFLINE, Source.PREVIEW}


def test_a_cache_too_that_speaks_without_tls_from_now_on_is_open() -> None:
    before, after = (stack(redis={"role": "cache", "unsafe_plaintext": it}) for it in (False, True))
    assert [(it.category, it.text) for it in written.agreed(before, after)] == [
        (Category.NETWORK, "redis: speaks without TLS")
    ]
    assert not [*written.agreed(after, before)]
