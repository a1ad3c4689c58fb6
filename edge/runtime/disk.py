"""Files that are whole or not there, whenever the power goes."""

import io
import os
from pathlib import Path


class File:
    """A file open for writing; what was written is on the disk once `sync` has returned. Raises OSError.

    `mode`: "w" for a new one, "a" to go on at its end.
    """

    def __init__(self, path: Path, mode: str = "w") -> None:
        self._file = io.FileIO(path, mode)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) or 0 :]

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def truncate(self, size: int) -> None:
        """And go on writing from there."""
        self._file.truncate(size)
        self._file.seek(size)

    def close(self) -> None:
        self._file.close()


class Disk:
    """What a journal needs of the board's disk; a simulation gives it another. Raises OSError."""

    def read(self, path: Path) -> bytes:
        """Nothing where there is no such file."""
        return path.read_bytes() if path.exists() else b""

    def create(self, path: Path) -> File:
        path.parent.mkdir(parents=True, exist_ok=True)
        return File(path)

    def append(self, path: Path) -> File:
        """Go on at the end of a file, or begin it."""
        return File(path, "a")

    def replace(self, fresh: Path, path: Path) -> None:
        """On the disk when this returns: without the directory's own sync, a power cut may undo it."""
        fresh.replace(path)
        sync_directory(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """On disk when this returns, readable by this user alone. Raises OSError; then `path` says what it said before."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Without it a power cut may undo a rename."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
