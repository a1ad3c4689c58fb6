"""A journal of what must reach the hub: on disk with fsync before anybody is told that it was taken.

One record a line, `CRC32 JSON\\n`; `{"add": id, "kind": …, "body": …}` or `{"done": id}`. A power cut can only leave a
half last line, which is dropped: what had been confirmed is whole.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec


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


def _line(record: _Record) -> bytes:
    body = msgspec.json.encode(record)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _read(data: bytes) -> Iterator[_Record]:
    """Whole records from the start; stops at the first that is cut or damaged."""
    for line in data.splitlines(keepends=True):
        if not line.endswith(b"\n") or line[8:9] != b" ":
            return
        body = line[9:-1]
        try:
            if int(line[:8], 16) != zlib.crc32(body):
                return
            yield _decoder.decode(body)
        except (ValueError, msgspec.DecodeError):
            return


class Outbox:
    """Entries in the order they were added, until `done`. Not thread-safe: it belongs to the agent's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, Entry] = {}
        data = path.read_bytes() if path.exists() else b""
        for record in _read(data):
            if record.add:
                self._entries[record.add] = Entry(record.add, record.kind, bytes(record.body))
            self._entries.pop(record.done, None)
        self._rewrite()

    def __len__(self) -> int:
        return len(self._entries)

    def pending(self) -> list[Entry]:
        return list(self._entries.values())

    def add(self, entry: Entry) -> None:
        """Returns once the entry is on disk. Raises OSError when it cannot be (disk full): then nothing was taken."""
        record = _Record(add=entry.id, kind=entry.kind, body=msgspec.Raw(entry.body))
        try:
            self._write(_line(record), durable=True)
        except OSError:
            self._file.truncate(self._size)
            self._file.seek(self._size)
            raise
        self._entries[entry.id] = entry

    def done(self, entry_id: str) -> None:
        """The hub has answered. Without fsync: forgetting this only sends it again, and the hub knows the id."""
        if self._entries.pop(entry_id, None) is None:
            return
        try:
            if self._entries:
                self._write(_line(_Record(done=entry_id)), durable=False)
            else:
                self._file.truncate(0)
                self._file.seek(0)
                self._size = 0
        except OSError:
            pass  # the disk is full or gone: the entry is sent again after a restart, which the hub recognises

    def close(self) -> None:
        self._file.close()

    def _write(self, line: bytes, *, durable: bool) -> None:
        view = memoryview(line)
        while view:
            view = view[self._file.write(view) or 0 :]
        if durable:
            os.fsync(self._file.fileno())
        self._size += len(line)

    def _rewrite(self) -> None:
        """Start from a clean file that holds just what is pending."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        self._file = fresh.open("wb", buffering=0)
        self._size = 0
        for entry in self._entries.values():
            record = _Record(add=entry.id, kind=entry.kind, body=msgspec.Raw(entry.body))
            self._write(_line(record), durable=False)
        os.fsync(self._file.fileno())
        fresh.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
