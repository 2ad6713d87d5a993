"""A project's stacks on the real engine, whose state and settings stay in a folder of their own."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "only-for-tests"  # noqa: S105 (what it encrypts is made up)


class Project:
    """This project, with files of stacks in a folder."""

    def __init__(self, folder: Path, *, backend: str = "", **environment: str) -> None:
        """Copy the project's file; the program stays where it is."""
        self.folder = folder
        self.environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": backend or f"file://{folder}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        # Where `stack init` is run it writes the stack's file, and the project has its own beside it.
        shutil.copy(ROOT / "Pulumi.yaml", folder)

    def init(self, stack: str, config: str, **secrets: str) -> None:
        """Make a stack; its settings are YAML, secrets are set by the CLI, `__` for a dot."""
        self.run("stack", "init", stack, cwd=self.folder)
        self.write(stack, config)
        for path, value in secrets.items():
            self.on(stack, "config", "set", "--secret", "--path", f"ladder:{path.replace('__', '.')}", value)

    def write(self, stack: str, config: str) -> None:
        """Give a stack other settings."""
        file = self.folder / f"Pulumi.{stack}.yaml"
        salt = file.read_text(encoding="utf-8").splitlines()[0]
        assert salt.startswith("encryptionsalt:")
        file.write_text(f"{salt}\nconfig:\n{config}", encoding="utf-8")

    def on(self, stack: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `pulumi` on a stack."""
        return self.run(*arguments, *self.of(stack), check=check)

    def of(self, stack: str) -> list[str]:
        """What names a stack and its settings."""
        return ["--stack", stack, "--config-file", str(self.folder / f"Pulumi.{stack}.yaml")]

    def run(self, *arguments: str, cwd: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `pulumi`."""
        done = subprocess.run(
            ["pulumi", *arguments],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


VAULT = """\
  ladder:kind: vault
  ladder:cloud: local
  ladder:repository:
    kind: s3_compatible
    endpoint: https://s3.example.com
    bucket: acme
    writer: {access_key_id: AK}
    pruner: {access_key_id: AK}
"""
"""A vault of which the engine makes nothing but a secret; its keys are to be set."""

KEYS = {
    "repository__writer__secret_access_key": "only-for-tests",
    "repository__pruner__secret_access_key": "only-for-tests",
}
