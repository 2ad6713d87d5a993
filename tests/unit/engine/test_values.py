"""Placeholders, and real passwords and certificates."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_tls as tls
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store
from engine_toys import password, up

from ladder.engine import PLACEHOLDERS, Run, UnsupportedError, ValuesRequest, plain
from ladder.engine.kinds import KINDS
from ladder.engine.real_values import RealValues

HOST = "postgres.ladder-dev.svc"


def authority(key_settings: dict[str, Any], host: str = HOST) -> None:
    """Register a CA and one server certificate."""
    ca_key = tls.PrivateKey("ca-key", **key_settings)
    ca = tls.SelfSignedCert(
        "ca",
        private_key_pem=ca_key.private_key_pem,
        is_ca_certificate=True,
        validity_period_hours=24 * 3650,
        allowed_uses=["cert_signing", "crl_signing"],
        subject={"common_name": "Ladder CA", "organization": "acme"},
    )
    key = tls.PrivateKey("key", **key_settings)
    request = tls.CertRequest(
        "request",
        private_key_pem=key.private_key_pem,
        subject={"common_name": host},
        dns_names=[host, "localhost"],
        ip_addresses=["127.0.0.1"],
    )
    tls.LocallySignedCert(
        "cert",
        cert_request_pem=request.cert_request_pem,
        ca_private_key_pem=ca_key.private_key_pem,
        ca_cert_pem=ca.cert_pem,
        validity_period_hours=24 * 90,
        early_renewal_hours=24 * 30,
        allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
    )


def output(done: Run, name: str, key: str) -> str:
    (resource,) = [it for it in done.after.resources if it.name == name]
    return str(plain(resource.outputs[key]))


KEYS: list[dict[str, Any]] = [
    {"algorithm": "ECDSA", "ecdsa_curve": "P256"},
    {"algorithm": "RSA"},
    {"algorithm": "ED25519"},
]


@pytest.mark.parametrize("settings", KEYS[:2], ids=["ecdsa", "rsa"])
def test_a_client_trusts_the_certificate_for_its_names(tmp_path: Path, settings: dict[str, Any]):
    done = up(lambda: authority(settings), values=RealValues(tmp_path / "values.json"))
    assert done.error is None
    ca = x509.load_pem_x509_certificate(output(done, "ca", "certPem").encode())
    leaf = x509.load_pem_x509_certificate(output(done, "cert", "certPem").encode())
    verifier = PolicyBuilder().store(Store([ca]))
    for name in (x509.DNSName(HOST), x509.DNSName("localhost")):
        verifier.build_server_verifier(name).verify(leaf, [])
    with pytest.raises(x509.verification.VerificationError):
        verifier.build_server_verifier(x509.DNSName("mysql.ladder-dev.svc")).verify(leaf, [])
    key = serialization.load_pem_private_key(output(done, "key", "privateKeyPem").encode(), None)
    assert key.public_key() == leaf.public_key()


def test_flags_and_uses_are_the_ones_asked_for(tmp_path: Path):
    done = up(lambda: authority(KEYS[0]), values=RealValues(tmp_path / "values.json"))
    ca = x509.load_pem_x509_certificate(output(done, "ca", "certPem").encode())
    leaf = x509.load_pem_x509_certificate(output(done, "cert", "certPem").encode())
    for certificate, is_ca in ((ca, True), (leaf, False)):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert constraints.critical
        assert usage.critical
        assert constraints.value.ca is is_ca
        assert usage.value.key_cert_sign is is_ca
        assert usage.value.key_encipherment is not is_ca
    extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90)
    assert ca.subject.rfc4514_string() == "CN=Ladder CA,O=acme"


@pytest.mark.parametrize("settings", KEYS, ids=["ecdsa", "rsa", "ed25519"])
def test_every_form_of_a_key_is_the_same_key(tmp_path: Path, settings: dict[str, Any]):
    done = up(lambda: tls.PrivateKey("key", **settings), values=RealValues(tmp_path / "values.json"))
    texts = {key: output(done, "key", key).encode() for key in KINDS["tls:index/privateKey:PrivateKey"].computed}
    public = serialization.load_pem_public_key(texts["publicKeyPem"])
    assert serialization.load_pem_private_key(texts["privateKeyPem"], None).public_key() == public
    assert serialization.load_pem_private_key(texts["privateKeyPemPkcs8"], None).public_key() == public
    assert serialization.load_ssh_private_key(texts["privateKeyOpenssh"], None).public_key() == public
    assert serialization.load_ssh_public_key(texts["publicKeyOpenssh"]) == public
    assert texts["publicKeyFingerprintSha256"].startswith(b"SHA256:")
    assert len(texts["publicKeyFingerprintMd5"].split(b":")) == 16


def test_values_stay_until_their_inputs_change(tmp_path: Path):
    path = tmp_path / "deep" / "values.json"

    def texts(host: str) -> dict[str, str]:
        done = up(lambda: authority(KEYS[0], host), values=RealValues(path))
        return {name: output(done, name, "certPem") for name in ("ca", "cert")}

    first = texts(HOST)
    assert path.stat().st_mode & 0o777 == 0o600
    assert texts(HOST) == first
    other = texts("mysql.ladder-dev.svc")
    assert other["ca"] == first["ca"]
    assert other["cert"] != first["cert"]
    assert [it.name for it in path.parent.iterdir()] == ["values.json"]


def test_a_certificate_is_made_again_in_its_renewal_period(tmp_path: Path):
    path = tmp_path / "values.json"
    first = output(up(lambda: authority(KEYS[0]), values=RealValues(path)), "cert", "certPem")
    kept = json.loads(path.read_text())
    (entry,) = [it for urn, it in kept.items() if urn.endswith("::cert")]
    for days, renewed in ((31, False), (29, True)):
        entry["outputs"]["validityEndTime"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        path.write_text(json.dumps(kept))
        again = output(up(lambda: authority(KEYS[0]), values=RealValues(path)), "cert", "certPem")
        assert (again != first) is renewed


@pytest.mark.parametrize(
    ("settings", "alphabet"),
    [
        ({}, string.ascii_letters + string.digits + "!@#$%&*()-_=+[]{}<>:?"),
        ({"special": False}, string.ascii_letters + string.digits),
        ({"special": False, "upper": False, "numeric": False}, string.ascii_lowercase),
        ({"override_special": "_"}, string.ascii_letters + string.digits + "_"),
    ],
)
def test_passwords_take_only_the_letters_allowed(tmp_path: Path, settings: dict[str, Any], alphabet: str):
    done = up(lambda: password(length=64), values=RealValues(tmp_path / "a"))
    assert len(output(done, "pw", "result")) == 64
    request = ValuesRequest(
        urn="urn",
        type="random:index/randomPassword:RandomPassword",
        name="pw",
        inputs={
            "length": 500,
            **{key.replace("override_special", "overrideSpecial"): it for key, it in settings.items()},
        },
        replaced={},
    )
    made = RealValues(tmp_path / "b").outputs(request)
    assert set(str(made["result"])) <= set(alphabet)
    assert len(str(made["result"])) == 500


def test_a_password_has_what_it_must_have(tmp_path: Path):
    least = {"minUpper": 2, "minLower": 2, "minNumeric": 2, "minSpecial": 2}
    kind = "random:index/randomPassword:RandomPassword"
    for number in range(20):
        request = ValuesRequest(urn=str(number), type=kind, name="pw", inputs={"length": 8, **least}, replaced={})
        made = str(RealValues(tmp_path / "values").outputs(request)["result"])
        counts = [sum(map(test, made)) for test in (str.isupper, str.islower, str.isdigit)]
        assert counts == [2, 2, 2]


def test_no_value_is_made_for_a_type_without_a_maker(tmp_path: Path):
    request = ValuesRequest(urn="u", type="aws:rds/instance:Instance", name="db", inputs={}, replaced={})
    with pytest.raises(UnsupportedError, match="aws:rds/instance:Instance"):
        RealValues(tmp_path / "values").outputs(request)


def test_placeholders_name_resource_and_property_and_count_replacements():
    def request(replaced: dict[str, str]) -> ValuesRequest:
        return ValuesRequest(
            urn="u", type="random:index/randomPassword:RandomPassword", name="pw", inputs={}, replaced=dict(replaced)
        )

    first = PLACEHOLDERS.outputs(request({}))
    assert first["result"] == "generated:pw.result"
    second = PLACEHOLDERS.outputs(request({key: str(it) for key, it in first.items()}))
    assert second["result"] == "generated:pw.result#1"
    third = PLACEHOLDERS.outputs(request({key: str(it) for key, it in second.items()}))
    assert third["result"] == "generated:pw.result#2"
    assert PLACEHOLDERS.outputs(request({"result": "real, from the cluster"}))["result"] == "generated:pw.result#1"


def test_real_values_are_secret_where_the_provider_says_so(tmp_path: Path):
    done = up(lambda: pulumi.export("pw", password().result), values=RealValues(tmp_path / "values"))
    assert str(plain(done.outputs["pw"])) not in repr(done)


def test_what_a_cloud_makes_up_inside_an_object_stays_through_an_update() -> None:
    def cluster(version: str) -> None:
        vpc = aws.eks.ClusterVpcConfigArgs(subnet_ids=["a", "b"])
        made = aws.eks.Cluster("eks", name="shop", role_arn="role", version=version, vpc_config=vpc)
        pulumi.export("group", made.vpc_config.apply(lambda found: found.cluster_security_group_id))
        pulumi.export("subnets", made.vpc_config.apply(lambda found: found.subnet_ids))
        pulumi.export("name", made.name)

    first = up(lambda: cluster("1.34"))
    later = up(lambda: cluster("1.35"), before=first.after)
    for done in (first, later):
        assert done.error is None, done.error
        assert done.outputs == {
            "group": "generated:eks.vpcConfig.clusterSecurityGroupId",
            "subnets": ["a", "b"],
            "name": "shop",
        }
    assert [op for op, _ in later.changes] == ["update"]
