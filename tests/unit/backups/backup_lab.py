"""A folder in which the scripts of backups run as in their pods, with a restic and hooks of one's choice."""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import components

ROOT = Path(components.__file__).parent
OLDEST = (0, 17)

FAKE_STORE = r"""# shellcheck shell=bash
PARTS=(one two)
DATA=row
version() { echo 1; }
begin() { [ ! -e "$LAB/down" ] || fail 20 "the database cannot be reached: $(cat "$LAB/down")" "look"; }
finish() { touch "$LAB/finished"; }
dump() { bash "$LAB/dump" "$1"; }
least_bytes() { echo 3; }
manifest() { printf 'row\tall\t%s\n' "$(cat "$LAB/rows")"; }
throwaway_start() { mkdir -p "$1/restored"; }
throwaway_load() { cat >"$SCRATCH/restored/$1"; }
throwaway_manifest() { printf 'row\tall\t%s\n' "$(cat "$LAB/restored-rows" 2>/dev/null || cat "$LAB/rows")"; }
throwaway_stop() { rm -rf "$SCRATCH/restored"; }
target_empty() { [ ! -s "$LAB/target" ]; }
restore_into() { load_part one tee "$LAB/beside-$1" >/dev/null; }
target_manifest() { throwaway_manifest; }
live_manifest() { printf 'row\tall\t%s\n' "$(cat "$LAB/target")"; }
target_adopt() { mv "$LAB/beside-$1" "$LAB/target"; }
"""


def real_restic() -> str | None:
    """The restic on PATH, where it is new enough."""
    found = shutil.which("restic")
    if not found:
        return None
    text = subprocess.run([found, "version"], check=True, capture_output=True, text=True).stdout
    number = re.match(r"restic (\d+)\.(\d+)", text)
    return found if number and (int(number[1]), int(number[2])) >= OLDEST else None


WITHOUT_RESTIC = f"needs restic {'.'.join(map(str, OLDEST))} or newer on PATH"


class Lab:
    """Everything that a job finds in its pod."""

    def __init__(self, folder: Path, kind: str, hooks: Mapping[str, str], restic: str) -> None:
        self.folder = folder
        self.user = _user()
        for name in ("scripts", "secrets/repository", "tools", "scratch", "tmp"):
            (folder / name).mkdir(parents=True)
        shared = {it.name: it.read_text() for it in (ROOT / "backups" / "scripts").iterdir()}
        for name, text in (shared | dict(hooks)).items():
            (folder / "scripts" / name).write_text(text)
        (folder / "secrets/repository/ca.crt").touch()
        (folder / "tools/ca-certificates.crt").touch()
        if Path(restic).is_file():
            shutil.copy(restic, folder / "tools/restic")
        else:
            (folder / "tools/restic").write_text(restic)
        (folder / "tools/restic").chmod(0o755)
        self.env = {
            "PATH": os.environ["PATH"],
            "LAB": str(folder),
            "LADDER_SCRIPTS": str(folder / "scripts"),
            "LADDER_SECRETS": str(folder / "secrets"),
            "LADDER_TOOLS": str(folder / "tools"),
            "LADDER_SCRATCH": str(folder / "scratch"),
            "LADDER_MESSAGE": str(folder / "message"),
            "TMPDIR": str(folder / "tmp"),
            "HOME": str(folder),
            "KIND": kind,
            "STACK": "dev",
            "RESTIC_REPOSITORY": str(folder / "repository"),
            "RESTIC_PASSWORD": "test-password",
            "KEEP_HOURLY": "2",
            "KEEP_DAILY": "2",
            "KEEP_WEEKLY": "1",
            "KEEP_MONTHLY": "1",
            "PATIENCE_SECONDS": "0",
        }
        self.own()

    def own(self) -> None:
        """Give everything to the user who runs the jobs."""
        if self.user:
            found = pwd.getpwnam(self.user)
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)

    def put(self, name: str, text: str) -> None:
        """Write a file of the lab."""
        (self.folder / name).write_text(text)
        self.own()

    def start(self, job: str, **env: str) -> subprocess.Popen[str]:
        """Start a job without waiting for it."""
        return subprocess.Popen(
            ["bash", str(self.folder / "scripts" / f"{job}.sh")],
            env=self.env | env,
            user=self.user,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def job(self, job: str, **env: str) -> dict[str, Any]:
        """Run a job: its report, with the status it ended with and every line that it printed."""
        (self.folder / "message").unlink(missing_ok=True)
        process = self.start(job, **env)
        try:
            # Only against a hang: a loaded machine takes minutes for what takes seconds.
            out, errors = process.communicate(timeout=600)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        lines = out.splitlines()
        assert lines, errors
        report = json.loads(lines[-1])
        message = (self.folder / "message").read_text()
        assert json.loads(message) == report
        assert self.env["RESTIC_PASSWORD"] not in out + errors
        assert report["ok"] == (process.returncode == 0)
        assert report.get("code", 0) == process.returncode, errors
        return report | {"status": process.returncode, "lines_out": lines[:-1], "log": errors}

    def runs(self) -> list[dict[str, Any]]:
        """Every run that counts."""
        return [json.loads(line) for line in self.job("list")["lines_out"]]


def _user() -> str | None:
    """Databases do not run as root, nor do the pods."""
    return "nobody" if os.geteuid() == 0 else None


@contextmanager
def lab(kind: str, hooks: Mapping[str, str], restic: str) -> Iterator[Lab]:
    """A lab of its own, in a folder that other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ladder-backup-"))
    folder.chmod(0o755)
    try:
        yield Lab(folder, kind, hooks, restic)
    finally:
        shutil.rmtree(folder)
