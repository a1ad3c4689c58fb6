"""The event log on PostgreSQL, for several hub processes: psycopg 3, one connection, and one that listens.

Appends take turns by an advisory lock that lasts until the commit, so that positions are committed in their order
(docs/adr/0014).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

import psycopg
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

_T = TypeVar("_T")
Connection: TypeAlias = psycopg.Connection[Any]

_PATIENCE_S, _AGAIN_S = 5.0, 0.1  # with a server that went away; a restart takes a second or two
_LISTEN_S = 0.5  # how long the listener takes to see that it should end
_CHANNEL = "tingxu_event"

# Nobody may hold the turn longer than this without a word, whatever became of him; nor be kept waiting without end.
_SESSION = """
SET idle_in_transaction_session_timeout = '2s';
SET lock_timeout = '15s';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
_TURN = "SELECT pg_advisory_xact_lock(1953067624, 1)"  # any number that nobody else in this database uses
_TELL = f"NOTIFY {_CHANNEL}"
_INSERT = "INSERT INTO event (position, stream, version, command_id, ordinal, body) VALUES (%s, %s, %s, %s, %s, %s)"
_NEW_TICKET = """
INSERT INTO ticket
  (hall, day, number, service, state, taken_at, counter, clerk, calls, called_at, serving_at, ended_at, rating)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
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
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (hall, day, code) DO UPDATE SET
  state = excluded.state, slot_at = excluded.slot_at, minutes = excluded.minutes,
  changed_at = excluded.changed_at, number = excluded.number, reason = excluded.reason
"""
_OVERBOOKING = """
INSERT INTO overbooking (hall, service, ident, more, who, at) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_AUDIT = "INSERT INTO audit (hall, position, device, who, what, detail, at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
_SELECT = "SELECT position, stream, version, body FROM event"
_LAST = "SELECT coalesce(max(position), 0) FROM event"

log = logging.getLogger(__name__)


class PostgresqlLog:
    """See hub.storage.event_log.EventLog. A server that was restarted is found again by itself."""

    poll_s = 1.0  # others are heard of by NOTIFY; this is for what a broken connection did not say

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """`connect` opens a connection in autocommit mode to a database of the newest schema."""
        self._connect = connect
        self._db = self._opened()
        self._claimed = False
        self._closing = threading.Event()
        self._listener: threading.Thread | None = None
        if self._rows("SHOW fsync")[0][0] == "off":
            log.warning("this PostgreSQL server runs with fsync = off: a power cut may take tickets with it")

    def close(self) -> None:
        self._closing.set()
        if self._listener is not None:
            with suppress(psycopg.Error):
                self._db.execute(_TELL)  # it ends the sooner
            self._listener.join()
        self._db.close()

    # Writing.

    def append(self, batch: Sequence[Append]) -> list[Recorded]:
        """Where a server goes away in the middle the batch is tried again; when it was in time after all, it is refused
        like anything that is there already, and `of_command` has it."""
        return self._persistently(lambda: self._append(batch))

    def claim(self, position: int) -> list[Recorded]:
        return self._persistently(lambda: self._claim(position))

    def _append(self, batch: Sequence[Append]) -> list[Recorded]:
        """Two round trips: whose turn it is and what is the last position; everything else, and the commit."""
        with self._undone_on_error(), self._db.pipeline():
            if not self._claimed:
                self._begin()
            recorded = _numbered(batch, self._db.execute(_LAST).fetchone()[0])  # type: ignore[index]
            with self._db.cursor() as cursor:
                cursor.executemany(_INSERT, _event_rows(batch, recorded))
                for statement, rows in groupby(_view_rows(batch), key=lambda pair: pair[0]):
                    cursor.executemany(statement, [row for _, row in rows])
            self._db.execute(_TELL)
            self._db.execute("COMMIT")
        self._claimed = False
        return recorded

    def _claim(self, position: int) -> list[Recorded]:
        with self._undone_on_error():
            self._begin()
            found = _recorded(self._db.execute(f"{_SELECT} WHERE position > %s ORDER BY position", (position,)))
        self._claimed = True
        return found

    def _begin(self) -> None:
        """What the next statement sees is all that was committed by those whose turn it was before (READ COMMITTED)."""
        self._db.execute("BEGIN")
        self._db.execute(_TURN)

    # Reading.

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        return self._read(
            f"{_SELECT} WHERE stream = %s AND version > %s ORDER BY version", (stream_of(hall, day), after)
        )

    def of_command(self, command: str) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE command_id = %s ORDER BY ordinal", (command,))

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        return self._read(f"{_SELECT} WHERE position > %s ORDER BY position LIMIT %s", (position, most))

    def last_position(self) -> int:
        return int(self._rows(_LAST)[0][0])

    def has_day(self, hall: str, day: str) -> bool:
        return bool(self._rows("SELECT EXISTS (SELECT 1 FROM event WHERE stream = %s)", (stream_of(hall, day),))[0][0])

    def last_day(self, hall: str, before: str = "9999") -> str | None:
        query = "SELECT max(stream) FROM event WHERE stream > %s AND stream < %s"
        stream = self._rows(query, (stream_of(hall, ""), stream_of(hall, before)))[0][0]
        return None if stream is None else hall_and_day(stream)[1]

    def end(self, hall: str, day: str) -> tuple[int, int]:
        query = "SELECT version, position FROM event WHERE stream = %s ORDER BY version DESC LIMIT 1"
        rows = self._rows(query, (stream_of(hall, day),))
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)

    def latest_at(self, hall: str) -> datetime | None:
        # As text that is no column, streams have no index, so the newest positions are looked through one by one.
        query = "SELECT body FROM event WHERE stream || '' > %s AND stream || '' < %s ORDER BY position DESC LIMIT 1"
        rows = self._rows(query, (stream_of(hall, ""), stream_of(hall, "9999")))
        return events.decode(rows[0][0]).at if rows else None

    def epoch(self) -> int:
        made = "INSERT INTO fact (name, value) VALUES ('epoch', '1') ON CONFLICT DO NOTHING RETURNING value"
        return int((self._rows(made) or self._rows("SELECT value FROM fact WHERE name = 'epoch'"))[0][0])

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Recorded]:
        return self._persistently(lambda: _recorded(self._db.execute(query, parameters)))

    def _rows(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        return self._persistently(lambda: self._db.execute(query, parameters).fetchall())

    # Listening.

    def listen(self, heard: Callable[[], None]) -> None:
        self._listener = threading.Thread(target=self._listen, args=(heard,), name="event log listener", daemon=True)
        self._listener.start()

    def _listen(self, heard: Callable[[], None]) -> None:
        while not self._closing.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    heard()  # of what was appended before somebody listened
                    while not self._closing.is_set():
                        for notice in connection.notifies(timeout=_LISTEN_S, stop_after=1):
                            if notice.pid != self._db.info.backend_pid:
                                heard()
            except psycopg.Error as error:
                log.warning("news of other hub processes come late, listening again: %s", _said(error))
                self._closing.wait(_LISTEN_S)

    # The connection.

    def _opened(self) -> Connection:
        connection = self._connect()
        connection.execute(_SESSION)
        return connection

    def _persistently(self, work: Callable[[], _T]) -> _T:
        """Again on a new connection when the server went away; but what it refused stays refused."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                if self._db.closed:
                    self._db, self._claimed = self._opened(), False
                return work()
            except psycopg.Error as error:
                lost = self._db.closed or isinstance(error, psycopg.errors.CannotConnectNow)
                if not lost or time.monotonic() > deadline or self._closing.is_set():
                    raise _meaning(error) from error
                time.sleep(_AGAIN_S)

    @contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._claimed = False
            try:
                self._db.execute("ROLLBACK")
            except psycopg.Error:
                self._db.close()
            raise


