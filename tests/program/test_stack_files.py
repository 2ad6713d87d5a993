"""The stack files that are committed, run whole on the offline engine."""

from pathlib import Path

import pytest

from infra import program
from ladder import vaults
from ladder.engine import Run, Snapshot, plain, run
from ladder.stack import stackfile

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "prod")


def up(stack: str, before: Snapshot | None = None) -> Run:
    file = stackfile.load(stack, start=ROOT)
    done = run(
        lambda: program.main(look=False),
        project="ladder",
        stack=stack,
        config=file.config,
        secret_keys=file.secret_keys,
        before=before,
        invokes=vaults.OFFLINE,
    )
    assert done.error is None, done.error
    return done


@pytest.mark.parametrize("stack", STACKS)
def test_a_committed_stack_comes_up_and_a_second_up_changes_nothing(stack: str) -> None:
    first = up(stack)
    assert len(first.changes) > 40
    assert up(stack, first.after).changes == ()


def test_the_vault_of_dev_comes_up_and_dev_names_it() -> None:
    first = up("dev-vault")
    assert "data-vault-0" in {found.name for found in first.registrations}
    assert up("dev-vault", first.after).changes == ()
    assert stackfile.load("dev", start=ROOT).config["ladder:vault"] == "dev-vault"


def test_prod_protects_everything_that_bears_data_and_the_namespace() -> None:
    done = up("prod")
    guarded = {found.name for found in done.registrations if found.protect}
    assert {"mongodb-cluster", "postgres-instance", "redis-group", "namespace"} <= guarded


def test_stores_of_prod_let_in_the_machines_of_its_own_cluster() -> None:
    done = up("prod")
    rules = [plain(it.inputs) for it in done.registrations if it.name.endswith("-clients-in")]
    groups = {str(rule["referencedSecurityGroupId"]) for rule in rules}
    assert len(rules) == 3
    assert groups == {"generated:cluster-eks.vpcConfig.clusterSecurityGroupId"}


def test_dev_protects_nothing_and_the_guard_still_refuses_to_lose_its_data() -> None:
    first = up("dev")
    assert [found.name for found in first.registrations if found.protect] == []
    config = dict(stackfile.load("dev", start=ROOT).config)
    del config["ladder:postgres"]
    gone = run(
        lambda: program.main(look=False),
        project="ladder",
        stack="dev",
        config=config,
        before=first.after,
        invokes=vaults.OFFLINE,
    )
    assert "would delete the volumes that hold its data" in str(gone.error)
    assert gone.changes == ()
    assert gone.after == first.after


def test_no_stack_reaches_a_provider_that_the_program_did_not_make() -> None:
    text = (ROOT / "Pulumi.yaml").read_text()
    assert 'pulumi:disable-default-providers:\n    value: ["*"]' in text
