import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cli_world import STACK, Answer

from infra import program
from ladder import engine
from ladder.engine import Snapshot
from ladder.errors import Exit
from ladder.stack import stackfile

Ladder = Callable[..., Answer]


def rewrite(project: Path, *changes: tuple[str, str]) -> None:
    """Change the text of the stack file."""
    text = STACK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (project / "Pulumi.prod.yaml").write_text(text)


def exported(project: Path, *, masked: bool = True) -> Path:
    """What `pulumi stack export` would write after an `up` of the stack file."""
    text = _state((project / "Pulumi.prod.yaml").read_text())
    path = project / "state.json"
    path.write_text(json.dumps(json.loads(text, object_hook=encrypted)) if masked else text)
    return path


@cache
def _state(stack_file: str) -> str:
    """The state after an `up` of the stack file that holds this text, made once for each."""
    file = stackfile.load("prod")
    assert file.document.text == stack_file
    done = engine.run(
        lambda: program.main(look=False),
        project=file.project,
        stack=file.stack,
        config=file.config,
        secret_keys=file.secret_keys,
        skip_preview=True,
    )
    assert done.error is None, done.error
    return json.dumps({"version": 3, "deployment": done.after.dump()})


def encrypted(held: dict) -> dict:
    """A secret as an export without `--show-secrets` has it."""
    if "4dabf18193072939515e22adb298388d" not in held:
        return held
    return {key: value for key, value in held.items() if key != "plaintext"} | {"ciphertext": "v1:abc"}


def test_a_new_stack_is_shown_by_component(project: Path, ladder: Ladder) -> None:
    answer = ladder("plan", "-s", "prod")
    assert (answer.code, answer.err) == (Exit.OK, "")
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines[0] == "prod: bootstrap on aws, eu-central-1 · cluster acme · namespace ladder-prod"
    assert lines[1].startswith("state not read: everything is shown as new")
    assert "+ postgres in_cluster · postgres 17 · 1 member of 50 GiB · protected · TLS · no backups yet" in lines
    assert "+ redis in_cluster · valkey 8.1 · cache: no volume, no backups · TLS" in lines
    assert "price 0 on your nodes; unknown: 50 GiB of your class gp3" in lines
    assert "to leave pg_dump and pg_restore into PostgreSQL 17 or later; full: 9 min or more" in lines
    assert "cost 0 on your nodes; unknown: 50 GiB of your class gp3" in lines


def test_a_log_is_at_most_100_columns_wide_plain_and_without_trailing_blanks(project: Path, ladder: Ladder) -> None:
    answer = ladder("plan", "-s", "prod")
    assert max(map(len, answer.out.splitlines())) <= 100
    assert "\x1b" not in answer.out
    assert all(line == line.rstrip() for line in answer.out.splitlines())


def test_what_pods_and_volumes_ask_for_is_summed(project: Path, ladder: Ladder) -> None:
    asks = ladder("plan", "-s", "prod", "--json").json["asks"]
    # postgres 0.25 and 512, its fill sidecar 0.005 and 16; redis 0.25 and 256; the application twice 0.1 and 256.
    assert asks == {"cpu": 0.705, "memory_mib": 512 + 16 + 256 + 2 * 256, "storage_gib": 50}


def test_wrong_settings_are_told_all_at_once_with_their_lines(project: Path, ladder: Ladder) -> None:
    rewrite(project, ("storage_gib: 50", "storage_gb: 50"), ("role: cache", "role: cash"))
    answer = ladder("plan", "-s", "prod")
    assert (answer.code, answer.out) == (Exit.WRONG, "")
    assert "ladder:postgres.storage_gb = 50  (Pulumi.prod.yaml:10)" in answer.err
    assert 'ladder:redis.role = "cash"  (Pulumi.prod.yaml:6)' in answer.err
    found = ladder("plan", "-s", "prod", "--json")
    assert found.code is Exit.WRONG
    assert [it["key"] for it in found.json["settings_errors"]] == ["ladder:postgres.storage_gb", "ladder:redis.role"]


@pytest.mark.parametrize("masked", [True, False])
def test_nothing_changes_after_an_up(project: Path, ladder: Ladder, masked: bool) -> None:
    state = exported(project, masked=masked)
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.OK
    assert "nothing would change" in answer.out
    assert ladder("plan", "-s", "prod", "--state", str(state), "--json").json["counts"] == {}


