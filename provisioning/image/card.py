"""A card in its reader, or a file in its place: written and read past the machine's own memory of it."""

import mmap
import os
import stat
from pathlib import Path
from typing import Protocol

_ALIGNED = 4096


class Card(Protocol):
    """`size`: bytes that it says it has. Everything raises OSError; `write` takes as much as it can."""

    size: int

    def write(self, data: bytes, place: int) -> int: ...

    def flush(self) -> None:
        """What was written is on the card when this returns."""

    def read(self, count: int, place: int) -> bytes:
        """From the card itself. `place` and `count`: multiples of 4096, but for the end of a file."""

    def close(self) -> None: ...


class Device:
    """A block device, or a file. Raises OSError."""

    def __init__(self, path: Path) -> None:
        exclusive = os.O_EXCL if stat.S_ISBLK(path.stat().st_mode) else 0  # nobody mounts it meanwhile
        self._file = os.open(path, os.O_RDWR | exclusive)
        self.size = os.lseek(self._file, 0, os.SEEK_END)
        try:
            self._direct = os.open(path, os.O_RDONLY | os.O_DIRECT)
        except OSError:  # a file system without it, such as one in memory
            self._direct = -1

    def write(self, data: bytes, place: int) -> int:
        return os.pwrite(self._file, data, place)

    def flush(self) -> None:
        os.fsync(self._file)

    def read(self, count: int, place: int) -> bytes:
        if self._direct < 0:
            os.posix_fadvise(self._file, place, count, os.POSIX_FADV_DONTNEED)
            return os.pread(self._file, count, place)
        with mmap.mmap(-1, -(-count // _ALIGNED) * _ALIGNED) as room:  # memory that begins at a page
            got = os.preadv(self._direct, [room], place)
            return room[: min(got, count)]

    def close(self) -> None:
        os.close(self._file)
        if self._direct >= 0:
            os.close(self._direct)
