"""A stack as if all of it were at one stage: what cannot hold there is left out, and told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from components import catalog
from components.catalog import Cloud, Kind, Stage
from infra import settings
from infra.complaints import Complaint, SettingsError
from infra.settings import PREFIX, Settings
from ladder.errors import Exit, LadderError
from ladder.stack.stackfile import StackFile

OWN = ("stage", "backend", "phase")
"""What a store may say against its stack's stage."""

STAND_INS: Mapping[tuple[Cloud, str], object] = {
    (Cloud.AWS, "account"): "000000000000",
    (Cloud.AWS, "network"): {
        "vpc": "vpc-0",
        "subnets": ["subnet-0", "subnet-1"],
        "security_group": "sg-0",
    },
    (Cloud.GCP, "account"): "stand-in",
    (Cloud.GCP, "network"): {
        "vpc": "projects/stand-in/global/networks/stand-in",
        "subnetwork": "projects/stand-in/regions/stand-in/subnetworks/stand-in",
        "services_range": "stand-in",
    },
}
"""Settings of the cluster that only name a place, so that no price depends on them: they need not be known yet."""

OF_STORES: Mapping[str, object] = {"atlas.project": "0" * 24}
"""The same of a store, by its path in the store's section."""

KEPT = ("name", "external")
"""Settings of a store that say which it is: never left out."""

Section = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class AtStage:
    """The stack at a stage.

    Attributes:
        file: As if it were written so.
        settings: What it asks for.
        left_out: Settings that do not hold there, for example `mongodb.replicas`.
        not_offered: Stores that the catalogue does not have there.
        stood_in: Settings that have yet to be written, for example `cluster.account`.
    """

    file: StackFile
    settings: Settings
    left_out: Sequence[str]
    not_offered: Sequence[Kind]
    stood_in: Sequence[str]


def put(file: StackFile, stage: Stage) -> AtStage:
    """Put every store that Ladder runs at `stage`; what somebody else runs stays theirs.

    Raises:
        LadderError: When no store can be there.
        SettingsError: When something is wrong that leaving out a store's setting does not mend.
    """
    cloud = Cloud(file.config.get(f"{PREFIX}cloud", ""))
    sections = {kind: _section(file.config, str(kind)) for kind in Kind if f"{PREFIX}{kind}" in file.config}
    ours = {kind for kind, section in sections.items() if "external" not in section}
    gone = [kind for kind in sections if kind in ours and stage not in catalog.stages(kind, cloud)]
    if ours and ours == set(gone):
        has = ", ".join(it for it in Stage if any(it in catalog.stages(kind, cloud) for kind in ours))
        raise LadderError(
            Exit.WRONG,
            f"no store of {file.stack} can be at stage {stage} on {cloud}\n    fix: stages there: {has}",
        )
    draft = _Draft(
        stage=stage,
        cloud=cloud,
        gone=gone,
        cluster=_section(file.config, "cluster"),
        stores={
            kind: {key: value for key, value in section.items() if kind not in ours or key not in OWN}
            for kind, section in sections.items()
            if kind not in gone
        },
    )
    while True:
        moved = replace(file, config=draft.config(file.config))
        try:
            wanted = _load(moved)
        except SettingsError as error:
            beyond = [complaint for complaint in error.complaints if not draft.mend(complaint)]
            if beyond:
                raise SettingsError(beyond) from None
        else:
            return AtStage(
                file=moved,
                settings=wanted,
                left_out=draft.left_out,
                not_offered=gone,
                stood_in=draft.stood_in,
            )


@dataclass(kw_only=True)
class _Draft:
    """What is being written, until nothing is wrong with it."""

    stage: Stage
    cloud: Cloud
    gone: Sequence[Kind]
    cluster: Section
    stores: dict[Kind, Section]
    left_out: list[str] = field(default_factory=list[str])
    stood_in: list[str] = field(default_factory=list[str])

    def config(self, written: Mapping[str, str]) -> dict[str, str]:
        """Every key as the engine would hand it over."""
        made = {key: text for key, text in written.items() if key.removeprefix(PREFIX) not in self.gone}
        made[f"{PREFIX}stage"] = str(self.stage)
        made[f"{PREFIX}cluster"] = json.dumps(self.cluster)
        made |= {f"{PREFIX}{kind}": json.dumps(section) for kind, section in self.stores.items()}
        app = _section(written, "app")
        if isinstance(uses := app.get("uses"), list):
            kept = [it for it in cast(list[object], uses) if it not in self.gone]
            made[f"{PREFIX}app"] = json.dumps({**app, "uses": kept})
        return made

    def mend(self, complaint: Complaint) -> bool:
        """Leave a store's setting out, or let a place stand in; false when it is about something else."""
        section, _, rest = complaint.key.removeprefix(PREFIX).partition(".")
        name = rest.split(".")[0]
        if section == "cluster" and name not in self.cluster and (self.cloud, name) in STAND_INS:
            self.cluster[name] = STAND_INS[self.cloud, name]
            self.stood_in.append(complaint.key.removeprefix(PREFIX))
            return True
        store = self.stores.get(Kind(section), {}) if section in set(Kind) else {}
        full = f"{section}.{name}"
        if rest in OF_STORES and f"{section}.{rest}" not in self.stood_in:
            group, _, last = rest.partition(".")
            store[group] = {**cast(Section, store.get(group, {})), last: OF_STORES[rest]}
            self.stood_in.append(f"{section}.{rest}")
            return True
        if name in store and name not in KEPT:
            del store[name]
            self.left_out.append(full)
            return True
        return full in self.left_out or f"{section}.{rest}" in self.stood_in


def _section(config: Mapping[str, str], key: str) -> Section:
    text = config.get(f"{PREFIX}{key}", "")
    return cast(Section, json.loads(text)) if text.startswith("{") else {}


def _load(file: StackFile) -> Settings:
    return settings.load(
        file.config,
        file.secret_keys.__contains__,
        project=file.project,
        stack=file.stack,
        organization=file.organization,
    )
