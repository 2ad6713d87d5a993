"""A stack as if all of it were at one stage: what cannot hold there is left out, and told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

Section = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class AtStage:
    """The stack at a stage.

    Attributes:
        file: As if it were written so.
        settings: What it asks for.
        left_out: Settings that do not hold there, for example `mongodb.replicas`.
        not_offered: Stores that the catalogue does not have there.
    """

    file: StackFile
    settings: Settings
    left_out: Sequence[str]
    not_offered: Sequence[Kind]


def put(file: StackFile, stage: Stage) -> AtStage:
    """Put every store that Ladder runs at `stage`; what somebody else runs stays theirs.

    Raises:
        LadderError: When no store can be there.
        SettingsError: When something is wrong that leaving out a store's setting does not mend.
    """
    sections = {kind: _section(file.config, str(kind)) for kind in Kind if f"{PREFIX}{kind}" in file.config}
    ours = {kind for kind, section in sections.items() if "external" not in section}
    cloud = file.config.get(f"{PREFIX}cloud")
    gone = [kind for kind in sections if kind in ours and Cloud(cloud or "") not in _clouds(kind, stage)]
    if ours and ours == set(gone):
        has = ", ".join(it for it in Stage if any(it in catalog.stages(kind, Cloud(cloud or "")) for kind in ours))
        raise LadderError(
            Exit.WRONG,
            f"no store of {file.stack} can be at stage {stage} on {cloud}\n    fix: stages there: {has}",
        )
    kept = {
        kind: {key: value for key, value in section.items() if kind not in ours or key not in OWN}
        for kind, section in sections.items()
        if kind not in gone
    }
    left_out: list[str] = []
    while True:
        moved = replace(file, config=_config(file.config, stage, kept, gone))
        try:
            return AtStage(file=moved, settings=_load(moved), left_out=left_out, not_offered=gone)
        except SettingsError as error:
            found = [_setting(complaint, kept) for complaint in error.complaints]
            if None in found:
                raise
        for kind, name in dict.fromkeys(it for it in found if it):
            left_out.append(f"{kind}.{name}")
            del kept[kind][name]


def _clouds(kind: Kind, stage: Stage) -> set[Cloud]:
    return {cloud for held, at, cloud in catalog.SUPPORT if held is kind and at is stage}


def _section(config: Mapping[str, str], key: str) -> Section:
    text = config.get(f"{PREFIX}{key}", "")
    return cast(Section, json.loads(text)) if text.startswith("{") else {}


def _config(
    config: Mapping[str, str], stage: Stage, stores: Mapping[Kind, Section], gone: Sequence[Kind]
) -> dict[str, str]:
    made = {key: text for key, text in config.items() if key.removeprefix(PREFIX) not in gone}
    made[f"{PREFIX}stage"] = str(stage)
    made |= {f"{PREFIX}{kind}": json.dumps(section) for kind, section in stores.items()}
    app = _section(config, "app")
    if isinstance(uses := app.get("uses"), list):
        kept = [it for it in cast(list[object], uses) if it not in gone]
        made[f"{PREFIX}app"] = json.dumps({**app, "uses": kept})
    return made


def _load(file: StackFile) -> Settings:
    return settings.load(
        file.config,
        file.secret_keys.__contains__,
        project=file.project,
        stack=file.stack,
        organization=file.organization,
    )


def _setting(complaint: Complaint, stores: Mapping[Kind, Section]) -> tuple[Kind, str] | None:
    """The setting of a store that a complaint is about; none where it is about something else."""
    for kind, section in stores.items():
        name = complaint.key.removeprefix(f"{PREFIX}{kind}.").split(".")[0]
        if complaint.key.startswith(f"{PREFIX}{kind}.") and name in section and name not in ("external", "name"):
            return kind, name
    return None
