"""What an application needs to reach the stores: the connection Secret, and nothing else."""

import json
from pathlib import Path

import pytest
from cluster_ferretdb import certificates
from cluster_stores import Stack

pytestmark = pytest.mark.cluster

PODS = Path(__file__).parent / "pods"


def ask(stores: Stack, kind: str, how: str, other: str = "") -> str:
    script = (PODS / f"ask-{kind}.sh").read_text()
    command = ("env", f"OTHER_AUTHORITY={other}", "bash", "-c", script, f"ask-{kind}.sh", how)
    return stores.execute("client", kind, *command).stdout.strip()


@pytest.mark.parametrize(("kind", "answer"), [("postgres", "app_owner"), ("redis", "OK")])
def test_the_connection_secret_is_all_that_an_application_needs(stores: Stack, kind: str, answer: str) -> None:
    assert ask(stores, kind, "as-given") == answer


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_client_that_trusts_another_authority_refuses_the_server(stores: Stack, kind: str, tmp_path: Path) -> None:
    other = certificates("192.0.2.1", tmp_path)
    assert "certificate verify failed" in ask(stores, kind, "wrong-authority", other)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("postgres", "no pg_hba.conf entry"), ("redis", "Connection reset by peer|closed the connection")],
)
def test_a_client_without_tls_is_refused(stores: Stack, kind: str, words: str) -> None:
    said = ask(stores, kind, "plaintext")
    assert any(word in said for word in words.split("|")), said


@pytest.mark.parametrize(("kind", "words"), [("postgres", "permission denied"), ("redis", "NOPERM")])
def test_the_application_is_no_administrator(stores: Stack, kind: str, words: str) -> None:
    assert words in ask(stores, kind, "administrator")


def test_no_secret_stands_in_a_label_an_annotation_or_a_config_map(stores: Stack) -> None:
    secrets = stores.get("secrets")["items"]
    listed = stores.get("configmaps,pods,statefulsets,deployments,services,persistentvolumeclaims")
    shown = json.dumps(listed)
    texts = [stores.decoded(it, key) for it in secrets for key in it["data"] if "password" in key]
    assert len(texts) == 3
    assert not [text for text in texts if text in shown]
