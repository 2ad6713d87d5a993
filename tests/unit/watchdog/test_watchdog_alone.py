"""The program as its pod runs it: a folder of files, a Python, and nothing else."""

import ssl
import subprocess
import sys
from pathlib import Path

import certifi

from components.backups.watchdog.component import PROGRAM
from components.backups.watchdog.program.__main__ import cluster_trust

ALL = "import watchdog.__main__, sys; print(*sorted(name for name in sys.modules if name.startswith('watchdog')))"


def test_it_runs_with_the_standard_library_alone(tmp_path: Path):
    folder = tmp_path / "watchdog"
    folder.mkdir()
    for name, text in PROGRAM.items():
        (folder / name).write_text(text)
    # -S: no installed package can be imported.
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-W", "error", "-c", ALL],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = {f"watchdog.{name.removesuffix('.py')}" for name in PROGRAM} - {"watchdog.__init__"}
    assert modules <= set(done.stdout.split())


def test_its_text_passes_through_json_that_is_read_as_yaml():
    # Beyond the first plane JSON escapes with two surrogates, which the API server's YAML refuses.
    assert [name for name, text in PROGRAM.items() if max(map(ord, text)) > 0xFFFF] == []


def test_no_file_of_it_is_too_long():
    assert {name: text.count("\n") for name, text in PROGRAM.items() if text.count("\n") > 300} == {}


def test_a_clusters_authority_without_newer_extensions_is_trusted():
    trust = cluster_trust(Path(certifi.where()))
    assert not trust.verify_flags & ssl.VERIFY_X509_STRICT
    assert trust.verify_mode is ssl.CERT_REQUIRED
    assert trust.check_hostname
