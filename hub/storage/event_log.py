"""The event log on SQLite: durable, optimistic append, with the ticket view written in the same transaction.

Driven by one writer thread, through the standard library: it commits twice as fast as a toolkit (docs/adr/0003).
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from hub.domain import events
from hub.domain.events import AnyEvent
from hub.domain.state import Ticket


class LogError(Exception):
    """What can go wrong with an append; nothing of the batch was stored."""


class StreamMovedError(LogError):
    """Somebody else appended first: load what they wrote, and decide again."""


class CommandKnownError(LogError):
    """A command of the batch is in the log already: its outcome stands there."""


class InvariantError(LogError):
    """The database itself refused: a number twice, or two active tickets at a counter."""


class Append(msgspec.Struct, frozen=True):
    """The events of one command, to follow version `after` of `stream`; `tickets`: as they stand after them."""

    hall: str
    day: str
    after: int
    command: str
    events: tuple[AnyEvent, ...]
    tickets: tuple[Ticket, ...]

    @property
    def stream(self) -> str:
        return stream_of(self.hall, self.day)


class Recorded(msgspec.Struct, frozen=True):
    """An event where the log has it. `position`: over all streams, rising; `version`: in its stream, without a gap."""

    position: int
    hall: str
    day: str
    version: int
    event: AnyEvent


def stream_of(hall: str, day: str) -> str:
    return f"queue/{hall}/{day}"


_INSERT = "INSERT INTO event (stream, version, command_id, ordinal, body) VALUES (?, ?, ?, ?, ?)"
_UPSERT = """
INSERT INTO ticket
  (hall, day, number, service, state, taken_at, counter, clerk, calls, called_at, serving_at, ended_at, rating)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hall, day, number) DO UPDATE SET
  state = excluded.state, counter = excluded.counter, clerk = excluded.clerk, calls = excluded.calls,
  called_at = excluded.called_at, serving_at = excluded.serving_at, ended_at = excluded.ended_at,
  rating = excluded.rating
"""
_SELECT = "SELECT position, stream, version, body FROM event"


class EventLog:
    """Not thread-safe: every call belongs to one thread (the writer)."""

    def __init__(self, path: Path) -> None:
        """`path` was brought to the newest schema by `hub.storage.database` before."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=15)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        self._db.close()

    def append(self, batch: Sequence[Append]) -> list[Recorded]:
        """All or nothing, and on disk when it returns. Raises LogError; sqlite3.OperationalError: locked, disk full."""
        recorded: list[Recorded] = []
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for append in batch:
                recorded += self._insert(append)
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise _meaning(error) from error
            raise
        return recorded

    def _insert(self, append: Append) -> list[Recorded]:
        recorded = []
        for ordinal, event in enumerate(append.events):
            version = append.after + 1 + ordinal
            row = (append.stream, version, append.command, ordinal, events.encode(event))
            position = self._db.execute(_INSERT, row).lastrowid
            assert position is not None
            recorded.append(Recorded(position, append.hall, append.day, version, event))
        self._db.executemany(_UPSERT, [_row(append, ticket) for ticket in append.tickets])
        return recorded

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE stream = ? AND version > ? ORDER BY version", (stream_of(hall, day), after))

    def of_command(self, command: str) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE command_id = ? ORDER BY ordinal", (command,))

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE position > ? ORDER BY position LIMIT ?", (position, most))

    def last_position(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()[0])

    def last_day(self, hall: str) -> str | None:
        """The newest day that the hall has events of, or None."""
        row = self._db.execute(
            "SELECT max(stream) FROM event WHERE stream LIKE ?", (stream_of(hall, "____-__-__"),)
        ).fetchone()
        return None if row[0] is None else str(row[0]).rsplit("/", 1)[1]

    def epoch(self) -> int:
        """Counts the log's lives: raised when a backup is restored, so that screens forget versions from the future."""
        self._db.execute("INSERT OR IGNORE INTO fact (name, value) VALUES ('epoch', '1')")
        return int(self._db.execute("SELECT value FROM fact WHERE name = 'epoch'").fetchone()[0])

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Recorded]:
        return [
            Recorded(position, *_hall_and_day(stream), version, events.decode(body))
            for position, stream, version, body in self._db.execute(query, parameters)
        ]


def _hall_and_day(stream: str) -> tuple[str, str]:
    _, hall, day = stream.split("/")
    return hall, day


def _meaning(error: sqlite3.IntegrityError) -> LogError:
    """Which of our constraints it was (SQLite names the columns)."""
    text = str(error)
    if "event.command_id" in text:
        return CommandKnownError(text)
    if "event.stream" in text:
        return StreamMovedError(text)
    return InvariantError(text)


def _row(append: Append, ticket: Ticket) -> tuple[object, ...]:
    def utc(at: datetime | None) -> str | None:
        return None if at is None else at.strftime("%Y-%m-%d %H:%M:%S.%f")

    return (
        append.hall, append.day, ticket.number, ticket.service, ticket.phase, utc(ticket.taken_at),
        ticket.counter or None, ticket.clerk or None, ticket.calls, utc(ticket.called_at), utc(ticket.serving_at),
        utc(ticket.ended_at), ticket.level or None,
    )  # fmt: skip