def _numbered(batch: Sequence[Append], last: int) -> list[Recorded]:
    pairs = ((append, ordinal, event) for append in batch for ordinal, event in enumerate(append.events, 1))
    return [
        Recorded(position, append.hall, append.day, append.after + ordinal, event)
        for position, (append, ordinal, event) in enumerate(pairs, last + 1)
    ]


def _event_rows(batch: Sequence[Append], recorded: list[Recorded]) -> list[tuple[object, ...]]:
    pairs = ((append, ordinal) for append in batch for ordinal in range(len(append.events)))
    return [
        (one.position, append.stream, one.version, append.command, ordinal, events.encode(one.event))
        for (append, ordinal), one in zip(pairs, recorded, strict=True)
    ]


def _view_rows(batch: Sequence[Append]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """In the order of the commands: a counter's last ticket has ended before its next one is called."""
    for append in batch:
        for ticket, is_new in append.rows():
            yield _NEW_TICKET if is_new else _TICKET, _row(append, ticket)
        for one in append.appointments:
            yield _APPOINTMENT, _appointment_row(append, one)
        for accepted in accepted_in(append):
            told = accepted.noted()
            yield _OVERBOOKING, (*astuple(accepted)[:-1], _utc(accepted.at))
            yield _AUDIT, (*astuple(told)[:-1], _utc(told.at))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


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


def _recorded(cursor: psycopg.Cursor[Any]) -> list[Recorded]:
    return [
        Recorded(position, *hall_and_day(stream), version, events.decode(body))
        for position, stream, version, body in cursor
    ]


_CONSTRAINTS = {
    "uq_event_command": CommandKnownError,
    "uq_event_stream_version": StreamMovedError,
    "pk_event": StreamMovedError,  # somebody appended without waiting for his turn
}


def _meaning(error: psycopg.Error) -> LogError:
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError):
        return _CONSTRAINTS.get(error.diag.constraint_name or "", InvariantError)(_said(error))
    return LogUnavailableError(_said(error))


def _said(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