def test_a_change_in_place_is_shown_below_its_component(project: Path, ladder: Ladder) -> None:
    state = exported(project)
    rewrite(project, ("storage_gib: 50", "storage_gib: 60"))
    found = ladder("plan", "-s", "prod", "--state", str(state), "--json").json
    changed = {part["name"]: part for part in found["parts"] if part["changes"]}
    assert set(changed) == {"postgres"}
    assert changed["postgres"]["op"] == "update"
    claim = changed["postgres"]["changes"][0]
    assert (claim["op"], claim["kind"], claim["name"]) == ("update", "PersistentVolumeClaim", "data-postgres-0")
    assert "spec.resources.requests.storage" in claim["paths"]
    assert found["data_at_risk"] == []
    assert found["cost_change"] == {"amount": 0, "unknown_changes": True}
    screen = ladder("plan", "-s", "prod", "--state", str(state)).out
    assert "PersistentVolumeClaim data-postgres-0  spec.resources.requests.storage" in screen
    assert "60 GiB of your class gp3; this change: what is unknown changes" in " ".join(screen.split())


def test_pods_that_really_roll_are_shown_although_the_export_hides_secrets(project: Path, ladder: Ladder) -> None:
    state = exported(project)
    held = json.loads(state.read_text())
    for row in held["deployment"]["resources"]:
        if row["urn"].endswith("ConfigMap::postgres-scripts"):
            row["inputs"]["data"]["start.sh"] = row["outputs"]["data"]["start.sh"] = "exit 1"
    state.write_text(json.dumps(held))
    found = ladder("plan", "-s", "prod", "--state", str(state), "--json").json
    changed = {(it["kind"], it["name"]) for part in found["parts"] for it in part["changes"]}
    assert changed == {("ConfigMap", "postgres-scripts"), ("StatefulSet", "postgres")}


def test_a_lost_store_is_refused_with_what_would_be_lost(project: Path, ladder: Ladder) -> None:
    state = exported(project)
    start, end = STACK.index("  ladder:postgres"), STACK.index("  ladder:app")
    rewrite(project, (STACK[start:end], ""), ("uses: [redis, postgres]", "uses: [redis]"))
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.REFUSED
    assert "error: postgres: this change would delete the volumes that hold its data" in answer.out
    assert "volume data-postgres-0 (50 GiB)" in answer.out
    assert "ladder remove postgres --stack prod" in answer.out
    found = ladder("plan", "-s", "prod", "--state", str(state), "--json")
    assert (found.code, found.json["verdict"]) == (Exit.REFUSED, "refused")


def test_a_refusal_points_at_the_line(project: Path, ladder: Ladder) -> None:
    state = exported(project)
    rewrite(project, ("storage_gib: 50", "storage_gib: 40"))
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.REFUSED
    assert "(Pulumi.prod.yaml:10)" in answer.out


def test_a_removal_under_way_shows_first_what_goes_with_its_data(project: Path, ladder: Ladder) -> None:
    rewrite(project, ("storage_gib: 50", "storage_gib: 50\n    phase: remove"))
    state = exported(project)
    start, end = STACK.index("  ladder:postgres"), STACK.index("  ladder:app")
    rewrite(project, (STACK[start:end], ""), ("uses: [redis, postgres]", "uses: [redis]"))
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.OK
    assert answer.out.index("data at risk") < answer.out.index("\n-  postgres")
    found = ladder("plan", "-s", "prod", "--state", str(state), "--json").json
    assert [it["name"] for it in found["data_at_risk"]] == ["data-postgres-0"]


def test_a_cache_vanishes_freely(project: Path, ladder: Ladder) -> None:
    state = exported(project)
    rewrite(
        project, ("  ladder:redis: {role: cache}   # forgets\n", ""), ("uses: [redis, postgres]", "uses: [postgres]")
    )
    assert ladder("plan", "-s", "prod", "--state", str(state)).code is Exit.OK


