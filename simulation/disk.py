"""A board's disk: what was not synced may be gone after a power cut, or be there in part. It can be full."""

import errno
import random
from pathlib import Path

from edge.runtime.disk import Disk, File


class SimulatedFile(File):
    def __init__(self, disk: "SimulatedDisk") -> None:
        self._disk = disk
        self.written = bytearray()
        self.synced = b""

    def write(self, data: bytes) -> None:
        if self._disk.full:
            self.written += data[: len(data) // 2]
            raise OSError(errno.ENOSPC, "No space left on device")
        self.written += data

    def sync(self) -> None:
        self.synced = bytes(self.written)

    def truncate(self, size: int) -> None:
        del self.written[size:]

    def close(self) -> None:
        pass

    def cut(self, chance: random.Random) -> None:
        """The power goes. Of what was appended since the last sync a part may be there; a shortening may not."""
        synced, written = self.synced, bytes(self.written)
        if written.startswith(synced):
            kept = written[: chance.randint(len(synced), len(written))]
        else:
            kept = chance.choice([synced, written])
        self.written, self.synced = bytearray(kept), kept


class SimulatedDisk(Disk):
    """`full`: nothing can be written now. Files live by their names; a rename is durable when `replace` returns."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._files: dict[str, SimulatedFile] = {}
        self.full = False

    def read(self, path: Path) -> bytes:
        file = self._files.get(str(path))
        return bytes(file.written) if file else b""

    def create(self, path: Path) -> File:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        file = self._files[str(path)] = SimulatedFile(self)
        return file

    def replace(self, fresh: Path, path: Path) -> None:
        self._files[str(path)] = self._files.pop(str(fresh))

    def write_whole(self, path: Path, data: bytes) -> None:
        """As `edge.runtime.disk.write_whole`."""
        file = SimulatedFile(self)
        file.write(data)
        file.sync()
        self._files[str(path)] = file

    def cut_power(self) -> None:
        self.full = False
        for name in sorted(self._files):
            self._files[name].cut(self._chance)
