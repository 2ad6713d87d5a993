"""Who a single machine's cluster trusts: made in the state, so that a kubeconfig exists before the machine does."""

from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components import options

YEAR = 365 * 24
AUTHORITY_HOURS = 10 * YEAR
"""As long as k3s gives its own."""

ADMIN_HOURS = YEAR
RENEWAL_HOURS = YEAR // 2
"""The administrator's certificate cannot be called back, so it is short, and any `up` in its second half renews it."""

_USES = ["digital_signature", "key_encipherment", "cert_signing"]


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs:
    """What is asked for.

    Attributes:
        common_name: In the certificates: the cluster's name.
        protect: Whether the engine must refuse to delete or renew the authorities: the cluster would answer nobody.
    """

    common_name: str
    protect: bool = True


class NodeAuthority(pulumi.ComponentResource):
    """The authorities of servers and of clients, as k3s names them, and one administrator.

    Creates:
        - two ECDSA keys and self-signed certificates, valid for ten years
        - key and certificate of an administrator (group `system:masters`), valid for a year

    Attributes:
        files: The authorities by the name of their file. Secret.
        server: Certificate of the servers' authority, PEM.
        certificate: Of the administrator, PEM.
        key: Of the administrator, PEM. Secret.
    """

    TOKEN = "ladder:cluster:NodeAuthority"  # noqa: S105 (a type's name)

    def __init__(self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make keys and certificates."""
        super().__init__(self.TOKEN, name, None, opts)
        self._name = name
        self._args = args
        server_key, server = self._authority("server-ca")
        client_key, client = self._authority("client-ca")
        self.files: dict[str, pulumi.Output[str]] = {
            "server-ca.key": pulumi.Output.secret(server_key.private_key_pem),
            "server-ca.crt": server.cert_pem,
            "client-ca.key": pulumi.Output.secret(client_key.private_key_pem),
            "client-ca.crt": client.cert_pem,
        }
        self.server = server.cert_pem
        admin = self._key("admin", protect=False)
        self.key = pulumi.Output.secret(admin.private_key_pem)
        self.certificate = self._admin(admin, client_key, client)
        self.register_outputs({"server": self.server})

    def _key(self, role: str, *, protect: bool) -> tls.PrivateKey:
        name = f"{self._name}-{role}-key"
        return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=options.child(self, protect=protect))

    def _authority(self, role: str) -> tuple[tls.PrivateKey, tls.SelfSignedCert]:
        key = self._key(role, protect=self._args.protect)
        certificate = tls.SelfSignedCert(
            f"{self._name}-{role}",
            private_key_pem=key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=f"{self._args.common_name} {role}"),
            is_ca_certificate=True,
            validity_period_hours=AUTHORITY_HOURS,
            allowed_uses=_USES,
            opts=options.child(self, protect=self._args.protect),
        )
        return key, certificate

    def _admin(
        self, key: tls.PrivateKey, authority_key: tls.PrivateKey, authority: tls.SelfSignedCert
    ) -> pulumi.Output[str]:
        request = tls.CertRequest(
            f"{self._name}-admin-request",
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name="ladder-admin", organization="system:masters"),
            opts=options.child(self),
        )
        certificate = tls.LocallySignedCert(
            f"{self._name}-admin",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority_key.private_key_pem,
            ca_cert_pem=authority.cert_pem,
            validity_period_hours=ADMIN_HOURS,
            early_renewal_hours=RENEWAL_HOURS,
            allowed_uses=["digital_signature", "key_encipherment", "client_auth"],
            opts=options.child(self),
        )
        return certificate.cert_pem
