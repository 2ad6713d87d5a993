"""Texts of kubeconfigs: one cluster, one user, one context."""

import json
from base64 import b64encode
from collections.abc import Mapping


def text(context: str, server: str, ca_data: str, user: Mapping[str, object]) -> str:
    """A kubeconfig as JSON, which every reader of kubeconfigs takes.

    Args:
        context: Name of the context, its cluster and its user.
        server: URL of the API.
        ca_data: Certificate of its authority, PEM in base64.
        user: How the user signs in.
    """
    cluster = {"server": server, "certificate-authority-data": ca_data}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": context, "user": dict(user)}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        }
    )


def encoded(pem: str) -> str:
    """PEM as a kubeconfig holds it."""
    return b64encode(pem.encode()).decode()


def by_aws_cli(cluster: str, region: str) -> dict[str, object]:
    """A user that asks the AWS CLI for a token, with whatever credentials it has: the text holds no secret."""
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": ["eks", "get-token", "--cluster-name", cluster, "--region", region, "--output", "json"],
            "interactiveMode": "Never",
        }
    }


def by_gcloud() -> dict[str, object]:
    """A user that asks gcloud's plugin for a token, with whatever credentials it has: the text holds no secret."""
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "gke-gcloud-auth-plugin",
            "interactiveMode": "Never",
            "provideClusterInfo": True,
        }
    }


def by_certificate(certificate: str, key: str) -> dict[str, object]:
    """A user that shows a client certificate."""
    return {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
