"""TLS: one authority per stack, one server certificate per store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tls as tls

from components import labels, naming, options
from components.kubernetes import pod
from components.store import Issuer, StoreArgs

YEAR = 365 * 24
AUTHORITY_HOURS = 10 * YEAR
SERVER_HOURS = 3 * YEAR
RENEWAL_HOURS = YEAR
"""A server certificate is renewed by any `up` in its last year. The authority is renewed by hand: clients trust it."""


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs:
    """What an authority is asked for.

    Attributes:
        common_name: Its name in certificates, for example that of the namespace.
        protect: Whether the engine must refuse to delete or renew it.
    """

    common_name: str
    protect: bool = True


class Authority(pulumi.ComponentResource):
    """The authority that signs the stores' certificates.

    Creates:
        - an ECDSA key and a self-signed certificate, valid for ten years

    Its renewal is a deliberate act (docs/certificates.md): nothing here rotates it by itself.
    """

    TOKEN = "ladder:kubernetes:Authority"  # noqa: S105 (a type's name)
    issuer: Issuer

    def __init__(self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the key and the certificate."""
        super().__init__(self.TOKEN, name, None, opts)
        key = _private_key(self, f"{name}-key", protect=args.protect)
        certificate = tls.SelfSignedCert(
            f"{name}-certificate",
            private_key_pem=key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=args.common_name, organization="Ladder"),
            is_ca_certificate=True,
            validity_period_hours=AUTHORITY_HOURS,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=options.child(self, protect=args.protect),
        )
        self.issuer = Issuer(pem=certificate.cert_pem, key_pem=key.private_key_pem)
        self.register_outputs({"pem": certificate.cert_pem})


@dataclass(frozen=True, kw_only=True)
class ServerTls:
    """A server's certificate as its pods see it; empty for a store that serves in plain text.

    Attributes:
        made: The Secret.
        volumes: For the pod: the files tls.key, tls.crt and ca.crt.
        mounts: At /run/ladder/tls.
        certificate: PEM; changes when it was renewed.
        ca: PEM of the authority.
    """

    made: Sequence[pulumi.Resource] = ()
    volumes: Sequence[k8s.core.v1.VolumeArgs] = ()
    mounts: Sequence[k8s.core.v1.VolumeMountArgs] = ()
    certificate: pulumi.Input[str] = ""
    ca: pulumi.Input[str] = ""


def server_tls(parent: pulumi.Resource, store: StoreArgs) -> ServerTls:
    """Register `<name>-tls`: the key, the certificate for every name of the store, and the authority.

    The certificate is not protected: renewal replaces it.

    Raises:
        ValueError: When nobody is named to sign it.
    """
    if not store.pods.tls:
        return ServerTls()
    if store.pods.issuer is None:
        raise ValueError(f"store {store.name}: TLS is on and issuer is absent; name the issuer of its certificate")
    return issue(
        parent,
        store.name,
        store.placement.namespace,
        store.pods.issuer,
        labels.labels(store.kind, store.name),
        protect=store.protected,
    )


def issue(
    parent: pulumi.Resource,
    server: str,
    namespace: str,
    issuer: Issuer,
    object_labels: Mapping[str, str],
    *,
    protect: bool,
) -> ServerTls:
    """Register `<server>-tls` for any server in the cluster that is reached by its Service's name."""
    name = f"{server}-tls"
    key = _private_key(parent, f"{name}-key", protect=protect)
    certificate = _server_certificate(parent, server, namespace, issuer, key)
    secret = k8s.core.v1.Secret(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=dict(object_labels)),
        type="kubernetes.io/tls",
        string_data={"tls.key": key.private_key_pem, "tls.crt": certificate, "ca.crt": issuer.pem},
        opts=options.child(parent, protect=protect),
    )
    return ServerTls(
        made=[secret],
        volumes=[pod.secret_volume("tls", name)],
        mounts=[pod.mount("tls", "/run/ladder/tls", read_only=True)],
        certificate=certificate,
        ca=issuer.pem,
    )


def _server_certificate(
    parent: pulumi.Resource, server: str, namespace: str, issuer: Issuer, key: tls.PrivateKey
) -> pulumi.Output[str]:
    request = tls.CertRequest(
        f"{server}-tls-request",
        private_key_pem=key.private_key_pem,
        subject=tls.CertRequestSubjectArgs(common_name=server, organization="Ladder"),
        dns_names=server_names(server, namespace),
        ip_addresses=["127.0.0.1"],
        opts=options.child(parent),
    )
    certificate = tls.LocallySignedCert(
        f"{server}-tls-certificate",
        cert_request_pem=request.cert_request_pem,
        ca_cert_pem=issuer.pem,
        ca_private_key_pem=issuer.key_pem,
        validity_period_hours=SERVER_HOURS,
        early_renewal_hours=RENEWAL_HOURS,
        allowed_uses=["digital_signature", "key_encipherment", "server_auth", "client_auth"],
        opts=options.child(parent),
    )
    return certificate.cert_pem


def server_names(name: str, namespace: str) -> list[str]:
    """Every name under which a client or another member may reach the store."""
    return [
        naming.host(name, namespace),
        f"*.{naming.members(name)}.{namespace}.svc",
        "localhost",
    ]


def _private_key(parent: pulumi.Resource, name: str, *, protect: bool) -> tls.PrivateKey:
    return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=options.child(parent, protect=protect))
