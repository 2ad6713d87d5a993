"""A stack's life on an emulator of AWS, through the provider that Pulumi's is made of: made, changed, kept, removed.

The emulator is moto, from PyPI; it knows neither the parameter and user groups of ElastiCache nor snapshots on a
schedule, so these are left out. The provider comes by `terraform init`; where no network is, TF_CLI_ARGS_init can
name a folder that holds it (`-plugin-dir=…`).
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import as_terraform
import pytest
from stacks import CLUSTERS, config, settled

from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run

pytestmark = pytest.mark.emulator

PROVIDER = {"source": "hashicorp/aws", "version": "5.100.0"}
SERVICES = ("autoscaling", "ec2", "iam", "rds", "ssm", "sts")
BEARERS = ("aws_db_instance", "aws_ebs_volume")
"""What holds data."""


@dataclass(frozen=True)
class Emulator:
    """A folder of the provider, and the emulator that it asks."""

    folder: Path
    url: str

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *words, "-no-color"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def write(self, **resources: object) -> None:
        aws = {
            "region": "eu-central-1",
            "access_key": "test",
            "secret_key": "test",
            "allowed_account_ids": ["123456789012"],
            "skip_metadata_api_check": True,
            "endpoints": [dict.fromkeys(SERVICES, self.url)],
        }
        needs = {"required_providers": {"aws": PROVIDER}}
        text = json.dumps({"terraform": needs, "provider": {"aws": aws}, **resources})
        (self.folder / "main.tf.json").write_text(text)

    def want(self, run: Run) -> dict[str, list[str]]:
        """Write what a run of the program registered; what would be done to each resource, by address."""
        schemas = json.loads((self.folder / "schemas.json").read_text())
        self.write(resource=as_terraform.resources(run.registrations, schemas))
        self.must("plan", "-out=plan")
        shown = json.loads(self.must("show", "-json", "plan"))
        return {it["address"]: it["change"]["actions"] for it in shown["resource_changes"]}

    def asks(self, action: str) -> str:
        """What RDS says; the header names the service, and the emulator believes every signature."""
        credential = "Credential=test/20260101/eu-central-1/rds/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
        body = f"Action={action}&Version=2014-10-31"
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        connection.request("POST", "/", body, {**signed, "Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().read().decode()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    missing = [name for name in ("terraform", "moto_server") if not shutil.which(name)]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("emulator")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The roles that AWS keeps are loaded on request only.
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with (folder / "moto.log").open("w") as log:
        server = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(port)], env=environment, stdout=log, stderr=log
        )
    try:
        made = Emulator(folder, f"http://127.0.0.1:{port}")
        made.write()
        if (done := made.run("init")).returncode:
            pytest.skip(f"the provider cannot be had: {done.stderr.strip()[-500:]}")
        schemas = json.loads(made.must("providers", "schema", "-json"))["provider_schemas"]
        held = schemas["registry.terraform.io/hashicorp/aws"]["resource_schemas"]
        (folder / "schemas.json").write_text(json.dumps({name: held[name] for name in as_terraform.NAMES.values()}))
        _wait(port)
        yield made
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("the emulator did not start")


def up(before: Run | None = None, node: Mapping[str, object] | None = None, **postgres: object) -> Run:
    cluster = {**CLUSTERS["single_node"], "node": node or {}}
    settings = config({Kind.POSTGRES: postgres}, stage=Stage.FUNDED, cloud=Cloud.AWS, cluster=cluster)
    return settled(settings, before.after if before else None)


def of(actions: Mapping[str, list[str]], *types: str) -> dict[str, Any]:
    return {address: done for address, done in actions.items() if address.startswith(types)}


def test_a_stack_on_aws_is_made_changed_in_place_kept_and_removed(emulator: Emulator) -> None:
    first = up(version="16")
    made = emulator.want(first)
    assert set(map(tuple, made.values())) == {("create",)}
    emulator.must("apply", "plan")

    again = emulator.want(first)
    assert set(map(tuple, again.values())) <= {("no-op",), ("update",)}, (
        "the emulator forgets some, and nothing is anew"
    )

    larger = {"version": "17", "storage_gib": 60, "aws": {"instance_class": "db.m7g.large"}}
    second = up(first, {"data_gib": 80}, **larger)
    assert of(emulator.want(second), *BEARERS) == {
        "aws_db_instance.postgres-instance": ["update"],
        "aws_ebs_volume.cluster-disk-data": ["update"],
    }
    emulator.must("apply", "plan")
    there = emulator.asks("DescribeDBInstances")
    assert "<DBInstanceClass>db.m7g.large<" in there
    assert "<AllocatedStorage>60<" in there
    assert "<EngineVersion>17" in there

    refused = emulator.run("destroy", "-auto-approve", "-target=aws_db_instance.postgres-instance")
    assert "Cannot delete protected DB Instance" in refused.stderr
    assert "<DBInstanceIdentifier>ladder-dev-postgres<" in emulator.asks("DescribeDBInstances")

    removing = up(second, {"data_gib": 80}, **larger, phase="remove")
    assert of(emulator.want(removing), *BEARERS)["aws_db_instance.postgres-instance"] == ["update"]
    emulator.must("apply", "plan")
    emulator.must("destroy", "-auto-approve")
    assert "<DBInstanceIdentifier>" not in emulator.asks("DescribeDBInstances")
    assert "elsewhere-postgres-final</DBSnapshotIdentifier>" in emulator.asks("DescribeDBSnapshots")
