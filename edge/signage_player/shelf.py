"""Content on this board's disk, each file under its SHA-256: whole, or a part that is to be gone on with.

{sha256}.png        whole: checked, synced, then renamed
{sha256}.part       what has come so far
programme.json      the last whole programme; written last, so all that it names is there
emergency.json      the emergency in force
"""

import contextlib
import os
from collections.abc import Container
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.runtime.disk import Disk, write_whole
from edge.runtime.download import Part, digest
from wire.messages import ContentItem, Emergency, Programme

_SUFFIX = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/mp2t": ".ts",
}
_PART = ".part"
_T = TypeVar("_T")


class FullError(OSError):
    """There is no room, even without all that nothing needs any more; the text says what to do."""


class Shelf:
    """Belongs to one thread but for `path` and `has`. `mb_max`: of all files together. Raises OSError."""

    def __init__(self, folder: Path, mb_max: int, disk: Disk | None = None) -> None:
        self._folder, self._bytes_max = folder, mb_max * 1_000_000
        self._disk = disk or Disk()

    def path(self, item: ContentItem) -> Path:
        return self._folder / f"{item.sha256}{_SUFFIX.get(item.type, '')}"

    def has(self, item: ContentItem) -> bool:
        """By its size; what is in it was checked when it came, and is again by `check`."""
        try:
            return self.path(item).stat().st_size == item.size
        except OSError:
            return False

    def check(self, item: ContentItem) -> bool:
        """Reads all of it. A file that is not what it should be is dropped."""
        path = self.path(item)
        try:
            good = digest(path).hexdigest() == item.sha256
        except OSError:
            good = False
        if not good:
            path.unlink(missing_ok=True)
        return good

    def used(self, item: ContentItem) -> None:
        """It was played: among what nothing needs, the longest unused is purged first."""
        with contextlib.suppress(OSError):
            os.utime(self.path(item))

    # Coming.

    def part(self, item: ContentItem) -> Part[ContentItem]:
        """What has come so far, to go on from there."""
        return Part(self._folder / f"{item.sha256}{_PART}", item, self._disk)

    def keep(self, part: Part[ContentItem]) -> bool:
        """False, and the part is gone, when what came is not what it should be."""
        if not part.is_right:
            part.drop()
            return False
        part.settle()
        self._disk.replace(part.path, self.path(part.item))
        return True

    def make_room(self, needed: int, keep: Container[str]) -> None:
        """For so many bytes more: purges what is not in `keep`, by hash. Raises FullError."""
        files = sorted(self._files(), key=lambda one: one[2].st_mtime)
        total = sum(stat.st_size for _, _, stat in files)
        for sha256, path, stat in files:
            if total + needed <= self._bytes_max:
                return
            if sha256 not in keep:
                path.unlink(missing_ok=True)
                total -= stat.st_size
        if total + needed > self._bytes_max:
            raise FullError(
                f"the programme needs {(total + needed) // 1_000_000 + 1} MB: raise [device] media_mb_max "
                f"(now {self._bytes_max // 1_000_000}) or publish less for this screen"
            )

    def purge(self, keep: Container[str]) -> bool:
        """Whatever is not in `keep`, because the disk is full. True when that gave room."""
        found = False
        for sha256, path, _ in self._files():
            if sha256 not in keep:
                path.unlink(missing_ok=True)
                found = True
        return found

    def megabytes(self) -> int:
        return round(sum(stat.st_size for _, _, stat in self._files()) / 1e6)

    # What is to be played.

    def programme(self) -> Programme | None:
        """The last whole one."""
        return self._read("programme.json", Programme)

    def emergency(self) -> Emergency | None:
        return self._read("emergency.json", Emergency)

    def keep_programme(self, programme: Programme | None) -> None:
        self._write("programme.json", programme)

    def keep_emergency(self, emergency: Emergency | None) -> None:
        self._write("emergency.json", emergency)

    def _read(self, name: str, kind: type[_T]) -> _T | None:
        """None where there is none, or it cannot be read: the hub says it again."""
        try:
            return msgspec.json.decode(self._disk.read(self._folder / name), type=kind | None)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _write(self, name: str, content: Programme | Emergency | None) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / name, msgspec.json.encode(content))

    def _files(self) -> list[tuple[str, Path, os.stat_result]]:
        """Whole files and parts: hash, path, what the disk says."""
        found = []
        for path in self._folder.glob("*"):
            if len(path.stem) == 64 and path.suffix != ".new":
                with contextlib.suppress(OSError):
                    found.append((path.stem, path, path.stat()))
        return found
