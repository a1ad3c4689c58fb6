"""The event log on SQLite, through the standard library: faster than a toolkit by half (docs/adr/0003)."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.domain import events
from hub.storage.event_log import (
    Append,
    CommandKnownError,
    InvariantError,
    LogError,
    LogUnavailableError,
    Recorded,
    StreamMovedError,
)
from hub.storage.log_reading import LogReading
from hub.storage.view_rows import ViewRows

INSERT_EVENT = "INSERT INTO event (stream, version, command_id, ordinal, body) VALUES (?, ?, ?, ?, ?)"
"""(stream, version, command, ordinal, body)."""


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


VIEWS = ViewRows("?", _utc)


class SqliteLog(LogReading):
    """See hub.storage.event_log.EventLog. A position is given in the transaction, and SQLite has one at a time."""

    poll_s = 0.5  # two processes on one file are for trying things out
    # The pluses keep SQLite from gathering all events of the hall by the index of streams, to sort them.
    _latest = "SELECT body FROM event WHERE +stream > ? AND +stream < ? ORDER BY position DESC LIMIT 1"

    def __init__(self, path: Path) -> None:
        """`path` was brought to the newest schema by `hub.storage.database` before."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=15)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        self._db.close()

    def listen(self, heard: Callable[[], None]) -> None:
        """SQLite tells nobody."""

    def append(self, batch: Sequence[Append]) -> list[Recorded]:
        with self._undone_on_error():
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            recorded = [one for append in batch for one in self._insert(append)]
            self._db.execute("COMMIT")
        return recorded

    def claim(self, position: int) -> list[Recorded]:
        with self._undone_on_error():
            self._db.execute("BEGIN IMMEDIATE")
            return self.after(position, -1)

    def _insert(self, append: Append) -> list[Recorded]:
        recorded = []
        for ordinal, event in enumerate(append.events):
            version = append.after + 1 + ordinal
            row = (append.stream, version, append.command, ordinal, events.encode(event))
            position = self._db.execute(INSERT_EVENT, row).lastrowid
            assert position is not None
            recorded.append(Recorded(position, append.hall, append.day, version, event))
        for statement, values in VIEWS.of(append):
            self._db.execute(statement, values)
        return recorded

    def epoch(self) -> int:
        self._rows("INSERT OR IGNORE INTO fact (name, value) VALUES ('epoch', '1')")
        return int(self._rows("SELECT value FROM fact WHERE name = 'epoch'")[0][0])

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _meaning(error) from error

    @contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _meaning(error) from error
            raise


def _meaning(error: sqlite3.Error) -> LogError:
    """Which of our constraints it was (SQLite names the columns), or that nothing can be stored at all."""
    text = str(error)
    if not isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.InterfaceError):
        return LogUnavailableError(text)
    if "event.command_id" in text:
        return CommandKnownError(text)
    if "event.stream" in text:
        return StreamMovedError(text)
    return InvariantError(text)
