"""Real keys and certificates, shaped like those of the tls provider (PEM texts, property names, defaults)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ladder.engine.properties import Properties

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
_Names = list[x509.GeneralName]

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
# In the order in which the provider writes them.
_SUBJECT = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
# Two of the provider's names differ from the library's.
_RENAMED_USES = {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}
_EXTENDED_USES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
}


def private_key(inputs: Properties) -> Properties:
    """Make a key pair: `algorithm` RSA (2048 bits unless `rsaBits`), ECDSA (P224 unless `ecdsaCurve`), ED25519."""
    key = _generate(inputs)
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    if isinstance(key, ed25519.Ed25519PrivateKey):
        traditional = serialization.PrivateFormat.PKCS8
    public = key.public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "id": hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        "privateKeyPem": _private_text(key, traditional),
        "privateKeyPemPkcs8": _private_text(key, serialization.PrivateFormat.PKCS8),
        "publicKeyPem": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        **_openssh(key, public),
    }


def cert_request(inputs: Properties) -> Properties:
    """Make a signing request from `privateKeyPem`, `subject`, `dnsNames`, `ipAddresses` and `uris`."""
    key = _load_key(inputs["privateKeyPem"])
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(inputs))
    names = _alternative_names(inputs)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(key, _hash(key))
    pem = request.public_bytes(serialization.Encoding.PEM).decode()
    return {
        "id": hashlib.sha1(pem.encode(), usedforsecurity=False).hexdigest(),
        "certRequestPem": pem,
        "keyAlgorithm": _algorithm(key),
    }


def self_signed(inputs: Properties) -> Properties:
    """Make a certificate that its own key signs."""
    key = _load_key(inputs["privateKeyPem"])
    subject = _subject(inputs)
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = own_id if inputs.get("setAuthorityKeyId") else None
    made = _certificate(inputs, subject, subject, key.public_key(), _alternative_names(inputs), key, authority)
    return {**made, "keyAlgorithm": _algorithm(key)}


def locally_signed(inputs: Properties) -> Properties:
    """Make a certificate for `certRequestPem`, signed with `caPrivateKeyPem` in the name of `caCertPem`."""
    request = x509.load_pem_x509_csr(str(inputs["certRequestPem"]).encode())
    authority = x509.load_pem_x509_certificate(str(inputs["caCertPem"]).encode())
    key = _load_key(inputs["caPrivateKeyPem"])
    names: _Names = []
    authority_id: x509.SubjectKeyIdentifier | None = None
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = list(found.value)
    except x509.ExtensionNotFound:
        names = []
    try:
        authority_id = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        authority_id = None
    public = cast(_PublicKey, request.public_key())
    made = _certificate(inputs, request.subject, authority.subject, public, names, key, authority_id)
    return {**made, "caKeyAlgorithm": _algorithm(key)}


def _certificate(
    inputs: Properties,
    subject: x509.Name,
    issuer: x509.Name,
    public: _PublicKey,
    names: _Names,
    signer: _Key,
    authority: x509.SubjectKeyIdentifier | None,
) -> Properties:
    start = datetime.now(UTC).replace(microsecond=0)
    end = start + timedelta(hours=int(str(inputs["validityPeriodHours"])))
    serial = x509.random_serial_number()
    is_ca = inputs.get("isCaCertificate") is True
    length = inputs.get("maxPathLength")
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=public,
        serial_number=serial,
        not_valid_before=start,
        not_valid_after=end,
    ).add_extension(
        x509.BasicConstraints(ca=is_ca, path_length=length if is_ca and isinstance(length, int) else None),
        critical=True,
    )
    usage, extended = _uses(inputs)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not list(subject))
    if is_ca or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if authority is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority)
        builder = builder.add_extension(identifier, critical=False)
    certificate = builder.sign(signer, _hash(signer))
    return {
        "id": str(serial),
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityStartTime": start.isoformat(),
        "validityEndTime": end.isoformat(),
    }


def _generate(inputs: Properties) -> _Key:
    match inputs.get("algorithm"):
        case "RSA":
            return rsa.generate_private_key(public_exponent=65537, key_size=int(str(inputs.get("rsaBits", 2048))))
        case "ECDSA":
            return ec.generate_private_key(_CURVES[str(inputs.get("ecdsaCurve", "P224"))]())
        case "ED25519":
            return ed25519.Ed25519PrivateKey.generate()
        case other:
            raise ValueError(f"algorithm: {other!r} is none of RSA, ECDSA, ED25519")


def _load_key(pem: object) -> _Key:
    key = serialization.load_pem_private_key(str(pem).encode(), password=None)
    return cast(_Key, key)


def _algorithm(key: _Key) -> str:
    match key:
        case rsa.RSAPrivateKey():
            return "RSA"
        case ec.EllipticCurvePrivateKey():
            return "ECDSA"
        case ed25519.Ed25519PrivateKey():
            return "ED25519"


def _hash(key: _Key) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    bits = key.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 256
    return hashes.SHA256() if bits <= 256 else hashes.SHA384() if bits <= 384 else hashes.SHA512()


def _private_text(key: _Key, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _openssh(key: _Key, public: _PublicKey) -> Properties:
    """Return the OpenSSH forms; empty for P224, which OpenSSH does not know."""
    keys = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return dict.fromkeys(keys, "")
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    blob = serialization.ssh_key_fingerprint(public, hashes.SHA256())
    md5 = serialization.ssh_key_fingerprint(public, hashes.MD5())  # noqa: S303 the property is an MD5 by name
    return {
        "privateKeyOpenssh": _private_text(key, serialization.PrivateFormat.OpenSSH),
        "publicKeyOpenssh": f"{line.decode()}\n",
        "publicKeyFingerprintMd5": md5.hex(":"),
        "publicKeyFingerprintSha256": f"SHA256:{b64encode(blob).decode().rstrip('=')}",
    }


def _subject(inputs: Properties) -> x509.Name:
    given = inputs.get("subject")
    fields = given if isinstance(given, dict) else {}
    parts = [(oid, fields.get(key)) for key, oid in _SUBJECT.items()]
    return x509.Name([x509.NameAttribute(oid, str(value)) for oid, value in parts if value])


def _alternative_names(inputs: Properties) -> _Names:
    names: _Names = [x509.DNSName(name) for name in _texts(inputs, "dnsNames")]
    names += [x509.IPAddress(ip_address(address)) for address in _texts(inputs, "ipAddresses")]
    return [*names, *(x509.UniformResourceIdentifier(uri) for uri in _texts(inputs, "uris"))]


def _uses(inputs: Properties) -> tuple[x509.KeyUsage | None, list[x509.ObjectIdentifier]]:
    wanted = {_RENAMED_USES.get(use, use) for use in _texts(inputs, "allowedUses")}
    unknown = wanted - {*_USES, *_EXTENDED_USES}
    if unknown:
        raise ValueError(f"allowedUses: {', '.join(sorted(unknown))} cannot be issued here")
    usage = x509.KeyUsage(**{use: use in wanted for use in _USES}) if wanted & set(_USES) else None
    return usage, [oid for name, oid in _EXTENDED_USES.items() if name in wanted]


def _texts(inputs: Properties, key: str) -> list[str]:
    values = inputs.get(key)
    return [str(value) for value in values] if isinstance(values, list) else []
