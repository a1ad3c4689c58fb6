"""The event log on SQLite, through the standard library: faster than a toolkit by half (docs/adr/0003)."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import astuple

from hub.domain import events
from hub.domain.state import Appointment, Ticket
from hub.storage.event_log import (
    Append,
    CommandKnownError,
    InvariantError,
    LogError,
    LogUnavailableError,
    Recorded,
    StreamMovedError,
    hall_and_day,
    stream_of,
)
from hub.storage.overbooking import accepted_in

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
_APPOINTMENT = """
INSERT INTO appointment
  (hall, day, code, service, slot_at, minutes, state, person, principal, via, made_at, changed_at, number, reason,
   instead_of, client)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hall, day, code) DO UPDATE SET
  state = excluded.state, slot_at = excluded.slot_at, minutes = excluded.minutes,
  changed_at = excluded.changed_at, number = excluded.number, reason = excluded.reason
"""
_OVERBOOKING = """
INSERT INTO overbooking (hall, service, ident, more, who, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_AUDIT = "INSERT INTO audit (hall, position, device, who, what, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT position, stream, version, body FROM event"


class SqliteLog:
    """See hub.storage.event_log.EventLog. A position is given in the transaction, and SQLite has one at a time."""

    poll_s = 0.5  # two processes on one file are for trying things out

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
            position = self._db.execute(_INSERT, row).lastrowid
            assert position is not None
            recorded.append(Recorded(position, append.hall, append.day, version, event))
        for ticket, is_new in append.rows():
            self._db.execute(_NEW_TICKET if is_new else _TICKET, _row(append, ticket))
        for one in append.appointments:
            self._db.execute(_APPOINTMENT, _appointment_row(append, one))
        for accepted in accepted_in(append):
            told = accepted.noted()
            self._db.execute(_OVERBOOKING, (*astuple(accepted)[:-1], _utc(accepted.at)))
            self._db.execute(_AUDIT, (*astuple(told)[:-1], _utc(told.at)))
        return recorded

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        rows = self._rows(f"{_SELECT} WHERE stream = ? AND version > ? ORDER BY version", (stream_of(hall, day), after))
        return [Recorded(position, hall, day, version, events.decode(body)) for position, _, version, body in rows]

    def of_command(self, command: str) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE command_id = ? ORDER BY ordinal", (command,))

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE position > ? ORDER BY position LIMIT ?", (position, most))

    def last_position(self) -> int:
        return int(self._rows("SELECT coalesce(max(position), 0) FROM event")[0][0])

    def has_day(self, hall: str, day: str) -> bool:
        return bool(self._rows("SELECT EXISTS (SELECT 1 FROM event WHERE stream = ?)", (stream_of(hall, day),))[0][0])

    def last_day(self, hall: str, before: str = "9999") -> str | None:
        query = "SELECT max(stream) FROM event WHERE stream > ? AND stream < ?"
        stream = self._rows(query, (stream_of(hall, ""), stream_of(hall, before)))[0][0]
        return None if stream is None else hall_and_day(stream)[1]

    def end(self, hall: str, day: str) -> tuple[int, int]:
        query = "SELECT version, position FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1"
        rows = self._rows(query, (stream_of(hall, day),))
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)

    def latest_at(self, hall: str) -> datetime | None:
        # The pluses keep SQLite from gathering all events of the hall by the index of streams, to sort them.
        query = "SELECT body FROM event WHERE +stream > ? AND +stream < ? ORDER BY position DESC LIMIT 1"
        rows = self._rows(query, (stream_of(hall, ""), stream_of(hall, "9999")))
        return events.decode(rows[0][0]).at if rows else None

    def epoch(self) -> int:
        self._rows("INSERT OR IGNORE INTO fact (name, value) VALUES ('epoch', '1')")
        return int(self._rows("SELECT value FROM fact WHERE name = 'epoch'")[0][0])

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Recorded]:
        return [
            Recorded(position, *hall_and_day(stream), version, events.decode(body))
            for position, stream, version, body in self._rows(query, parameters)
        ]

    def _rows(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(query, parameters).fetchall()
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


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _row(append: Append, ticket: Ticket) -> tuple[object, ...]:
    return (
        append.hall, append.day, ticket.number, ticket.service, ticket.phase, _utc(ticket.taken_at),
        ticket.counter or None, ticket.clerk or None, ticket.calls, _utc(ticket.called_at), _utc(ticket.serving_at),
        _utc(ticket.ended_at), ticket.level or None,
    )  # fmt: skip


def _appointment_row(append: Append, one: Appointment) -> tuple[object, ...]:
    return (
        append.hall, append.day, one.code, one.service, _utc(one.slot_at), one.minutes, one.phase, one.person,
        one.principal, one.via, _utc(one.made_at), _utc(one.changed_at), one.number or None, one.reason,
        one.instead_of, one.client,
    )  # fmt: skip
