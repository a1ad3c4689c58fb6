"""Debian's programs that an image is made with."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence


class BuildError(RuntimeError):
    """A program that is needed is absent, or failed; the text ends with what it said last."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, given: str | None = None) -> str:
    """What it printed. Raises BuildError."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if shutil.which(command[0], path=path) is None:
        raise BuildError(f"{command[0]} is not here: apt-get install mmdebstrap mtools dosfstools e2fsprogs fdisk")
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "TZ": "UTC", **(environment or {})},
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(
            f"{' '.join(command[:3])} … ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
        )
    return done.stdout


def as_root() -> list[str]:
    """Put before a command that makes files of all owners: user namespaces do for who is not root."""
    return [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]
