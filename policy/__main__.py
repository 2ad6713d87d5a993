"""For `pulumi preview --policy-pack policy`: the rules of `ladder policy`, and nothing of its own."""

from pathlib import Path

from pulumi_policy import PolicyPack

from ladder.policy import limits, pack

PolicyPack("ladder", pack.policies(limits.read(Path(__file__).with_name("limits.yaml"))))
