"""What systemd's journal has of this agent, also of its starts before: journalctl(1), where this user may read it."""

import os
import subprocess
from collections.abc import Mapping

from edge.runtime.log_ring import clean

_PATIENCE_S = 5.0


def lines(most: int, environment: Mapping[str, str] = os.environ, program: str = "journalctl") -> list[str]:
    """The newest last; empty without systemd, or where the journal is not for us. Takes seconds on a slow card."""
    if "JOURNAL_STREAM" not in environment:  # systemd.exec(5): set where our output goes to the journal
        return []
    asked = [program, "--no-pager", "--quiet", "--output=short-iso", f"--lines={most}", f"_UID={os.getuid()}"]
    try:
        told = subprocess.run(asked, capture_output=True, timeout=_PATIENCE_S, check=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError):
        return []
    return [line for line in clean(told.stdout.decode("utf-8", "replace")) if not line.startswith("-- ")]
