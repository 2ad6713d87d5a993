"""What a single machine does on Google Cloud alone, with fakes of the programs that its scripts call."""

import json
import socket
import subprocess
import threading
from base64 import b64encode
from http.client import HTTPConnection

import pytest
from node_world import World

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"


def secret_manager(world: World, answer: str) -> None:
    """The metadata service and Secret Manager, which answers whoever shows the token."""
    (world.folder / "answer").write_text(answer)
    world.fake(
        "curl",
        f"""case "$*" in
*computeMetadata*) [[ $* == *"Metadata-Flavor: Google"* ]] && echo '{{"access_token": "t0ken", "expires_in": 3599}}' ;;
*secretmanager*) while (($#)); do [[ $1 == --config ]] && cat "$2" >"{world.folder}/header"; shift; done
	cat "{world.folder}/answer" ;;
esac""",
    )


def fetched(world: World) -> subprocess.CompletedProcess[str]:
    return world.run("gcp-secret.sh", "client-ca.key", SECRETS="projects/acme-1/secrets/shop-prod")


def test_an_authority_comes_from_secret_manager_by_the_machines_own_account(world: World) -> None:
    secret_manager(world, json.dumps({"payload": {"data": b64encode(KEY.encode()).decode()}}))
    done = fetched(world)
    assert (done.returncode, done.stdout) == (0, KEY), done.stderr
    address = "https://secretmanager.googleapis.com/v1/projects/acme-1/secrets/shop-prod-client-ca-key/versions/latest"
    assert len(world.called(f"{address}:access")) == 1
    assert (world.folder / "header").read_text() == 'header = "Authorization: Bearer t0ken"\n'
    assert "t0ken" not in "".join(world.calls), "others could read it in a list of processes"


@pytest.mark.parametrize("answer", ['{"error": {"code": 403}}', ""])
def test_an_authority_that_is_refused_ends_the_boot_and_is_no_file(world: World, answer: str) -> None:
    secret_manager(world, answer)
    done = fetched(world)
    assert (done.returncode != 0, done.stdout) == (True, "")
    laid = world.run(
        "authority.sh", str(world.folder / "tls"), CLOUD="gcp", SECRETS="projects/acme-1/secrets/shop-prod"
    )
    assert laid.returncode != 0
    assert not (world.folder / "tls" / "server-ca.key").exists()


def test_pods_are_kept_from_the_metadata_service_once_and_may_resolve_names(world: World) -> None:
    world.fake("iptables", f'[[ $* != *--check* ]] || exit $([ -e "{world.folder}/there" ] && echo 0 || echo 1)')
    assert world.run("gcp-prepare.sh", PODS="10.42.0.0/16").returncode == 0
    rule = "PREROUTING --source 10.42.0.0/16 --destination 169.254.169.254 --protocol tcp ! --dport 53 --jump DROP"
    assert world.called("--insert") == [f"iptables --table raw --insert {rule}"]
    (world.folder / "there").touch()
    assert world.run("gcp-prepare.sh", PODS="10.42.0.0/16").returncode == 0
    assert len(world.called("--insert")) == 1


def test_the_boot_ends_where_pods_cannot_be_kept_out(world: World) -> None:
    world.fake("iptables", "exit 1")
    assert world.run("gcp-prepare.sh", PODS="10.42.0.0/16").returncode != 0


@pytest.mark.parametrize(("code", "status"), [(0, 200), (1, 503)])
def test_google_is_told_whether_the_cluster_answers(world: World, code: int, status: int) -> None:
    """The connection is the script's input and output, as systemd hands it over."""
    world.fake("k3s", f"exit {code}")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                world.start("gcp-health.sh", connection).wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        asked = HTTPConnection(*listener.getsockname(), timeout=30)
        asked.request("GET", "/", headers={"User-Agent": "GoogleHC/1.0"})
        assert asked.getresponse().status == status
        asked.close()
        thread.join(30)
    assert world.calls == ["k3s kubectl get --raw /readyz"]


def test_who_knocks_and_says_nothing_is_not_waited_for(world: World) -> None:
    world.fake("k3s")
    done = world.run("gcp-health.sh")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "HTTP/1.1 200 OK")


def test_google_may_ask_only_once_the_cluster_answers(world: World) -> None:
    world.fake("systemctl")
    world.fake("k3s", f'[ -e "{world.folder}/up" ] || {{ touch "{world.folder}/up"; exit 1; }}')
    done = world.run("ready.sh", CLOUD="gcp")
    assert done.returncode == 0, done.stderr
    assert [call.split()[0] for call in world.calls] == ["k3s", "k3s", "systemctl"]
    assert world.called("start gcp-health.socket")
