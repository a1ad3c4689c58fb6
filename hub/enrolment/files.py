"""Files that must be whole or not be there at all: keys, certificates, what the broker reads."""

import os
from pathlib import Path

PRIVATE, SHARED, PUBLIC = 0o600, 0o640, 0o644


def keep(path: Path, data: bytes, mode: int) -> None:
    """Written beside its place, synced, and moved there."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
