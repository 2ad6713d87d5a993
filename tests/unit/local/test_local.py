"""What the scripts of local/ decide and print, with stand-ins for the programs that they call."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

LOCAL = Path(__file__).parents[3] / "local"
BASICS = ("bash", "awk", "cat", "dirname", "env", "grep", "id", "mkdir", "rm", "sed", "uname")

KIND = r"""#!/usr/bin/env bash
echo "kind $*" >>"$CALLS"
case "$1 $2" in
  "get clusters") cat "$LADDER_LOCAL_DIR/clusters" 2>/dev/null ;;
  "create cluster") echo ladder-local >"$LADDER_LOCAL_DIR/clusters" ;;
  "get kubeconfig") printf '%s\n' "current-context: kind-ladder-local" "  name: kind-ladder-local" ;;
esac
"""
DOCKER = r"""#!/usr/bin/env bash
echo "docker $*" >>"$CALLS"
"""


class Machine:
    """A machine with a PATH of its own, so that a test says which programs exist."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "programs"
        self.state = root / "state"
        self.calls = root / "calls"
        self.bin.mkdir()
        self.state.mkdir()
        self.calls.touch()
        for name in BASICS:
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)

    def install(self, name: str, script: str = "#!/bin/sh\n") -> None:
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        settings = {"PATH": str(self.bin), "HOME": str(self.state), "LADDER_LOCAL_DIR": str(self.state)}
        return subprocess.run(
            [str(LOCAL / command[0]), *command[1:]],
            env=settings | {"CALLS": str(self.calls)} | env,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_with_neither_docker_nor_go_is_told_all_three_ways(machine: Machine) -> None:
    result = machine.run("up")
    assert result.returncode == 1
    for way in ("Docker with kind", "Docker with Go", "root with Go"):
        assert way in result.stderr


def test_a_docker_that_does_not_answer_is_not_chosen(machine: Machine) -> None:
    machine.install("docker", "#!/bin/sh\nexit 1\n")
    machine.install("kind")
    assert "no cluster can be made here" in machine.run("up").stderr


@pytest.mark.parametrize("name", ["Ladder", "much-too-long-a-name", "1st"])
def test_a_name_that_no_interface_could_carry_is_refused(machine: Machine, name: str) -> None:
    result = machine.run("settings", LADDER_LOCAL_NAME=name)
    assert result.returncode == 1
    assert f'LADDER_LOCAL_NAME is "{name}"' in result.stderr


def test_settings_without_a_cluster_name_the_command_that_makes_one(machine: Machine) -> None:
    result = machine.run("settings")
    assert result.returncode == 1
    assert "run local/up first" in result.stderr


def test_settings_of_the_built_node_name_its_stand_ins(machine: Machine) -> None:
    (machine.state / "way").write_text("node\n")
    (machine.state / "kubeconfig").touch()
    (machine.state / "images").mkdir()
    for archive in ("debian", "weather"):
        (machine.state / "images" / f"{archive}.tar").touch()
    settings = json.loads(machine.run("settings").stdout)
    left_out = settings.pop("left_out")
    assert settings == {
        "context": "ladder-local",
        "kubeconfig": str(machine.state / "kubeconfig"),
        "identifier": "ladder-local",
        "storage_class": "ladder-local",
        "images": {
            "postgres": {"ref": "local/postgres:17", "uid": 999},
            "redis": {"ref": "local/valkey:8.1", "uid": 999},
            "app": {"ref": "local/weather:1", "uid": 999},
            "restic": {"ref": "local/restic:0.18", "uid": 999},
            "versitygw": {"ref": "local/versitygw:1", "uid": 999},
            "python": {"ref": "local/debian:13", "uid": 999},
        },
    }
    assert set(left_out) == {"mongodb", "mysql", "kafka"}
    assert "MongoDB server" in left_out["mongodb"]


def test_kind_gets_a_kubeconfig_of_its_own_with_a_stable_context(machine: Machine) -> None:
    machine.install("docker", DOCKER)
    machine.install("kind", KIND)
    first = machine.run("up")
    assert first.returncode == 0, first.stderr
    assert "kind-" not in (machine.state / "kubeconfig").read_text()
    assert "current-context: ladder-local" in (machine.state / "kubeconfig").read_text()
    calls = machine.calls.read_text()
    assert f"--kubeconfig {machine.state}" in next(line for line in calls.splitlines() if "create cluster" in line)
    assert "kind load docker-image local/weather:1 --name ladder-local" in calls

    settings = json.loads(machine.run("settings").stdout)
    assert settings["images"] == {"app": {"ref": "local/weather:1", "uid": 999}}
    assert settings["left_out"] == {}
    assert 'a cluster made by kind has no "smoke"' in machine.run("smoke").stderr


def test_a_stopped_kind_cluster_goes_on_and_only_purge_deletes_it(machine: Machine) -> None:
    machine.install("docker", DOCKER)
    machine.install("kind", KIND)
    for command in (["up"], ["down"], ["up"]):
        assert machine.run(*command).returncode == 0
    calls = machine.calls.read_text()
    assert calls.count("kind create cluster") == 1
    assert calls.count("docker stop ladder-local-control-plane") == 1
    assert calls.count("docker start ladder-local-control-plane") == 1
    assert "kind delete" not in calls
    assert machine.run("down", "--purge").returncode == 0
    assert "kind delete cluster --name ladder-local" in machine.calls.read_text()
    assert not (machine.state / "way").exists()


def test_every_script_is_executable() -> None:
    scripts = [path for path in LOCAL.rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!")]
    assert len(scripts) > 10
    assert [path for path in scripts if not os.access(path, os.X_OK)] == []


def test_two_clusters_on_one_machine_never_have_one_name(tmp_path: Path) -> None:
    claim = 'source "$0"; CLAIMS=("$1/name" "$1/slot"); claim_machine'

    def claims(folder: str) -> str:
        (tmp_path / folder / "state").mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            ["bash", "-c", claim, str(LOCAL / "node/lib.sh"), str(tmp_path)],
            env={"PATH": os.environ["PATH"], "LADDER_LOCAL_DIR": str(tmp_path / folder)},
            capture_output=True, text=True, check=False,
        ).stderr  # fmt: skip

    assert (claims("first"), claims("first")) == ("", "")
    assert (
        f'LADDER_LOCAL_NAME is "ladder-local" and LADDER_LOCAL_SLOT 0; the cluster in {tmp_path}/first has'
        in claims("other")
    )
    shutil.rmtree(tmp_path / "first")
    assert claims("other") == ""
