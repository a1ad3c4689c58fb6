"""docs/metrics.md and Grafana's dashboards say what the code says."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_documents_are_in_step_with_the_schema() -> None:
    done = subprocess.run([ROOT / "scripts" / "metrics", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
