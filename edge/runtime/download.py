"""A file that comes from the hub in parts: gone on with after a break, a restart, a power cut; checked by its hash."""

import hashlib
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from edge.runtime.disk import Disk, File

_CHUNK = 1 << 18


class Item(Protocol):
    """What is to come: a medium, a release. `size`: bytes; `name`: for people."""

    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def name(self) -> str: ...


_I = TypeVar("_I", bound=Item)


class Part(Generic[_I]):
    """A file that is coming. `size`: bytes that are here."""

    def __init__(self, path: Path, item: _I, disk: Disk) -> None:
        self.path, self.item, self._disk = path, item, disk
        self._file: File | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.size = path.stat().st_size
        except FileNotFoundError:
            self.size = 0
        if self.size > item.size:
            self.drop()
        self._hash = digest(path) if self.size else hashlib.sha256()

    @property
    def is_right(self) -> bool:
        return self.size == self.item.size and self._hash.hexdigest() == self.item.sha256

    def write(self, data: bytes) -> None:
        if self._file is None:
            self._file = self._disk.append(self.path)
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def settle(self) -> None:
        """All of it is on the disk when this returns, also what came before this start."""
        if self._file is None:
            self._file = self._disk.append(self.path)
        self._file.sync()
        self.close()

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def drop(self) -> None:
        """Begin anew."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.size, self._hash = 0, hashlib.sha256()


def digest(path: Path) -> "hashlib._Hash":
    """SHA-256 of the whole file. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found