def test_what_the_engine_protects_is_a_refusal_too(project: Path, ladder: Ladder) -> None:
    rewrite(project, ("storage_gib: 50", "storage_gib: 50\n    phase: remove"))
    state = exported(project)
    held = json.loads(state.read_text())
    for resource in held["deployment"]["resources"]:
        if resource["urn"].endswith("data-postgres-0"):
            resource["protect"] = True
    state.write_text(json.dumps(held))
    start, end = STACK.index("  ladder:postgres"), STACK.index("  ladder:app")
    rewrite(project, (STACK[start:end], ""), ("uses: [redis, postgres]", "uses: [redis]"))
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.REFUSED
    assert "protected" in answer.out


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (None, Exit.MISSING, "No such file"),
        ("no json", Exit.WRONG, "is not an exported state"),
        ("[]", Exit.WRONG, "is not an exported state"),
        ('{"deployment": {"resources": [{"urn": 1}]}}', Exit.WRONG, "is not an exported state"),
        (
            '{"deployment": {"resources": [{"urn": "urn:pulumi:dev::ladder::t::n", "type": "t", "custom": false}]}}',
            Exit.WRONG,
            "holds ladder.dev, not ladder.prod",
        ),
    ],
)
def test_a_state_that_cannot_be_this_stacks_is_an_error(
    project: Path, ladder: Ladder, text: str | None, code: Exit, says: str
) -> None:
    state = project / "state.json"
    if text is not None:
        state.write_text(text)
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is code
    assert says in answer.err
    assert "pulumi stack export --stack prod" in answer.err


def git(project: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


def test_the_settings_of_a_commit_serve_as_ledger(project: Path, ladder: Ladder) -> None:
    git(project, "init", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-m", "one")
    same = ladder("plan", "-s", "prod", "--base", "main")
    assert same.code is Exit.OK
    assert "compared with main (" in same.out
    assert "nothing would change" in same.out
    rewrite(project, ("storage_gib: 50", "storage_gib: 40"))
    assert ladder("plan", "-s", "prod", "--base", "main").code is Exit.REFUSED
    unknown = ladder("plan", "-s", "prod", "--base", "nope")
    assert unknown.code is Exit.MISSING
    assert "git knows no such commit" in unknown.err


def test_a_stack_that_the_commit_lacks_is_new(project: Path, ladder: Ladder) -> None:
    git(project, "init", "-b", "main")
    git(project, "add", "Pulumi.yaml")
    git(project, "commit", "-m", "one")
    answer = ladder("plan", "-s", "prod", "--base", "main")
    assert answer.code is Exit.OK
    assert "compared with main, where there is no Pulumi.prod.yaml" in answer.out


def test_a_secret_uri_is_planned_without_being_read(project: Path, ladder: Ladder) -> None:
    section = "  ladder:mongodb:\n    backend: external\n    external: {uri: {secure: v1:ciphertext}}\n"
    rewrite(project, ("  ladder:app:", f"{section}  ladder:app:"))
    answer = ladder("plan", "-s", "prod")
    assert answer.code is Exit.OK, answer.err
    assert "run by somebody else" in answer.out
    assert "0 on your nodes; unknown: 50 GiB of your class gp3; unknown for mongodb (external)" in answer.out
    assert "ciphertext" not in answer.out + answer.err


def test_a_plain_uri_is_refused_and_not_shown(project: Path, ladder: Ladder) -> None:
    section = "  ladder:mongodb:\n    backend: external\n    external: {uri: 'mongodb://app:hunter2@h/app'}\n"
    rewrite(project, ("  ladder:app:", f"{section}  ladder:app:"))
    answer = ladder("plan", "-s", "prod")
    assert answer.code is Exit.WRONG
    assert "ladder:mongodb.external.uri" in answer.err
    assert "hunter2" not in answer.out + answer.err


def test_an_empty_state_is_a_state(project: Path, ladder: Ladder) -> None:
    state = project / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": Snapshot.empty().dump()}))
    answer = ladder("plan", "-s", "prod", "--state", str(state))
    assert answer.code is Exit.OK
    assert f"compared with the state in {state}" in " ".join(answer.out.split())


def test_every_resource_hangs_below_its_component(project: Path, ladder: Ladder) -> None:
    answer = ladder("plan", "-s", "prod", "--tree")
    assert answer.code is Exit.OK
    lines = answer.out.splitlines()
    assert lines[0] == "prod"
    assert "│   │   ├── PersistentVolumeClaim data-postgres-0 protected" in [
        line for line in lines if "data-postgres-0" in line
    ]
    tops = ladder("plan", "-s", "prod", "--tree", "--json").json["tree"]
    assert "postgres" in [node["name"] for node in tops]

    def count(nodes: list[dict]) -> int:
        return sum(1 + count(node["below"]) for node in nodes)

    created = ladder("plan", "-s", "prod", "--json").json["counts"]["create"]
    assert count(tops) == created - 2  # the stack is the root, and one provider is of the engine's own making
