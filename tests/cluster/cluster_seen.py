"""The part of `docs/seen.md` that tests write: what the cluster tier saw, on what, and what nobody has seen yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cluster_stores import Stack

MARK = "<!-- from here on written by the cluster tests -->"

STAND_IN = "stand-in"
"""The property by which a test says that it met something other than the server it is about."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A test that ran: its name as a sentence, how it ended, and what stood in for the real server."""

    sentence: str
    outcome: str
    stand_in: str = ""
    reason: str = ""


def sentence(nodeid: str) -> str:
    """A test's name in words; a parameter in brackets."""
    name, _, parameter = nodeid.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    store = parameter.rstrip("]").split("-")[0]
    return f"{words} ({store})" if store else words


def servers(stack: Stack) -> dict[str, str]:
    """What ran, by their own word."""
    info = dict(line.split(":", 1) for line in stack.redis("info", "server").splitlines() if ":" in line)
    valkey = info.get("valkey_version", "").strip()
    cluster = json.loads(stack.machine.kubectl("version", "--output", "json").stdout)
    return {
        "Kubernetes": cluster["serverVersion"]["gitVersion"],
        "PostgreSQL": stack.sql("show server_version"),
        "Redis-compatible": f"Valkey {valkey}" if valkey else f"Redis {info['redis_version'].strip()}",
    }


def unseen(*, built_node: bool, left_out: Sequence[str]) -> list[str]:
    """What this tier cannot see here, whatever it passes."""
    always = [
        "The growth of a file system: the API accepts the request and the pod stays; the local class does no more.",
        "A second node: spreading, the loss of a node, a volume that moves.",
        "Any cloud: its volumes, its load balancers, its enforcement of network policies.",
    ]
    here = [
        "A cluster made by kind, and any official image: the servers here are Debian's builds.",
    ]
    mongodb = [
        "A real `mongod`: the replica set's manifests were accepted by an API server; no member has run. "
        "The decisions of its scripts are tested by tables.",
    ]
    return [*(mongodb if "mongodb" in left_out else []), *(here if built_node else []), *always]


def page(before: str, ran: Mapping[str, str], seen: Sequence[Seen], nobody: Sequence[str]) -> str:
    """The document `before`, its written part anew, in a stable order."""
    ordered = sorted(seen, key=lambda it: it.sentence)
    passed = [it for it in ordered if it.outcome == "passed"]
    return "\n".join(
        [
            before.split(MARK)[0].rstrip(),
            "",
            MARK,
            "",
            "## What the cluster tests saw",
            "",
            "`LADDER_WRITE_SEEN=1 make test` writes this part. Each line is a test that passed.",
            "",
            *(f"- {name}: {version}" for name, version in ran.items()),
            "",
            "### Seen",
            "",
            *(f"- {it.sentence}" for it in passed if not it.stand_in),
            "",
            "### Seen on a stand-in only",
            "",
            *(f"- {it.sentence}: {it.stand_in}" for it in passed if it.stand_in),
            "",
            "### Not seen",
            "",
            *(f"- {it.sentence}: {it.reason}" for it in ordered if it.outcome == "skipped"),
            *(f"- {it}" for it in nobody),
            "",
        ]
    )
