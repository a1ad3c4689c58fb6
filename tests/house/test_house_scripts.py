"""The scripts' own behaviour: from any directory, and clear words where they cannot go on."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci" / "run"]


def run(script: Path, *arguments: str, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or os.environ["PATH"]}
    command = [str(script), *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_can_be_run_and_says_what_it_is_for(script: Path) -> None:
    lines = script.read_text("utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert lines[0].startswith("#!")
    assert lines[1].startswith("# ") or lines[1].startswith('"""')


def test_the_tests_run_from_any_directory(tmp_path: Path) -> None:
    done = run(ROOT / "scripts" / "test", "--collect-only", "tests/wire", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tests/wire/test_wire.py" in done.stdout


def test_a_bench_runs_from_any_directory_and_writes_where_one_is(tmp_path: Path) -> None:
    done = run(ROOT / "scripts" / "bench", "wire", "--quick", "--json", "report.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.json").exists()


def test_without_rights_setup_says_what_to_install(tmp_path: Path) -> None:
    """Nothing is installed, and the line that an administrator has to run is there to copy."""
    for name, body in {"id": "echo 1000", "sudo": "exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = run(ROOT / "scripts" / "setup", "no-such-program=that-package", cwd=tmp_path, path=path)
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends that-package" in done.stderr
