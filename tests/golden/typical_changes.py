"""What people change in a day's work: a project with two stacks, and edits of the stack `prod`."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = "name: shop\nruntime: python\n"
PROD = """\
config:
  ladder:stage: funded
  ladder:cloud: aws
  ladder:cluster: {kind: eks, region: us-east-1, account: "123456789012", api_access: [203.0.113.7/32]}
  ladder:vault: prod-vault
  ladder:backups: {schedule: "15 * * * *", keep: {hourly: 24, daily: 14, weekly: 8, monthly: 12}}
  ladder:postgres: {stage: bootstrap, version: "17", storage_gib: 100}
  ladder:redis: {role: store, aws: {node_type: cache.t4g.medium}}
  ladder:alerts: {webhook: {secure: "v1:test-ciphertext-of-nothing"}}
  ladder:app: {image: "acme/shop:41", replicas: {min: 2, max: 20}, ingress: {host: shop.example.com}}
"""
DEV = """\
config:
  ladder:stage: bootstrap
  ladder:cloud: local
  ladder:cluster: {kind: existing, context: dev, identifier: dev, storage_class: standard}
  ladder:postgres: {storage_gib: 1, protect: false}
  ladder:app: {image: "acme/shop:41", replicas: {min: 1, max: 2}}
"""
MONGODB = '  ladder:mongodb: {stage: bootstrap, version: "7.0", replicas: 3, storage_gib: 50}\n'
_BEFORE_REDIS = ("  ladder:redis:", f"{MONGODB}  ladder:redis:")


@dataclass(frozen=True, kw_only=True)
class Typical:
    """A change.

    Attributes:
        edits: Texts of the stack file, and what stands there instead.
        before: Edits that were made before, and are no part of the change.
        dev: Edits of the other stack.
        deleted: Whether the file of `prod` is deleted.
    """

    edits: tuple[tuple[str, str], ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    dev: tuple[tuple[str, str], ...] = ()
    deleted: bool = False


TYPICAL: Mapping[str, Typical] = {
    "touch-nothing": Typical(),
    "application-only": Typical(edits=(("acme/shop:41", "acme/shop:42"),)),
    "grow-a-volume": Typical(edits=(("storage_gib: 100", "storage_gib: 200"),)),
    "shrink-a-volume": Typical(edits=(("storage_gib: 100", "storage_gib: 50"),)),
    "flip-a-stage": Typical(edits=(("postgres: {stage: bootstrap, ", "postgres: {"),)),
    "rename-a-store": Typical(edits=(("postgres: {", "postgres: {name: books, "),)),
    "bump-a-version": Typical(before=(_BEFORE_REDIS,), edits=(('version: "7.0"', 'version: "8.0"'),)),
    "drop-a-store": Typical(
        edits=(("  ladder:redis: {role: store, aws: {node_type: cache.t4g.medium}}\n", ""),),
    ),
    "add-a-store": Typical(edits=(_BEFORE_REDIS,)),
    "change-region": Typical(edits=(("region: us-east-1", "region: us-west-2"),)),
    "drop-retention": Typical(edits=(("hourly: 24, daily: 14", "hourly: 6, daily: 3"),)),
    "stop-backups": Typical(
        edits=(
            ("  ladder:vault: prod-vault\n", ""),
            ('  ladder:backups: {schedule: "15 * * * *", keep: {hourly: 24, daily: 14, weekly: 8, monthly: 12}}\n', ""),
            ('  ladder:alerts: {webhook: {secure: "v1:test-ciphertext-of-nothing"}}\n', ""),
        )
    ),
    "open-the-network": Typical(
        edits=(("api_access: [203.0.113.7/32]", "api_access: [203.0.113.7/32, 198.51.100.0/24]"),),
    ),
    "switch-protection-off": Typical(edits=(("storage_gib: 100", "storage_gib: 100, protect: false"),)),
    "rotate-a-secret": Typical(edits=(("v1:test-ciphertext-of-nothing", "v1:test-ciphertext-of-something"),)),
    "larger-nodes-of-a-service": Typical(edits=(("cache.t4g.medium", "cache.m7g.large"),)),
    "write-nonsense": Typical(edits=(("storage_gib: 100", "storage: 100, replicas: three"),)),
    "delete-a-stack": Typical(deleted=True),
    "several-stacks": Typical(
        edits=(("acme/shop:41", "acme/shop:42"), ("storage_gib: 100", "storage_gib: 50")),
        dev=(("acme/shop:41", "acme/shop:42"), ("storage_gib: 1", "storage_gib: 2")),
    ),
}
"""By name, which is that of the golden file."""


def lay_out(root: Path, change: Typical) -> None:
    """Commit what was there before as `base`, and make the change in the folder."""
    before = edited(PROD, change.before)
    (root / "Pulumi.yaml").write_text(PROJECT)
    (root / "Pulumi.prod.yaml").write_text(before)
    (root / "Pulumi.dev.yaml").write_text(DEV)
    commit(root, "base")
    if change.deleted:
        (root / "Pulumi.prod.yaml").unlink()
    else:
        (root / "Pulumi.prod.yaml").write_text(edited(before, change.edits))
    (root / "Pulumi.dev.yaml").write_text(edited(DEV, change.dev))


def edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def commit(root: Path, tag: str) -> None:
    """Commit everything in the folder, always by the same name."""
    day = "2026-01-01T00:00:00+00:00"
    who = {f"GIT_{role}_{part}": "test" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    world = {**os.environ, **who, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day, "GIT_CONFIG_GLOBAL": os.devnull}
    for line in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", tag], ["tag", tag]):
        subprocess.run(["git", *line], cwd=root, env=world, check=True, capture_output=True)
