"""What carries a text to a phone. Which one it is, the setting `--sms` says; no log line has a number or a text."""

import asyncio
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

import msgspec

PRIVATE = 0o600
_LINES_MAX = 1000  # of the file: what is older goes


class MessageError(Exception):
    """A message could not be handed over. The text has neither number nor content.

    MessageError
    ├── NotNowError       the provider is slow, away or busy: try again with the same `ident`; `retry_s` if it said when
    └── NeverError        it will not take this one
    """


class NotNowError(MessageError):
    def __init__(self, why: str, retry_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_s = retry_s


class NeverError(MessageError):
    pass


class Messenger(Protocol):
    async def send(self, phone: str, text: str, *, ident: str = "") -> None:
        """Returns when somebody has taken it over. `ident`: the same when the same is sent again, because it is not
        known whether the first arrived. Raises NotNowError, NeverError."""

    async def close(self) -> None: ...

    def forget(self, phone: str) -> None:
        """What it keeps itself of that phone goes. From any thread."""


class Kept(msgspec.Struct, frozen=True):
    """A line of the file."""

    at: datetime
    ident: str
    phone: str
    text: str


class FileMessenger:
    """JSON lines, newest last, mode 0600: for trying things out, and for a hall that sends by hand."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, phone: str, text: str, *, ident: str = "") -> None:
        await asyncio.to_thread(self._add, Kept(datetime.now(UTC), ident, phone, text))

    async def close(self) -> None: ...

    def forget(self, phone: str) -> None:
        self._rewrite(lambda kept: [one for one in kept if one.phone != phone])

    def all(self) -> list[Kept]:
        return _kept(self._path.read_bytes()) if self._path.exists() else []

    def _add(self, one: Kept) -> None:
        self._rewrite(lambda kept: [*[old for old in kept if not one.ident or old.ident != one.ident], one])

    def _rewrite(self, change: Callable[[list[Kept]], list[Kept]]) -> None:
        with _alone(self._path) as file:
            lines = [msgspec.json.encode(one) + b"\n" for one in change(_kept(file.read()))[-_LINES_MAX:]]
            file.seek(0)
            file.truncate()
            file.write(b"".join(lines))
            file.flush()


class ConsoleMessenger:
    """To standard output, for who runs a hub in a terminal. Under a service manager that is a log: use another."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    async def send(self, phone: str, text: str, *, ident: str = "") -> None:
        print(f"{phone}: {text}", file=self._out or sys.stdout, flush=True)

    async def close(self) -> None: ...

    def forget(self, phone: str) -> None: ...


class MemoryMessenger:
    """For tests, and hubs that send nothing: `sent` has (phone, text), oldest first."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, phone: str, text: str, *, ident: str = "") -> None:
        self.sent.append((phone, text))

    async def close(self) -> None: ...

    def forget(self, phone: str) -> None:
        self.sent = [one for one in self.sent if one[0] != phone]


@contextmanager
def _alone(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # other processes of the hub, and other threads of this one
        yield file


def _kept(lines: bytes) -> list[Kept]:
    """Broken lines, of a hub whose power was cut, are left out."""
    kept = []
    for line in lines.splitlines():
        try:
            kept.append(msgspec.json.decode(line, type=Kept))
        except msgspec.MsgspecError:
            continue
    return kept
