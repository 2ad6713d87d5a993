"""Authority, release and readiness of a single machine; and what it is told when it starts."""

import json
import ssl
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from node_world import SCRIPTS, World

from components.catalog import Cloud
from components.cluster.aws_node_machine import HOOK
from components.cluster.node_boot import LONGEST, NODE, PODS, BootArgs, k3s_config, user_data

BOOT = BootArgs(
    cloud=Cloud.AWS,
    device="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0",
    public_ip="203.0.113.9",
    secrets="/ladder/shop-prod/authority",
    version="v1.34.2+k3s1",
    more={"VOLUME": "vol-0123456789abcdef0"},
)
ON_GCP = replace(
    BOOT, cloud=Cloud.GCP, device="/dev/disk/by-id/google-data", secrets="projects/acme-1/secrets/shop-prod", more={}
)
BOTH = pytest.mark.parametrize("boot", [BOOT, ON_GCP], ids=["aws", "gcp"])
FETCHED = ("server-ca.key", "server-ca.crt", "client-ca.key", "client-ca.crt")
OWN = ("request-header-ca", "etcd/peer-ca", "etcd/server-ca")


def parameters(world: World, prefix: str = "text of") -> None:
    world.fake("aws", f'for word; do case $word in /p/*) echo "{prefix} ${{word#/p/}}" ;; esac; done')


def authority(world: World) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = world.folder / "tls"
    return world.run("authority.sh", str(folder), SECRETS="/p"), folder


