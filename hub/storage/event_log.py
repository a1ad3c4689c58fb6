"""The event log on SQLite: durable, optimistic append, with the ticket view written in the same transaction.

Driven by one writer thread, through the standard library: faster than a toolkit by half (docs/adr/0003).
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hub.domain import events
from hub.domain.events import AnyEvent, TicketAdmitted, TicketReserved
from hub.domain.state import Ticket


class LogError(Exception):
    """What can go wrong; nothing of the batch was stored.

    LogError
    ├── StreamMovedError
    ├── CommandKnownError
    ├── InvariantError
    └── LogUnavailableError
    """


class StreamMovedError(LogError):
    """Somebody else appended first: load what they wrote, and decide again."""


class CommandKnownError(LogError):
    """A command of the batch is in the log already: its outcome stands there."""


class InvariantError(LogError):
    """The database itself refused: a number twice, or two active tickets at a counter."""


class LogUnavailableError(LogError):
    """Locked, disk full, file damaged: whatever is asked of it now."""


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
_NEW_TICKET = """
INSERT INTO ticket
  (hall, day, number, service, state, taken_at, counter, clerk, calls, called_at, serving_at, ended_at, rating)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TICKET = f"""{_NEW_TICKET}
ON CONFLICT (hall, day, number) DO UPDATE SET
  service = excluded.service, state = excluded.state, counter = excluded.counter, clerk = excluded.clerk,
  calls = excluded.calls, called_at = excluded.called_at, serving_at = excluded.serving_at,
  ended_at = excluded.ended_at, rating = excluded.rating
"""
_ACTIVE = ("called", "serving")
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
        """All or nothing, and on disk when it returns. Raises LogError."""
        recorded: list[Recorded] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for append in batch:
                recorded += self._insert(append)
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
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
        self._view(append)
        return recorded

    def _view(self, append: Append) -> None:
        """A number that the events give is a new row: one that is there already fails, whoever gave it."""
        given = {event.number for event in append.events if isinstance(event, TicketReserved | TicketAdmitted)}
        for ticket in sorted(append.tickets, key=lambda ticket: ticket.phase in _ACTIVE):  # a counter has one at a time
            self._db.execute(_NEW_TICKET if ticket.number in given else _TICKET, _row(append, ticket))

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE stream = ? AND version > ? ORDER BY version", (stream_of(hall, day), after))

    def of_command(self, command: str) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE command_id = ? ORDER BY ordinal", (command,))

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE position > ? ORDER BY position LIMIT ?", (position, most))

    def last_position(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(position), 0) FROM event").fetchone()[0])

    def has_day(self, hall: str, day: str) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM event WHERE stream = ?)"
        return bool(self._db.execute(query, (stream_of(hall, day),)).fetchone()[0])

    def last_day(self, hall: str, before: str = "9999") -> str | None:
        """The newest day, earlier than `before`, that the hall has events of, or None."""
        row = self._db.execute(
            "SELECT max(stream) FROM event WHERE stream > ? AND stream < ?",
            (stream_of(hall, ""), stream_of(hall, before)),
        ).fetchone()
        return None if row[0] is None else _hall_and_day(row[0])[1]

    def epoch(self) -> int:
        """Counts the log's lives: raised when a backup is restored, so that screens forget versions from the future."""
        self._db.execute("INSERT OR IGNORE INTO fact (name, value) VALUES ('epoch', '1')")
        return int(self._db.execute("SELECT value FROM fact WHERE name = 'epoch'").fetchone()[0])

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Recorded]:
        try:
            rows = self._db.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise _meaning(error) from error
        return [
            Recorded(position, *_hall_and_day(stream), version, events.decode(body))
            for position, stream, version, body in rows
        ]


def _hall_and_day(stream: str) -> tuple[str, str]:
    _, hall, day = stream.split("/")
    return hall, day


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


def _row(append: Append, ticket: Ticket) -> tuple[object, ...]:
    def utc(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    return (
        append.hall, append.day, ticket.number, ticket.service, ticket.phase, utc(ticket.taken_at),
        ticket.counter or None, ticket.clerk or None, ticket.calls, utc(ticket.called_at), utc(ticket.serving_at),
        utc(ticket.ended_at), ticket.level or None,
    )  # fmt: skip
