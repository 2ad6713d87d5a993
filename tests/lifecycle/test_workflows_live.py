"""The workflows' own scripts, from end to end: the Pulumi CLI, state in a folder, the local cluster."""

import fcntl
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
import yaml
from lifecycle import stack_files, workflow
from lifecycle.real import PASSPHRASE, clean
from lifecycle.workflow import Job, Repository

from ladder.ci.issue import AUTHOR

pytestmark = pytest.mark.engine

NAMESPACES = {"dev": "ladder-flow-dev", "prod": "ladder-flow-prod"}
PROMOTE = ".github/workflows/promote.yml"
SMOKE = "ci smoke --stack dev"
GH = """\
#!/bin/sh
cd "$(dirname "$0")/.." || exit
case "$*" in
*/pulls*) cat labels ;;
*"--method GET"*) cat issues ;;
*) { echo "$4"; cat; echo; } >>told; echo '{"number": 7}' ;;
esac
"""
"""GitHub, whose labels and issues are files."""


def settings(stack: str, machine: Mapping[str, Any]) -> dict[str, Any]:
    held = stack_files.stack(
        redis=stack_files.redis(),
        cluster={it: machine[it] for it in ("context", "identifier", "storage_class")} | {"kind": "existing"},
        app={"image": machine["images"]["app"]["ref"], "replicas": {"min": 1, "max": 2}},
        namespace=NAMESPACES[stack],
    )
    if "redis" in machine["images"]:
        held["ladder:redis"]["image"] = machine["images"]["redis"]
    return dict(held)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A repository with the stacks dev and prod, which nobody has brought up."""
    told = subprocess.run([workflow.ROOT / "local/settings"], check=True, capture_output=True, text=True)
    machine = json.loads(told.stdout)
    place = tmp_path_factory.mktemp("shop")
    for folder in ("work", "state", "bin"):
        (place / folder).mkdir()
    kubeconfig = os.environ.get("KUBECONFIG") or machine["kubeconfig"]
    environment = {
        "KUBECONFIG": kubeconfig,
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PULUMI_HOME": str(place / "home"),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    workflow.program(place / "bin/gh", GH)
    (place / "labels").write_text("[]")
    (place / "issues").write_text("[[]]")
    made = Repository(workflow.repository(place / "work"), environment, {"PULUMI_BACKEND_URL": f"file://{place}/state"})
    for old in made.folder.glob("Pulumi.*.yaml"):
        old.unlink()
    with (Path(gettempdir()) / "ladder-workflows.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for stack, namespace in NAMESPACES.items():
            clean(kubeconfig, machine["context"], namespace, f"ladder.{stack}")
            world = {**os.environ, **environment, "PULUMI_BACKEND_URL": f"file://{place}/state"}
            subprocess.run(["pulumi", "stack", "init", stack], cwd=made.folder, env=world, check=True)
            path = made.folder / f"Pulumi.{stack}.yaml"
            path.write_text(path.read_text() + yaml.safe_dump({"config": settings(stack, machine)}))
        yield made
        for stack, namespace in NAMESPACES.items():
            clean(kubeconfig, machine["context"], namespace, f"ladder.{stack}")


def edit(shop: Repository, file: str, old: str, new: str) -> None:
    path = shop.folder / file
    assert path.read_text().count(old) == 1, f"{file}: {old!r}"
    path.write_text(path.read_text().replace(old, new))


def applied(shop: Repository, stack: str) -> list[str]:
    """The commits that were applied to a stack, newest first."""
    world = {**os.environ, **shop.environment, "PULUMI_BACKEND_URL": shop.variables["PULUMI_BACKEND_URL"]}
    arguments = ["pulumi", "stack", "history", "--json", "--stack", stack]
    told = subprocess.run(arguments, cwd=shop.folder, env=world, check=True, capture_output=True, text=True).stdout
    return [it["environment"]["git.head"] for it in json.loads(told)]


def results(jobs: Mapping[str, Job]) -> dict[str, str]:
    return {key: it.result for key, it in jobs.items()}


def test_promotion_goes_on_only_with_what_passed_and_what_was_agreed_to(shop: Repository) -> None:
    good = {"agreed": "success", "dev": "success", "plan": "success", "prod": "success"}
    first = shop.commit("a shop")
    jobs = shop.run("promote")
    assert results(jobs) == good, jobs
    assert applied(shop, "dev") == applied(shop, "prod") == [first]
    assert "prod: safe" in jobs["plan"].summary

    # The new version comes up, and lacks what it was made for.
    edit(shop, "Pulumi.prod.yaml", "max: 2", "max: 3")
    edit(shop, "Pulumi.dev.yaml", "max: 2", "max: 3")
    edit(shop, PROMOTE, SMOKE, f"{SMOKE} --path /reports --wait 5")
    second = shop.commit("reports")
    jobs = shop.run("promote")
    assert results(jobs) == {**good, "dev": "failure", "plan": "skipped", "prod": "skipped"}
    assert "app: GET /reports: answered 404" in jobs["dev"].log
    assert applied(shop, "dev") == [second, first]
    assert applied(shop, "prod") == [first]

    # It is taken back, and something else in prod wants somebody's consent.
    edit(shop, PROMOTE, f"{SMOKE} --path /reports --wait 5", SMOKE)
    edit(shop, "Pulumi.prod.yaml", "  ladder:redis:\n", "  ladder:redis:\n    unsafe_plaintext: true\n")
    third = shop.commit("no encryption")
    jobs = shop.run("promote")
    assert results(jobs) == {**good, "plan": "failure", "prod": "skipped"}
    assert applied(shop, "prod") == [first]
    (label,) = set(re.findall(r"data-approved:[0-9a-f]{12}", jobs["plan"].log))
    (shop.folder.parent / "labels").write_text(json.dumps([label]))
    jobs = shop.run("promote")
    assert results(jobs) == good, jobs
    assert applied(shop, "prod") == [third, first]


def test_what_was_changed_by_hand_is_one_issue_until_it_is_put_right(shop: Repository) -> None:
    def most(replicas: int) -> None:
        patch = json.dumps({"spec": {"maxReplicas": replicas}})
        where = ["--namespace", NAMESPACES["dev"], "patch", "horizontalpodautoscaler", "app", "--type=merge"]
        world = {**os.environ, **shop.environment}
        subprocess.run(["kubectl", *where, "--patch", patch], env=world, check=True)

    if not applied(shop, "dev"):
        shop.commit("a shop")
        assert shop.run("promote")["dev"].result == "success"
    place = shop.folder.parent
    written = yaml.safe_load((shop.folder / "Pulumi.dev.yaml").read_text())["config"]["ladder:app"]["replicas"]["max"]
    matrix = {"stack": "dev"}
    assert results(shop.run("drift", matrix)) == {"drift": "success"}
    assert not (place / "told").exists()

    most(written + 7)
    jobs = shop.run("drift", matrix)
    assert results(jobs) == {"drift": "failure"}
    assert "app · HorizontalPodAutoscaler app is another: spec.maxReplicas" in jobs["drift"].summary
    path, issue = (place / "told").read_text().splitlines()
    assert path == "repos/acme/shop/issues"
    body = json.loads(issue)["body"]
    assert "spec.maxReplicas" in body

    (place / "issues").write_text(json.dumps([[{"number": 7, "user": {"login": AUTHOR}, "body": body}]]))
    most(written)
    assert results(shop.run("drift", matrix)) == {"drift": "success"}
    assert json.loads((place / "told").read_text().splitlines()[-1]) == {"state": "closed", "state_reason": "completed"}
