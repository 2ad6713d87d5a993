"""The real engine stops a stack that breaks a rule, and lets one through that keeps them all."""

import json
import os
import subprocess
from typing import Any

import pytest
from engine.engine_project import KEYS, ROOT, VAULT, Project

pytestmark = pytest.mark.engine

WITH_PACK = ("--non-interactive", "--policy-pack", "policy")


@pytest.fixture(scope="module")
def machine() -> Any:
    found = subprocess.run(["local/settings"], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def project(machine: Any, tmp_path_factory: pytest.TempPathFactory) -> Project:
    kubeconfig = os.environ.get("KUBECONFIG") or machine["kubeconfig"]
    made = Project(tmp_path_factory.mktemp("policy"), KUBECONFIG=kubeconfig)
    made.init("rules-vault", VAULT, **KEYS)
    made.on("rules-vault", "up", "--yes", *WITH_PACK)
    return made


def settings(machine: Any, **sections: Any) -> str:
    cluster = {"kind": "existing", **{key: machine[key] for key in ("context", "identifier", "storage_class")}}
    held = {"stage": "bootstrap", "cloud": "local", "cluster": cluster, **sections}
    return "".join(f"  ladder:{key}: {json.dumps(value)}\n" for key, value in held.items())


def test_the_pack_stops_what_breaks_a_rule_and_lets_the_rest_through(project: Project, machine: Any) -> None:
    project.init("rules", settings(machine, vault="rules-vault", postgres={"storage_gib": 1}))
    good = project.on("rules", "preview", *WITH_PACK)
    assert "✅ ladder@" in good.stdout
    project.write("rules", settings(machine, postgres={"protect": False, "unsafe_plaintext": True}))
    bad = project.on("rules", "preview", *WITH_PACK, check=False)
    assert bad.returncode != 0
    told = bad.stdout + bad.stderr
    assert "[mandatory]  data-is-protected" in told
    assert "[mandatory]  backups-are-taken" in told
    assert "StatefulSet postgres serves without TLS" in told
    plain = project.on("rules", "preview", "--non-interactive", check=False)
    assert plain.returncode == 0, "without the pack the same stack is fine"
