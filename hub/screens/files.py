"""Media as files, each under its SHA-256: whole or not there. Streamed in; memory does not grow with the file."""

import asyncio
import hashlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from hub.screens.kinds import Kind, KindError, kind

FILE_MAX = 2 * 1024**3  # bytes; half an hour of good 1080p
FREE_MIN = 512 * 1024**2  # bytes that stay free: the event log is on the same disk
_CHUNK = 1024**2
_INCOMING = "incoming-"
_ORPHAN_S = 3600.0  # what is younger may just be coming in, at another process of the hub

log = logging.getLogger(__name__)


class FileRefusedError(ValueError):
    """`code` is counted, the text says what to do. A code of bad-media, media-too-large, disk-full or wrong-hash."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Taken(msgspec.Struct, frozen=True):
    sha256: str
    size: int
    kind: Kind


class Files:
    """`directory` is made when the first file comes. Safe to use from any thread and process.

    `look(path)` finds what a file is, or refuses it by a KindError.
    """

    def __init__(
        self,
        directory: Path,
        file_max: int = FILE_MAX,
        free_min: int = FREE_MIN,
        look: Callable[[Path], Kind] = kind,
    ) -> None:
        self._directory, self._max, self._free_min, self._look = directory, file_max, free_min, look

    @property
    def file_max(self) -> int:
        return self._max

    def path(self, sha256: str) -> Path:
        return self._directory / sha256

    async def take(self, chunks: AsyncIterator[bytes], announced: int | None, sha256: str = "") -> Taken:
        """On disk when it returns, under its hash. Nothing is left of what is refused, or of who hung up.

        `announced`: bytes that are to come, where the client says so; `sha256`: what it should be, if it was said.
        Raises FileRefusedError, OSError, and whatever `chunks` raises.
        """
        self._check_room(announced or 0)
        fresh = self._directory / f"{_INCOMING}{secrets.token_hex(8)}"
        try:
            size, found = await self._write(fresh, chunks)
            if sha256 and sha256 != found:
                raise FileRefusedError("wrong-hash", f"what came has the hash {found}, not {sha256}: send it again")
            taken = Taken(found, size, await asyncio.to_thread(self._kind, fresh))
            await asyncio.to_thread(self._keep, fresh, found)
        finally:
            fresh.unlink(missing_ok=True)
        return taken

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def sweep(self, known: Iterable[str]) -> None:
        """At the start: what a hub that was killed left half, and files that no medium has any more."""
        keep, now = set(known), time.time()
        for path in self._directory.glob("*"):
            if path.name not in keep and now - path.stat().st_mtime > _ORPHAN_S:
                log.info("%s: is known to nobody any more, removed", path)
                path.unlink(missing_ok=True)

    async def _write(self, fresh: Path, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
        size, digest, gathered = 0, hashlib.sha256(), bytearray()
        with await asyncio.to_thread(_create, fresh) as file:

            def write(data: bytes) -> None:
                digest.update(data)
                file.write(data)

            async for chunk in chunks:
                size += len(chunk)
                gathered += chunk
                if size > self._max:
                    raise FileRefusedError("media-too-large", self._too_large())
                if len(gathered) >= _CHUNK:
                    self._check_room(0)
                    await asyncio.to_thread(write, bytes(gathered))
                    gathered.clear()
            await asyncio.to_thread(write, bytes(gathered))
            await asyncio.to_thread(os.fsync, file.fileno())
        if not size:
            raise FileRefusedError("bad-media", "the body is empty: send the file's bytes as the body")
        return size, digest.hexdigest()

    def _check_room(self, coming: int) -> None:
        if coming > self._max:
            raise FileRefusedError("media-too-large", self._too_large())
        place = self._directory if self._directory.exists() else self._directory.parent
        free = shutil.disk_usage(place).free
        if free - coming < self._free_min:
            raise FileRefusedError(
                "disk-full",
                f"the hub's disk has {free // 1024**2} MB left, and {self._free_min // 1024**2} must stay free: "
                "delete media that are not used, or give the hub more disk",
            )

    def _too_large(self) -> str:
        return f"a file has {self._max // 1024**2} MB at the most: encode the film with fewer bits, or cut it in two"

    def _kind(self, path: Path) -> Kind:
        try:
            return self._look(path)
        except KindError as error:
            raise FileRefusedError("bad-media", str(error)) from error

    def _keep(self, fresh: Path, sha256: str) -> None:
        fresh.replace(self.path(sha256))
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _create(fresh: Path) -> BinaryIO:
    fresh.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return fresh.open("xb")
