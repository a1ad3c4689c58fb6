"""A disk whose board loses its power at any step, and with it what was not yet synced."""

from pathlib import Path

from edge.runtime.disk import Disk, File


class PowerCutError(BaseException):
    """Nothing of the program runs any more: not an error that it could handle."""


class CuttingFile(File):
    """Knows how much of it is on the disk for certain."""

    def __init__(self, path: Path, disk: "CuttingDisk") -> None:
        super().__init__(path)
        self._disk, self._size, self.synced = disk, 0, 0

    def write(self, data: bytes) -> None:
        for count in range(len(data)):
            self._disk.step()
            super().write(data[count : count + 1])
            self._size += 1

    def sync(self) -> None:
        self._disk.step()
        self.synced = self._size

    def truncate(self, size: int) -> None:
        self._disk.step()
        super().truncate(size)
        self._size, self.synced = size, min(size, self.synced)


class CuttingDisk(Disk):
    """The power goes at the `cut`th step. `forgets`: what was not synced by then is gone as well."""

    def __init__(self, cut: int, *, forgets: bool) -> None:
        self._left, self._forgets = cut, forgets
        self._files: dict[Path, CuttingFile] = {}

    def step(self) -> None:
        if self._left == 0:
            raise PowerCutError
        self._left -= 1

    def create(self, path: Path) -> File:
        self.step()
        self._files[path] = CuttingFile(path, self)
        return self._files[path]

    def replace(self, fresh: Path, path: Path) -> None:
        self.step()
        super().replace(fresh, path)
        self._files[path] = self._files.pop(fresh)

    def power_cut(self) -> None:
        for path, file in self._files.items() if self._forgets else ():
            with path.open("r+b") as left:
                left.truncate(file.synced)
