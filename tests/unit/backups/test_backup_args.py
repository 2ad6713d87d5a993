"""What backups are asked for, the repository of a store, and which kinds have hooks."""

from pathlib import Path

import pytest

import components
from components.backups import hooks, repository
from components.backups.args import BackupArgs, Keep
from components.backups.repository import Identity, VaultAccess
from components.catalog import Kind

TIMES = {"schedule": "0 * * * *", "verify": "0 1 * * 0", "prune": "0 2 * * 0"}


@pytest.mark.parametrize("field", TIMES)
def test_a_time_that_is_none_is_refused_with_its_field(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} = .*has 1 fields"):
        BackupArgs(**{**TIMES, field: "hourly"})


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (-1, 1, 1, 1)])
def test_a_policy_that_keeps_nothing_is_refused(counts: tuple[int, ...]) -> None:
    hourly, daily, weekly, monthly = counts
    with pytest.raises(ValueError, match="each must be 0 or more, and one above 0"):
        Keep(hourly=hourly, daily=daily, weekly=weekly, monthly=monthly)


def test_the_password_of_a_repository_never_changes() -> None:
    """Written down: another way to derive it would lock every stack out of its backups."""
    assert repository.password("test-master", "ladder.dev/postgres") == "JLgjCZq_HMTHNLhp91ESDp4Ar4TI3oXJj1_PWwfTLS0="


def test_every_repository_has_a_password_of_its_own() -> None:
    paths = [f"ladder.{stack}/{kind}" for stack in ("dev", "prod") for kind in Kind]
    assert len({repository.password("test-master", path) for path in paths}) == len(paths)
    assert repository.password("test-master", paths[0]) != repository.password("other-master", paths[0])


@pytest.mark.parametrize(
    ("kind", "url", "namespace", "port"),
    [
        ("in_cluster", "s3:https://vault.ladder-v.svc:7443/backups", "ladder-v", 7443),
        ("s3_compatible", "s3:https://s3.example.com/acme", None, 443),
        ("s3_compatible", "s3:https://s3.example.com:9000/acme", None, 9000),
    ],
)
def test_a_repository_knows_where_its_server_is(kind: str, url: str, namespace: str | None, port: int) -> None:
    vault = VaultAccess(kind=kind, url=url, master="test-master", writer=Identity(), pruner=Identity())
    found = repository.of(vault, "ladder.dev", Kind.POSTGRES)
    assert (found.url, found.in_cluster, found.port) == (f"{url}/ladder.dev/postgres", namespace, port)


def test_secrets_are_not_shown() -> None:
    identity = Identity(env={"AWS_SECRET_ACCESS_KEY": "test-secret"})
    vault = VaultAccess(kind="s3", url="s3:https://x/y", master="test-secret", writer=identity, pruner=identity)
    assert "test-secret" not in repr(vault)


def test_the_kinds_that_are_backed_up_are_those_that_have_hooks() -> None:
    root = Path(components.__file__).parent
    assert {kind for kind in Kind if (root / kind / "backup" / "store.sh").exists()} == set(hooks.HOOKS)


HOOKS = (
    "begin", "finish", "dump", "manifest", "least_bytes", "version", "throwaway_start", "throwaway_load",
    "throwaway_manifest", "throwaway_stop", "target_empty", "restore_into", "target_manifest", "live_manifest",
    "target_adopt",
)  # fmt: skip
FREEZE = ("freeze", "thaw", "writers")


@pytest.mark.parametrize("kind", hooks.HOOKS)
def test_a_kind_has_every_hook_that_the_jobs_call(kind: Kind) -> None:
    # A kind may keep some of them in files that its store.sh sources.
    text = "\n".join(it for name, it in hooks.files(kind).items() if name != "lib.sh")
    assert [name for name in HOOKS if f"\n{name}() {{" not in text] == []
    assert "\nPARTS=(" in text
    assert {f"\n{name}() {{" in text for name in FREEZE} == {kind in hooks.FREEZES}
