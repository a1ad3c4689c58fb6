"""A journal of what must reach the hub: on disk with fsync before anybody is told that it was taken.

One record a line, `CRC32 JSON\\n`; `{"add": id, "kind": …, "body": …}` or `{"done": id}`. A power cut can only leave a
half last line, which is dropped: what had been confirmed is whole. A line that a worn card has changed costs that one
record.
"""

import contextlib
import logging
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from edge.runtime.disk import Disk, File

_DEAD_MAX = 1000  # records of what is done, before the file is written anew without them

log = logging.getLogger(__name__)


class Entry(msgspec.Struct, frozen=True):
    id: str
    kind: str
    body: bytes  # the encoded message


class _Record(msgspec.Struct, omit_defaults=True):
    add: str = ""
    kind: str = ""
    body: msgspec.Raw = msgspec.Raw(b"null")
    done: str = ""


_decoder = msgspec.json.Decoder(_Record)


class Outbox:
    """Entries in the order they were added, until `done`. Not thread-safe: it belongs to the agent's thread.

    A disk that is full, or gone, is tried anew at every `add`; `error` is what it said last, or "". `damaged`: records
    that were found changed; the bytes are kept beside the journal, under the suffix `.damaged`.
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or Disk()
        self._entries: dict[str, Entry] = {}
        self._is_read = False
        self._file: File | None = None
        self._size = self._dead = 0
        self.error = ""
        self.damaged = 0
        try:
            self._open()
        except OSError as error:
            self._failed(error)

    def __len__(self) -> int:
        return len(self._entries)

    def pending(self) -> list[Entry]:
        return list(self._entries.values())

    def add(self, entry: Entry) -> None:
        """Returns once the entry is on disk. Raises OSError when it cannot be (disk full): then nothing was taken."""
        try:
            self._write(self._open(), _added(entry), durable=True)
        except OSError as error:
            self._failed(error)
            raise
        self._entries[entry.id] = entry
        self.error = ""

    def done(self, entry_id: str) -> None:
        """The hub has answered. Without fsync: forgetting this only sends it again, and the hub knows the id."""
        if self._entries.pop(entry_id, None) is None or self._file is None:
            return
        try:
            if not self._entries:
                self._file.truncate(0)
                self._size = self._dead = 0
            elif self._dead >= _DEAD_MAX:
                self._write_anew()
            else:
                self._write(self._file, _Record(done=entry_id), durable=False)
                self._dead += 1
        except OSError as error:
            self._failed(error)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> File:
        """The file, as it should be: read first, and written anew after anything went wrong with it."""
        if not self._is_read:
            self._read(self._disk.read(self._path))
            self._is_read = True
        return self._file or self._write_anew()

    def _read(self, data: bytes) -> None:
        """What is pending. Of the last line only a part may be there: that one had not been confirmed."""
        lines = data.split(b"\n")
        records = [_record(line) for line in lines[:-1]]
        self._entries = _pending(record for record in records if record is not None)
        self.damaged = records.count(None)
        if self.damaged:
            log.error("%s: %d damaged records; see %s", self._path, self.damaged, self._path.with_suffix(".damaged"))
            self._keep_aside(data)

    def _keep_aside(self, data: bytes) -> None:
        """For a technician; the journal itself is written anew without what cannot be read."""
        file = self._disk.create(self._path.with_suffix(".damaged"))
        try:
            file.write(data)
            file.sync()
        finally:
            file.close()

    def _failed(self, error: OSError) -> None:
        """Leave no half record behind, nor one that was refused; and trust this file no more."""
        self.error = f"{self._path}: {error.strerror or error}"
        log.error("%s", self.error)
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.truncate(self._size)
            with contextlib.suppress(OSError):
                file.close()

    def _write(self, file: File, record: _Record, *, durable: bool) -> None:
        body = msgspec.json.encode(record)
        line = b"%08x %s\n" % (zlib.crc32(body), body)
        file.write(line)
        if durable:
            file.sync()
        self._size += len(line)

    def _write_anew(self) -> File:
        """A clean file that holds just what is pending, in place of the old one. Raises OSError: the old one stays."""
        fresh = self._path.with_suffix(".new")
        file = self._disk.create(fresh)
        size_before, self._size = self._size, 0
        try:
            for entry in self._entries.values():
                self._write(file, _added(entry), durable=False)
            file.sync()
            self._disk.replace(fresh, self._path)
        except OSError:
            file.close()
            self._size = size_before
            raise
        if self._file is not None:
            self._file.close()
        self._file, self._dead = file, 0
        return file


def _added(entry: Entry) -> _Record:
    return _Record(add=entry.id, kind=entry.kind, body=msgspec.Raw(entry.body))


def _pending(records: Iterable[_Record]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for record in records:
        if record.add:
            entries[record.add] = Entry(record.add, record.kind, bytes(record.body))
        entries.pop(record.done, None)
    return entries


def _record(line: bytes) -> _Record | None:
    """None for a damaged one."""
    head, body = line[:9], line[9:]
    if head != b"%08x " % zlib.crc32(body):
        return None
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return None