def test_authorities_lie_where_k3s_looks_for_them(world: World) -> None:
    parameters(world)
    done, folder = authority(world)
    assert done.returncode == 0, done.stderr
    for name in FETCHED:
        assert (folder / name).read_text() == f"text of {name}\n"
    for name in OWN:
        subject = subprocess.run(
            ["openssl", "x509", "-in", f"{folder / name}.crt", "-noout", "-text"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert "CA:TRUE" in subject
        assert "Certificate Sign" in subject
        # The key and the certificate belong together, or this raises.
        ssl.create_default_context().load_cert_chain(f"{folder / name}.crt", f"{folder / name}.key")
    assert "BEGIN RSA PRIVATE KEY" in (folder / "service.key").read_text()
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert list(folder.rglob(".*")) == []


def test_a_second_boot_changes_no_authority(world: World) -> None:
    parameters(world)
    _, folder = authority(world)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done, _ = authority(world)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_another_authority_is_refused_and_the_old_one_kept(world: World) -> None:
    parameters(world)
    _, folder = authority(world)
    parameters(world, "another")
    done, _ = authority(world)
    assert done.returncode == 1
    assert "rotate-ca" in done.stderr
    assert (folder / "server-ca.key").read_text() == "text of server-ca.key\n"


def test_no_authority_is_laid_when_the_parameter_store_refuses(world: World) -> None:
    world.fake("aws", "echo AccessDenied >&2; exit 254")
    done, folder = authority(world)
    assert done.returncode != 0
    assert not (folder / "server-ca.key").exists()


@pytest.mark.parametrize(("machine", "file", "sums"), [("x86_64", "k3s", "amd64"), ("aarch64", "k3s-arm64", "arm64")])
@pytest.mark.parametrize("genuine", [True, False])
def test_a_release_is_installed_only_when_its_checksum_agrees(
    world: World, machine: str, file: str, sums: str, genuine: bool
) -> None:
    served = world.folder / "served"
    served.mkdir()
    (served / file).write_text("#!/bin/sh\n")
    digest = sha256((served / file).read_bytes() if genuine else b"other").hexdigest()
    (served / f"sha256sum-{sums}.txt").write_text(f"{'0' * 64}  k3s-airgap-images.tar\n{digest}  {file}\n")
    world.fake("uname", f"echo {machine}")
    world.fake(
        "curl", f'while (($#)); do case $1 in -o) out=$2 ;; http*) cp "{served}/${{1##*/}}" "$out" ;; esac; shift; done'
    )
    done = world.run("k3s.sh", str(world.folder), K3S_VERSION="v1.34.2+k3s1", RELEASES="https://releases.test")
    assert (done.returncode == 0) is genuine, done.stderr
    assert (world.folder / "k3s").exists() is genuine
    assert "https://releases.test/v1.34.2%2Bk3s1/" in world.called("curl")[0]


def test_a_release_that_is_there_is_not_fetched_again(world: World) -> None:
    world.fake("curl", "exit 1")
    (world.folder / "k3s").write_text('#!/bin/sh\necho "k3s version v1.34.2+k3s1 (abc)"\n')
    (world.folder / "k3s").chmod(0o755)
    assert world.run("k3s.sh", str(world.folder), K3S_VERSION="v1.34.2+k3s1", RELEASES="x").returncode == 0
    assert world.run("k3s.sh", str(world.folder), K3S_VERSION="v1.34.3+k3s1", RELEASES="x").returncode != 0


@pytest.mark.parametrize(("state", "told"), [("Pending:Wait", 1), ("InService", 0)])
def test_the_group_is_told_once_that_the_cluster_answers(world: World, state: str, told: int) -> None:
    world.fake("curl", "echo i-new")
    world.fake("k3s", f'[ -e "{world.folder}/up" ] || {{ touch "{world.folder}/up"; exit 1; }}')
    once = f"[ -e '{world.folder}/asked' ]"
    answer = f"{once} && printf 'shop-prod-1\\t{state}\\n' || {{ touch '{world.folder}/asked'; echo None; }}"
    world.fake("aws", f'case "$*" in *describe*) {answer} ;; esac')
    done = world.run("ready.sh", HOOK=HOOK)
    assert done.returncode == 0, done.stderr
    assert len(world.called("k3s kubectl get --raw /readyz")) == 2
    completed = world.called("complete-lifecycle-action")
    assert len(completed) == told
    assert all("shop-prod-1 --lifecycle-hook-name ready --instance-id i-new" in call for call in completed)


def test_pods_end_before_the_machine_and_start_after_it(world: World) -> None:
    world.fake("k3s")
    assert world.run("drain.sh", "begin", NODE=NODE).returncode == 0
    assert world.run("drain.sh", "end", NODE=NODE).returncode == 0
    assert world.run("drain.sh", "later", NODE=NODE).returncode == 1
    assert [call.split()[2] for call in world.calls] == ["drain", "uncordon"]


def test_a_boot_goes_on_to_k3s_only_after_every_step(world: World) -> None:
    text = (SCRIPTS / "boot.sh").read_text()
    steps = ["$CLOUD-prepare.sh", "data-volume.sh", "authority.sh", "k3s.sh", "systemctl start", "ready.sh"]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "[Install]" not in (SCRIPTS / "k3s.service").read_text(), "k3s must never start without its disk"


def files(boot: BootArgs = BOOT) -> dict[str, str]:
    told = json.loads(user_data(boot).removeprefix("#cloud-config\n"))
    return {file["path"]: file["content"] for file in told["write_files"]}


@BOTH
def test_the_machine_gets_every_script_and_unit_that_it_runs(boot: BootArgs) -> None:
    there = files(boot)
    for path, text in there.items():
        spelled = text.replace("$CLOUD", boot.cloud).replace("$here/", "/opt/ladder/")
        for word in spelled.replace("=", " ").replace('"', " ").split():
            if word.startswith("/opt/ladder/"):
                assert word in there, f"{path} runs {word}"
    for script in ("data-volume", "authority", "k3s", "ready", "lib", "drain", "grow", "boot"):
        assert f"/opt/ladder/{script}.sh" in there
    assert "/etc/systemd/system/k3s.service" in there
    other = Cloud.GCP if boot.cloud is Cloud.AWS else Cloud.AWS
    assert [path for path in there if f"/{other}" in path] == []


@BOTH
def test_user_data_fits_and_holds_no_secret(boot: BootArgs) -> None:
    text = user_data(boot)
    assert len(text.encode()) < LONGEST
    assert "PRIVATE KEY-----" not in text
    told = files(boot)["/etc/ladder/node.env"].splitlines()
    assert {f"DEVICE={boot.device}", f"SECRETS={boot.secrets}", f"PODS={PODS}"} <= set(told)


def test_another_machine_is_the_same_node_with_the_same_folders() -> None:
    other = replace(BOOT, public_ip="203.0.113.10")
    stable = ("node-name", "data-dir", "default-local-storage-path")
    assert [k3s_config(BOOT)[key] for key in stable] == [k3s_config(other)[key] for key in stable]
    assert k3s_config(other)["tls-san"] == ["203.0.113.10"]
